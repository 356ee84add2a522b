"""Money: what is charged is what was delivered, once, whatever happens in between."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts import ledger
from accounts.models import ApiKey, Balance, Entry, Tenant
from catalog import access as catalog
from generation import submit as submitting
from generation.audit.registry import open_auditor
from generation.errors import EaselError, Forbidden, InsufficientCredit, QueueFull
from generation.models import Backend, Output, Task
from generation.states import TaskState
from tests.generation.house import House
from tests.generation.scheduling.queueing import connection_of_its_own
from tests.people import CREDIT, Person

THREADS = 16


def leave(person: Person, millicredits: int) -> None:
    """The tenant's balance becomes this."""
    left = ledger.balance(person.tenant.pk)
    ledger.adjust(person.tenant.pk, millicredits - left, "for the test")


def price_of(house: House, person: Person) -> int:
    return submitting.quote(house.order(person)).price


def submits_at_once(house: House, person: Person, times: int, **order: Any) -> list[object]:
    """A receipt or an error for each of so many submits on THREADS connections."""

    def one(_number: int) -> object:
        with connection_of_its_own():
            try:
                return house.draw(person, **order)
            except EaselError as error:
                return error

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(one, range(times)))


def test_raced_submits_find_the_queue_no_longer_than_it_may_be(house: House, alice: Person) -> None:
    alice.tenant.max_queued = 5
    alice.tenant.save()
    answers = submits_at_once(house, alice, 48)
    assert sum(isinstance(answer, QueueFull) for answer in answers) == 43
    assert Task.objects.count() == 5


def test_three_hundred_submits_on_a_balance_for_twenty(house: House, alice: Person) -> None:
    price = price_of(house, alice)
    leave(alice, 20 * price + price - 1)
    answers = submits_at_once(house, alice, 300)
    refused = [answer for answer in answers if isinstance(answer, InsufficientCredit)]
    assert (len(answers), len(refused)) == (300, 280)
    assert ledger.balance(alice.tenant.pk) == price - 1
    house.server.seconds_per_step = 0.0
    assert house.work() == 20
    assert Task.objects.filter(state=TaskState.DONE, spent=price).count() == 20
    assert Output.objects.count() == 20
    assert ledger.balance(alice.tenant.pk) == price - 1
    assert ledger.differences() == []


def test_a_budget_is_not_passed_by_submits_at_once(house: House, alice: Person) -> None:
    price = price_of(house, alice)
    ApiKey.objects.filter(pk=alice.key.pk).update(budget=5 * price)
    alice.key.refresh_from_db()
    answers = submits_at_once(house, alice, 40)
    assert sum(isinstance(answer, Forbidden) for answer in answers) == 35
    alice.key.refresh_from_db()
    assert alice.key.spent == 5 * price
    assert ledger.balance(alice.tenant.pk) == CREDIT - 5 * price


def test_a_balance_that_drains_between_leaves_nothing_on_the_key(
    house: House, alice: Person
) -> None:
    """The submit has seen enough credit and charged the key when it waits for the balance."""
    price = price_of(house, alice)
    ApiKey.objects.filter(pk=alice.key.pk).update(budget=5 * price)
    alice.key.refresh_from_db()
    answers: list[list[object]] = []
    submitter = threading.Thread(target=lambda: answers.append(submits_at_once(house, alice, 1)))
    with transaction.atomic():
        leave(alice, price - 1)
        submitter.start()
        wait_for_a_lock()
    submitter.join(30)
    assert [type(answer) for answer in answers[0]] == [InsufficientCredit]
    alice.key.refresh_from_db()
    assert (alice.key.spent, Task.objects.count()) == (0, 0)
    assert ledger.differences() == []


def wait_for_a_lock() -> None:
    """Until some other connection waits for one of ours."""
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def test_one_callers_id_at_once_is_one_task(house: House, alice: Person) -> None:
    answers = submits_at_once(house, alice, 40, client_id="pro1", raw={"a": 1})
    assert sum(answer.created for answer in answers) == 1  # type: ignore[attr-defined]
    assert len({answer.task_id for answer in answers}) == 1  # type: ignore[attr-defined]
    assert ledger.balance(alice.tenant.pk) == CREDIT - price_of(house, alice)


def test_blocked_pictures_are_not_billed(
    house: House, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    Tenant.objects.update(preview_policy="off")  # else previews are asked about, too
    confidences = iter([0.99, 0.0, 0.99, 0.99])
    monkeypatch.setattr(open_auditor("fake"), "rule", lambda _image: next(confidences))
    receipt = house.draw(alice, with_={"n_iter": 4})
    house.work()
    assert house.task(receipt).spent == receipt.price // 4
    assert ledger.balance(alice.tenant.pk) == CREDIT - receipt.price // 4


def test_a_task_is_tried_so_often_and_then_refunded(house: House, alice: Person) -> None:
    house.server.add_fault("500")
    receipt = house.draw(alice)
    for _ in range(10):
        Task.objects.update(ready_at=timezone.now() - timedelta(seconds=1))
        Backend.objects.update(open_until=None)
        house.work()
    task = house.task(receipt)
    assert (task.state, task.strikes, task.starts) == (TaskState.FAILED, 3, 4)
    assert (task.spent, task.error_code) == (0, "backend_failed")
    assert ledger.balance(alice.tenant.pk) == CREDIT


def test_a_free_task_of_a_tenant_who_never_had_credit(house: House, alice: Person) -> None:
    Tenant.objects.update(price_percent=0)
    catalog.invalidate()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('easel.deleting_tenant', %s, true)", [str(alice.tenant.pk)]
        )
        Entry.objects.all().delete()
        Balance.objects.all().delete()
    receipt = house.draw(alice)
    assert (receipt.price, ledger.balance(alice.tenant.pk)) == (0, 0)
    house.work()
    assert house.task(receipt).state == TaskState.DONE
