from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from generation import retention, storage
from generation.models import Output, Progress
from generation.retention import Swept, sweep, sweep_inputs
from generation.states import OutputState, TaskState
from tests.generation.keeping import a_blocked_output, a_task, all_files, an_output, files, in_days
from tests.people import Person

__all__ = ["files"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]


@pytest.fixture(autouse=True)
def inputs_not_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_due", {"inputs": float("inf"), "weights": float("inf")})


def test_a_month_later_the_files_are_gone_and_the_row_says_so(alice: Person) -> None:
    output = a_task(alice).outputs.get()
    assert sweep(in_days(29)) == Swept(progress=1)
    assert sweep(in_days(31)).expired == 1
    assert not default_storage.exists(output.file)
    assert not default_storage.exists(output.thumbnail)
    output.refresh_from_db()
    assert (output.state, output.file, output.placeholder) == (OutputState.DELETED, "", "")


def test_a_quarantine_ends_before_the_month(alice: Person) -> None:
    blocked = a_blocked_output(a_task(alice, TaskState.FAILED), until=in_days(7))
    assert sweep(in_days(6.9)).quarantined == 0
    assert default_storage.exists(blocked.file)
    assert sweep(in_days(7.1)).quarantined == 1
    assert not default_storage.exists(blocked.file)
    assert Output.objects.get().state == OutputState.DELETED


def test_a_second_sweep_finds_nothing(alice: Person) -> None:
    a_task(alice)
    sweep(in_days(31))
    assert sweep(in_days(31)).is_nothing


def test_files_that_are_gone_already_stop_nothing(alice: Person) -> None:
    output = a_task(alice).outputs.get()
    storage.remove([output.file])
    assert sweep(in_days(31)).expired == 1


def test_a_call_does_a_bounded_amount(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    task = a_task(alice, TaskState.FAILED)
    for index in range(5):
        an_output(task, index)
    assert [sweep(in_days(31)).expired for _ in range(4)] == [2, 2, 1, 0]


def test_progress_is_forgotten_after_an_hour(alice: Person) -> None:
    a_task(alice)
    assert sweep(timezone.now() + timedelta(minutes=59)).progress == 0
    assert sweep(timezone.now() + timedelta(minutes=61)).progress == 1
    assert not Progress.objects.exists()


def an_input(at: datetime) -> str:
    name = f"inputs/{timezone.localdate(at):%Y-%m-%d}/{at.timestamp()}.png"
    return str(default_storage.save(name, ContentFile(b"a picture")))


def test_inputs_go_with_the_month(files: object) -> None:
    old, new = an_input(in_days(-33)), an_input(in_days(-29))
    assert sweep_inputs(timezone.now()) == 1
    assert all_files() == [new] != [old]
    assert storage.input_days() == [new.split("/")[1]]  # no empty folder stays


def test_inputs_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for minutes in range(5):
        an_input(in_days(-40) + timedelta(minutes=minutes))
    counts = [sweep_inputs(timezone.now()) for _ in range(4)]
    assert sum(counts) == 5 and max(counts) == 2
    assert all_files() == []


def test_other_folders_among_the_inputs_stay() -> None:
    default_storage.save("inputs/keep/x.png", ContentFile(b"x"))
    assert sweep_inputs(in_days(999)) == 0


def test_no_input_was_ever_stored(files: object) -> None:
    assert sweep_inputs(timezone.now()) == 0


def test_inputs_are_listed_once_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_due", {})
    an_input(in_days(-33))
    assert sweep(timezone.now()).inputs == 1
    an_input(in_days(-33))
    assert sweep(timezone.now()).inputs == 0
