"""The road of one picture: submit → claim → generate → audit → store → finish."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db.models.functions import Now
from django.utils import timezone

from accounts import ledger
from catalog import access as catalog
from catalog.models import Style
from generation import reaper, storage, watch
from generation.audit.registry import open_auditor
from generation.cancel import cancel
from generation.errors import (
    ContentRefused,
    InsufficientCredit,
    InvalidRequest,
    NotFound,
    NotServable,
    QueueFull,
    TaskConflict,
    UnknownModel,
)
from generation.models import Attempt, Output, Task
from generation.request import ImageRequest, LoraUse
from generation.scheduling import leases
from generation.states import OutputState, TaskState
from tests.generation.house import CHECKPOINT, House
from tests.people import CREDIT, Person


def test_a_prompt_becomes_a_picture(house: House, alice: Person) -> None:
    receipt = house.draw(alice, with_={"seed": 7})
    assert house.work() == 1
    shown = watch.task(alice.actor, receipt.task_id)
    assert (shown.state, shown.spent) == (TaskState.DONE, receipt.price)
    (output,) = shown.outputs
    assert output.seed == 7
    assert output.url.startswith("/files/")
    assert default_storage.exists(Output.objects.get(pk=output.id).file)


def test_the_file_carries_parameters_and_label(house: House, alice: Person) -> None:
    receipt = house.draw(alice)
    house.work()
    data = storage.open_stored(Output.objects.get(task_id=receipt.task_id).file)
    assert "Steps: 4" in storage.read_parameters(data)
    assert storage.read_label(data) is not None


def test_the_price_is_taken_once(house: House, alice: Person) -> None:
    receipt = house.draw(alice)
    assert ledger.balance(alice.tenant.pk) == CREDIT - receipt.price
    house.work()
    assert ledger.balance(alice.tenant.pk) == CREDIT - receipt.price
    assert ledger.differences() == []


def test_a_doubled_hint_finds_nothing_to_start(house: House, alice: Person) -> None:
    house.draw(alice)
    found = house.claim()
    assert found is not None
    from generation import worker

    worker.run(str(found.task_id), str(found.lease_token))
    worker.run(str(found.task_id), str(found.lease_token))
    assert Output.objects.filter(task_id=found.task_id).count() == 1
    assert len(house.server.started) == 1


def test_a_red_picture_is_quarantined_and_refunded(
    house: House, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_auditor("fake"), "rule", lambda _image: 0.99)
    receipt = house.draw(alice)
    house.work()
    (output,) = watch.task(alice.actor, receipt.task_id).outputs
    assert (output.state, output.url, output.thumbnail_url) == (OutputState.BLOCKED, "", "")
    assert ledger.balance(alice.tenant.pk) == CREDIT


def test_a_fault_is_tried_again_and_billed_once(house: House, alice: Person) -> None:
    house.server.add_fault("500@once")
    receipt = house.draw(alice)
    house.work()
    Task.objects.update(ready_at=Now())
    house.work()
    assert house.task(receipt).state == TaskState.DONE
    assert Attempt.objects.filter(task_id=receipt.task_id).count() == 2
    assert ledger.balance(alice.tenant.pk) == CREDIT - receipt.price


def test_a_server_that_is_gone_keeps_the_task_waiting(house: House, alice: Person) -> None:
    receipt = house.draw(alice)
    house.server.stop()
    house.work()
    task = house.task(receipt)
    assert (task.state, task.strikes) == (TaskState.QUEUED, 0)
    waits = watch.task(alice.actor, receipt.task_id).waiting
    assert waits is not None and waits.reason == "backend_down"


def test_a_lapsed_lease_is_given_back(house: House, alice: Person) -> None:
    receipt = house.draw(alice)
    found = house.claim()
    assert found is not None
    assert leases.start(found.task_id, found.lease_token, 5.0)
    Task.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    reaper.give_back_lapsed()
    assert house.task(receipt).state == TaskState.QUEUED
    assert leases.renew(found.task_id, found.lease_token, 5.0) is None
    assert house.work() == 1
    assert house.task(receipt).state == TaskState.DONE


def test_an_unstarted_claim_is_given_back(house: House, alice: Person) -> None:
    receipt = house.draw(alice)
    assert house.claim()
    Task.objects.update(claimed_at=timezone.now() - timedelta(seconds=9))
    reaper.give_back_unstarted()
    assert house.task(receipt).state == TaskState.QUEUED
    assert house.task(receipt).strikes == 0


def test_cancel_in_the_queue_refunds(house: House, alice: Person) -> None:
    receipt = house.draw(alice)
    assert cancel(alice.actor, receipt.task_id)
    assert house.task(receipt).state == TaskState.CANCELLED
    assert ledger.balance(alice.tenant.pk) == CREDIT
    assert not cancel(alice.actor, receipt.task_id)
    assert house.work() == 0


def test_the_same_id_and_body_answer_the_same_task(house: House, alice: Person) -> None:
    first = house.draw(alice, client_id="pro1", raw={"a": 1})
    again = house.draw(alice, client_id="pro1", raw={"a": 1})
    assert (again.task_id, again.created) == (first.task_id, False)
    with pytest.raises(TaskConflict):
        house.draw(alice, client_id="pro1", raw={"a": 2})
    house.work()
    assert house.draw(alice, client_id="pro1", raw={"a": 2}).created


def test_history_pages_by_keyset(house: House, alice: Person) -> None:
    made = [house.draw(alice).task_id for _ in range(5)]
    first = watch.history(alice.actor, limit=3)
    rest = watch.history(alice.actor, limit=3, cursor=first.next_cursor)
    assert [item.id for item in first.items + rest.items] == made[::-1]
    assert rest.next_cursor is None


def test_a_team_mate_does_not_see_it_the_owner_does(
    house: House, alice: Person, bob: Person
) -> None:
    receipt = house.draw(bob)
    assert watch.task(alice.actor, receipt.task_id).id == receipt.task_id
    theirs = house.draw(alice)
    with pytest.raises(NotFound):
        watch.task(bob.actor, theirs.task_id)


def test_a_stranger_finds_nothing(house: House, alice: Person, charlie: Person) -> None:
    receipt = house.draw(alice)
    with pytest.raises(NotFound):
        watch.task(charlie.actor, receipt.task_id)
    with pytest.raises(NotFound):
        cancel(charlie.actor, receipt.task_id)
    assert watch.history(charlie.actor).items == []


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"checkpoint": "nowhere.safetensors"}, UnknownModel, "checkpoint"),
        ({"sampler": "Wishful"}, UnknownModel, "sampler"),
        ({"vae": "nowhere.vae.pt"}, UnknownModel, "vae"),
        ({"loras": (LoraUse(name="nowhere"),)}, UnknownModel, "loras"),
        ({"prompt": "x <lora:nowhere:1>"}, UnknownModel, "prompt"),
        ({"styles": ("nowhere",)}, UnknownModel, "styles"),
        ({"n_iter": 64}, InvalidRequest, "images"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    house: House, alice: Person, changes: dict[str, object], error: type[Exception], field: str
) -> None:
    with pytest.raises(error) as caught:
        house.draw(alice, with_=changes)
    assert caught.value.field == field  # type: ignore[attr-defined]
    assert not Task.objects.exists()
    assert ledger.balance(alice.tenant.pk) == CREDIT


def test_a_style_is_written_into_the_prompts(house: House, alice: Person) -> None:
    Style.objects.create(name="Ink", prompt="ink drawing of {prompt}", negative_prompt="colour")
    catalog.invalidate()
    receipt = house.draw(alice, "a cat", with_={"styles": ("ink",)})
    request = house.task(receipt).image_request
    assert (request.prompt, request.negative_prompt) == ("ink drawing of a cat", "colour")
    assert request.styles == ()


def test_no_backend_could_ever_do_it(house: House, alice: Person) -> None:
    house.backend.offers = [word for word in house.backend.offers if word != "tiling"]
    house.backend.save()
    with pytest.raises(NotServable):
        house.draw(alice, with_={"tiling": True})


def test_no_credit_says_balance_and_price(house: House, alice: Person) -> None:
    ledger.adjust(alice.tenant.pk, -CREDIT + 1, "spent elsewhere")
    with pytest.raises(InsufficientCredit) as caught:
        house.draw(alice)
    assert (caught.value.balance, caught.value.price > 1) == (1, True)
    assert not Task.objects.exists()


def test_a_full_queue_refuses(house: House, alice: Person) -> None:
    alice.tenant.max_queued = 2
    alice.tenant.save()
    house.draw(alice)
    house.draw(alice)
    with pytest.raises(QueueFull):
        house.draw(alice)


def test_the_prompt_is_audited_the_negative_prompt_is_not(house: House, alice: Person) -> None:
    bad = "child porn"
    house.draw(
        alice, request=ImageRequest(prompt="a cat", negative_prompt=bad, checkpoint=CHECKPOINT)
    )
    with pytest.raises(ContentRefused):
        house.draw(alice, bad)
