from __future__ import annotations

import contextlib
import random
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import Error, connection, transaction

from accounts import keys, ledger, tenancy
from accounts.errors import InsufficientCredit
from accounts.models import ApiKey, Entry, KeyKind, Tenant
from tests.people import CREDIT, Person, open_tenant


def entries(task: uuid.UUID) -> list[tuple[str, int]]:
    return list(Entry.objects.of_task(task).order_by("id").values_list("kind", "amount"))


def test_reserve_takes_the_price(alice: Person) -> None:
    assert ledger.reserve(alice.tenant.pk, uuid.uuid4(), 300)
    assert ledger.balance(alice.tenant.pk) == CREDIT - 300


def test_settle_gives_the_remainder_back(alice: Person) -> None:
    task = uuid.uuid4()
    ledger.reserve(alice.tenant.pk, task, 300)
    assert ledger.settle(alice.tenant.pk, task, 300, 100)
    assert ledger.balance(alice.tenant.pk) == CREDIT - 100
    assert entries(task) == [("reserve", -300), ("settle", 0), ("refund", 200)]


def test_what_is_wholly_spent_leaves_no_refund(alice: Person) -> None:
    task = uuid.uuid4()
    ledger.reserve(alice.tenant.pk, task, 300)
    ledger.settle(alice.tenant.pk, task, 300, 300)
    assert entries(task) == [("reserve", -300), ("settle", 0)]


def test_settling_again_changes_nothing(alice: Person) -> None:
    task = uuid.uuid4()
    ledger.reserve(alice.tenant.pk, task, 300)
    ledger.settle(alice.tenant.pk, task, 300, 100)
    assert not ledger.settle(alice.tenant.pk, task, 300, 0)
    assert ledger.balance(alice.tenant.pk) == CREDIT - 100


def test_refund_after_settlement_changes_nothing(alice: Person) -> None:
    task = uuid.uuid4()
    ledger.reserve(alice.tenant.pk, task, 300)
    ledger.settle(alice.tenant.pk, task, 300, 300)
    assert not ledger.refund(alice.tenant.pk, task, 300, "cancelled")
    assert ledger.balance(alice.tenant.pk) == CREDIT - 300


def test_refund_gives_all_back_and_says_why(alice: Person) -> None:
    task = uuid.uuid4()
    ledger.reserve(alice.tenant.pk, task, 300)
    assert ledger.refund(alice.tenant.pk, task, 300, "failed")
    assert ledger.balance(alice.tenant.pk) == CREDIT
    assert Entry.objects.of_task(task).get(kind="refund").reason == "failed"


def test_reserving_again_changes_nothing(alice: Person) -> None:
    task = uuid.uuid4()
    ledger.reserve(alice.tenant.pk, task, 300)
    assert not ledger.reserve(alice.tenant.pk, task, 300)
    assert ledger.balance(alice.tenant.pk) == CREDIT - 300


def test_a_free_task_is_booked_like_any_other(alice: Person) -> None:
    task = uuid.uuid4()
    assert ledger.reserve(alice.tenant.pk, task, 0)
    assert ledger.settle(alice.tenant.pk, task, 0, 0)
    assert entries(task) == [("reserve", 0), ("settle", 0)]


def test_adjust_goes_both_ways(alice: Person) -> None:
    assert ledger.adjust(alice.tenant.pk, -400, "mistake") == CREDIT - 400
    assert ledger.adjust(alice.tenant.pk, 100, "goodwill") == CREDIT - 300


def test_a_key_spends_its_budget_and_gets_refunds_back(alice: Person) -> None:
    key = keys.make(alice.tenant, alice.user, KeyKind.API_TOKEN, budget=500).key
    first, second = uuid.uuid4(), uuid.uuid4()
    ledger.reserve(alice.tenant.pk, first, 400, lineage=key.lineage)
    with pytest.raises(InsufficientCredit) as refusal:
        ledger.reserve(alice.tenant.pk, second, 200, lineage=key.lineage)
    assert (refusal.value.balance, refusal.value.price) == (100, 200)
    ledger.refund(alice.tenant.pk, first, 400, "failed")
    assert ApiKey.objects.get(pk=key.pk).spent == 0


def test_a_budget_is_not_charged_when_the_balance_refuses(alice: Person) -> None:
    key = keys.make(alice.tenant, alice.user, KeyKind.API_TOKEN, budget=CREDIT * 2).key
    with pytest.raises(InsufficientCredit):
        ledger.reserve(alice.tenant.pk, uuid.uuid4(), CREDIT + 1, lineage=key.lineage)
    assert ApiKey.objects.get(pk=key.pk).spent == 0


def test_a_rotated_key_keeps_its_budget_and_its_refunds(alice: Person) -> None:
    key = keys.make(alice.tenant, alice.user, KeyKind.API_TOKEN, budget=500).key
    task = uuid.uuid4()
    ledger.reserve(alice.tenant.pk, task, 400, lineage=key.lineage)
    rotated = keys.rotate(key).key
    assert ApiKey.objects.get(pk=rotated.pk).spent == 400
    ledger.refund(alice.tenant.pk, task, 400, "failed")
    assert ApiKey.objects.get(pk=rotated.pk).spent == 0


@pytest.mark.django_db(transaction=True)
def test_of_300_at_once_on_a_balance_for_20_exactly_20_are_reserved() -> None:
    tenant = Tenant.objects.create(name="Race", slug="race")
    ledger.grant(tenant.pk, 20 * 50)

    def one(_number: int) -> bool:
        try:
            return ledger.reserve(tenant.pk, uuid.uuid4(), 50)
        except InsufficientCredit:
            return False

    with ThreadPoolExecutor(16, initializer=_Connections.note) as pool:
        reserved = sum(pool.map(one, range(300)))
        _Connections.close(pool, 16)
    assert reserved == 20
    assert ledger.balance(tenant.pk) == 0
    assert ledger.differences() == []


@pytest.mark.django_db(transaction=True)
def test_of_16_that_settle_one_task_at_once_one_does() -> None:
    tenant = open_tenant("race")
    task = uuid.uuid4()
    ledger.reserve(tenant.pk, task, 300)
    start = threading.Barrier(16)

    def one(number: int) -> bool:
        start.wait(10)
        if number % 2:
            return ledger.refund(tenant.pk, task, 300, "failed")
        return ledger.settle(tenant.pk, task, 300, 100)

    with ThreadPoolExecutor(16) as pool:
        closed = sum(pool.map(one, range(16)))
        _Connections.close(pool, 16)
    assert closed == 1
    assert ledger.differences() == []
    assert ledger.balance(tenant.pk) in (CREDIT, CREDIT - 100)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(3))
def test_raced_histories_leave_books_that_agree(seed: int) -> None:
    """Eight threads, each with its own order of the same calls about the same tasks."""
    tenant = Tenant.objects.create(name="Race", slug="race")
    ledger.grant(tenant.pk, 1000)
    tasks = [uuid.uuid4() for _ in range(12)]  # of 100 each: two find no money

    def history(thread: int) -> None:
        order = random.Random(seed * 100 + thread)
        for _ in range(60):
            task = order.choice(tasks)
            call = order.choice([reserve, settle, refund])
            with contextlib.suppress(InsufficientCredit):
                call(task)

    def reserve(task: uuid.UUID) -> None:
        ledger.reserve(tenant.pk, task, 100)

    def settle(task: uuid.UUID) -> None:
        ledger.settle(tenant.pk, task, 100, 60)

    def refund(task: uuid.UUID) -> None:
        ledger.refund(tenant.pk, task, 100, "failed")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(history, range(8)))
        _Connections.close(pool, 8)
    for task in tasks:
        refund(task)
        assert sum(amount for _kind, amount in entries(task)) in (0, -60)
    assert ledger.differences() == []
    assert (
        Entry.objects.filter(kind="settle").count() == Entry.objects.filter(kind="reserve").count()
    )


class _Connections:
    """Each thread of a pool has a connection, which would hold up dropping the test database."""

    @staticmethod
    def note() -> None:
        connection.ensure_connection()

    @staticmethod
    def close(pool: ThreadPoolExecutor, threads: int) -> None:
        together = threading.Barrier(threads)

        def close(_number: int) -> None:
            together.wait(10)
            connection.close()

        list(pool.map(close, range(threads)))


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────


def test_more_than_the_balance_is_refused_with_both_figures(alice: Person) -> None:
    with pytest.raises(InsufficientCredit) as refusal:
        ledger.reserve(alice.tenant.pk, uuid.uuid4(), CREDIT + 1)
    assert (refusal.value.balance, refusal.value.price) == (CREDIT, CREDIT + 1)
    assert ledger.differences() == []


def test_a_tenant_that_was_never_granted_anything_has_nothing(db: None) -> None:
    tenant = Tenant.objects.create(name="Poor", slug="poor")
    with pytest.raises(InsufficientCredit):
        ledger.reserve(tenant.pk, uuid.uuid4(), 1)
    assert not Entry.objects.for_tenant(tenant).exists()


def test_another_tenant_cannot_close_a_reservation(alice: Person, charlie: Person) -> None:
    task = uuid.uuid4()
    ledger.reserve(alice.tenant.pk, task, 300)
    assert not ledger.refund(charlie.tenant.pk, task, 300, "failed")
    assert ledger.balance(charlie.tenant.pk) == CREDIT


def test_another_amount_than_reserved_closes_nothing(alice: Person) -> None:
    task = uuid.uuid4()
    ledger.reserve(alice.tenant.pk, task, 300)
    assert not ledger.refund(alice.tenant.pk, task, 900, "failed")


def test_a_task_that_never_reserved_gets_nothing(alice: Person) -> None:
    assert not ledger.settle(alice.tenant.pk, uuid.uuid4(), 300, 100)
    assert ledger.balance(alice.tenant.pk) == CREDIT


@pytest.mark.parametrize(("reserved", "spent"), [(100, 101), (100, -1)])
def test_spending_outside_the_reservation_is_a_mistake(
    alice: Person, reserved: int, spent: int
) -> None:
    with pytest.raises(ValueError, match="spent"):
        ledger.settle(alice.tenant.pk, uuid.uuid4(), reserved, spent)


def test_a_grant_is_never_negative(alice: Person) -> None:
    with pytest.raises(ValueError, match="grant"):
        ledger.grant(alice.tenant.pk, -1)


def test_an_adjustment_cannot_take_more_than_there_is(alice: Person) -> None:
    with pytest.raises(InsufficientCredit):
        ledger.adjust(alice.tenant.pk, -CREDIT - 1, "too much")
    assert ledger.differences() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_entry SET amount = amount + 1",
        "UPDATE accounts_entry SET note = 'changed'",
        "DELETE FROM accounts_entry",
    ],
)
def test_the_database_refuses_to_change_the_books(alice: Person, statement: str) -> None:
    with (
        pytest.raises(Error, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_balance SET amount = -1",
        "INSERT INTO accounts_entry (tenant_id, kind, amount) VALUES (%s, 'grant', -5)",
        "INSERT INTO accounts_entry (tenant_id, kind, amount) VALUES (%s, 'refund', 5)",
        "INSERT INTO accounts_entry (tenant_id, kind, amount) VALUES (%s, 'gift', 5)",
    ],
)
def test_the_database_refuses_what_is_no_entry(alice: Person, statement: str) -> None:
    with (
        pytest.raises(Error, match="violates check constraint"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [alice.tenant.pk] if "%s" in statement else None)


def test_deleting_a_tenant_takes_its_books_and_no_others(alice: Person, charlie: Person) -> None:
    tenancy.delete_tenant(charlie.tenant)
    assert list(Entry.objects.values_list("tenant", flat=True)) == [alice.tenant.pk]
