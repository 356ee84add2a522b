from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import Entry, Role
from generation import deletion
from generation.errors import Forbidden, NotFound, StorageFailed, TaskConflict
from generation.models import Attempt, Delivery, Output, Progress, Task
from generation.states import UNFINISHED, OutputState, TaskState
from tests.generation.keeping import a_task, all_files, an_output, files
from tests.people import Person, settle_in

__all__ = ["files"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]


def nothing_left() -> bool:
    models = (Task, Output, Attempt, Delivery, Progress)
    return not all_files() and not any(model.objects.exists() for model in models)


def test_a_deleted_task_leaves_no_row_and_no_file(alice: Person) -> None:
    task = a_task(alice, images=3)
    assert len(all_files()) == 3 * 2 + 2  # pictures and thumbnails; an input, a dead worker's file
    deletion.delete_task(alice.actor, task.pk)
    assert nothing_left()


def test_the_others_stay(alice: Person) -> None:
    kept, gone = a_task(alice), a_task(alice)
    before = all_files()
    deletion.delete_task(alice.actor, str(gone.pk))
    assert list(Task.objects.all()) == [kept]
    assert Progress.objects.get().pk == kept.pk
    assert len(all_files()) == len(before) / 2
    assert kept.outputs.get().file in all_files()


def test_many_at_once(alice: Person) -> None:
    ids = [a_task(alice).pk for _ in range(3)]
    assert deletion.delete_many(alice.actor, [*ids, ids[0]]).tasks == 3
    assert nothing_left()


def test_all_of_one_member_are_his_own(alice: Person, bob: Person) -> None:
    mine, _his = a_task(alice), a_task(bob)
    assert deletion.delete_all(bob.actor).tasks == 1
    assert list(Task.objects.all()) == [mine]


def test_an_owner_deletes_all_of_a_member(alice: Person, bob: Person) -> None:
    mine = a_task(alice)
    a_task(bob)
    a_task(bob, TaskState.FAILED)
    assert deletion.delete_all(alice.actor, bob.user.pk).tasks == 2
    assert list(Task.objects.all()) == [mine]


def test_all_leaves_the_unfinished_and_says_so(alice: Person) -> None:
    a_task(alice)
    waiting = a_task(alice, TaskState.QUEUED)
    assert deletion.delete_all(alice.actor) == deletion.Deleted(tasks=1, unfinished=1)
    assert list(Task.objects.all()) == [waiting]


def test_more_than_a_batch(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deletion, "_BATCH", 2)
    for _ in range(5):
        a_task(alice)
    assert deletion.delete_all(alice.actor).tasks == 5
    assert nothing_left()


def test_another_tasks_output_as_input_is_not_deleted(alice: Person) -> None:
    first = a_task(alice)
    file = first.outputs.get().file
    again = a_task(alice, request={"init": {"image": {"stored": file}}})
    deletion.delete_task(alice.actor, again.pk)
    assert file in all_files()


def test_every_input_of_a_request_goes(alice: Person) -> None:
    task = a_task(alice)
    names = [f"inputs/2026-11-21/{uuid4()}.png" for _ in range(3)]
    for name in names:
        default_storage.save(name, ContentFile(b"an input"))
    task.request |= {
        "mask": {"image": {"stored": names[0]}},
        "controlnet": [{"image": {"stored": names[1]}}, {"image": {"stored": names[2]}}],
    }
    task.save()
    deletion.delete_task(alice.actor, task.pk)
    assert nothing_left()


def test_hidden_is_out_of_the_history_and_back(alice: Person) -> None:
    task = a_task(alice)
    assert deletion.hide(alice.actor, [task.pk]) == 1
    assert not Task.objects.shown().exists()
    assert deletion.hide(alice.actor, [task.pk]) == 0  # the clock of the undo is not wound again
    assert deletion.unhide(alice.actor, [task.pk]) == 1
    assert Task.objects.shown().exists()
    assert task.outputs.visible().exists()


def test_hidden_tasks_are_purged_when_the_undo_is_over(alice: Person) -> None:
    task = a_task(alice)
    deletion.hide(alice.actor, [task.pk])
    assert deletion.purge_hidden(timezone.now() + timedelta(seconds=10)) == 0
    assert deletion.purge_hidden(timezone.now() + timedelta(seconds=20)) == 1
    assert nothing_left()
    with pytest.raises(NotFound):
        deletion.unhide(alice.actor, [task.pk])


def test_a_storage_that_is_down_loses_nothing_and_shows_nothing(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = a_task(alice)
    with monkeypatch.context() as down:
        down.setattr(type(default_storage._wrapped), "delete", _fail)  # type: ignore[attr-defined]
        with pytest.raises(StorageFailed):
            deletion.delete_task(alice.actor, task.pk)
    assert not Task.objects.shown().exists()
    assert task.outputs.get().state == OutputState.DELETED  # no longer served
    deletion.purge_hidden(timezone.now() + timedelta(seconds=20))
    assert nothing_left()


def _fail(*_args: object) -> None:
    raise ConnectionError("no route to the bucket")


def test_the_books_stay(alice: Person) -> None:
    before = Entry.objects.count()
    deletion.delete_task(alice.actor, a_task(alice).pk)
    assert Entry.objects.count() == before > 0


Verb = Callable[..., object]
VERBS: list[Verb] = [deletion.delete_many, deletion.hide]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", sorted(UNFINISHED))
def test_an_unfinished_task_is_refused(alice: Person, verb: Verb, state: TaskState) -> None:
    done, unfinished = a_task(alice), a_task(alice, state)
    with pytest.raises(TaskConflict):
        verb(alice.actor, [done.pk, unfinished.pk])
    assert Task.objects.shown().count() == 2


@pytest.mark.parametrize("verb", [*VERBS, deletion.unhide])
def test_a_stranger_and_a_team_mate_find_nothing(
    alice: Person, bob: Person, charlie: Person, verb: Verb
) -> None:
    task = a_task(alice)
    for person in (bob, charlie):
        own = a_task(person)
        with pytest.raises(NotFound):
            verb(person.actor, [own.pk, task.pk])
    assert Task.objects.shown().count() == 3
    assert Output.objects.visible().count() == 3


@pytest.mark.parametrize("verb", [*VERBS, deletion.unhide])
@pytest.mark.parametrize("nobodys", ["", "x", "../..", "7c1b8a52-58a9-4a0a-9a5e-0f3f8f0d1c11"])
def test_an_id_that_never_was_is_not_found(alice: Person, verb: Verb, nobodys: str) -> None:
    with pytest.raises(NotFound):
        verb(alice.actor, [nobodys])


def test_all_of_a_strangers_user_is_nothing(alice: Person, charlie: Person) -> None:
    a_task(alice)
    assert deletion.delete_all(charlie.actor, alice.user.pk).tasks == 0
    assert Task.objects.exists()


@pytest.mark.parametrize("verb", VERBS)
def test_a_viewer_may_not(alice: Person, verb: Verb) -> None:
    viewer = settle_in(alice.tenant, "victor", Role.VIEWER)
    with pytest.raises(Forbidden):
        verb(viewer.actor, [a_task(viewer).pk])
    with pytest.raises(Forbidden):
        deletion.delete_all(viewer.actor)


def test_a_second_output_of_a_task_has_files_of_its_own(alice: Person) -> None:
    task = a_task(alice)
    assert an_output(task, 1).file != task.outputs.get(index=0).file
