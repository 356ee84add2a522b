"""Deletion of tasks with everything that hangs on them, and the undo before it.

A picture is one row and several files. The order makes each step safe to repeat: first the
pictures stop being served, then the files go, then the rows. Whatever stops in between leaves a
hidden row that still names its files, and ``purge_hidden`` goes on from there.

The ledger keeps its entries: they name a task by number and say nothing of its content.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Role
from generation import access, channels, storage
from generation.errors import Forbidden, NotFound, TaskConflict
from generation.models import Output, Progress, Task
from generation.models.task import TaskQuerySet
from generation.states import OutputState

log = logging.getLogger(__name__)
UNDO = timedelta(seconds=15)  # the studio shows its undo for 10 s; a slow click arrives later
_BATCH = 100
Place = tuple[UUID, int]
"""A picture by its task and its place in it."""


@dataclass(frozen=True, kw_only=True)
class Deleted:
    """``unfinished``: tasks that were left alone because they still wait or run."""

    tasks: int
    unfinished: int = 0


def delete_task(actor: Actor, task_id: str | UUID) -> None:
    """Same refusals as ``delete_many``; a viewer is Forbidden."""
    delete_many(actor, [task_id])


def delete_many(actor: Actor, task_ids: Iterable[str | UUID]) -> Deleted:
    """All or none: NotFound where one is not the actor's to see, TaskConflict where one is
    unfinished. StorageFailed: hidden, and deleted as soon as the storage is back."""
    return Deleted(tasks=erase(_finished(actor, task_ids)))


def delete_picture(actor: Actor, output_id: str | UUID) -> None:
    """One picture with its files; with the last one of a task the task goes. NotFound where it is
    not the actor's to see; a viewer is Forbidden."""
    _may_change(actor)
    erase_pictures([access.output(actor, output_id).pk])


def delete_pictures(actor: Actor, places: Iterable[Place]) -> int:
    """Pictures by (task, place in it), all or none: see ``delete_picture``."""
    _may_change(actor)
    return erase_pictures([output.pk for output in access.pictures(actor, places)])


def delete_all(actor: Actor, user_id: int | None = None) -> Deleted:
    """All finished tasks of the actor himself, or of one member where the actor may see them."""
    _may_change(actor)
    tasks = (
        access.own_tasks(actor)
        if user_id is None
        else access.visible_tasks(actor).filter(user_id=user_id)
    )
    return Deleted(tasks=erase(tasks.finished()), unfinished=tasks.unfinished().count())


def hide(actor: Actor, task_ids: Iterable[str | UUID]) -> int:
    """Takes tasks out of the history; undone by ``unhide`` for 10 s, then they are deleted.
    Same refusals as ``delete_many``."""
    return _finished(actor, task_ids).shown().update(hidden_at=Now())


def unhide(actor: Actor, task_ids: Iterable[str | UUID]) -> int:
    """NotFound where the time for it is over and one is deleted already."""
    wanted = {access.parse_id(task_id) for task_id in task_ids}
    with transaction.atomic():
        found = access.visible_tasks(actor).filter(pk__in=wanted)
        if len(found.select_for_update()) != len(wanted):
            raise NotFound("no such task")
        return found.update(hidden_at=None)


def hide_pictures(actor: Actor, places: Iterable[Place]) -> int:
    """Takes pictures out of the history, the others of their tasks stay; undone and ended as
    ``hide`` is. NotFound, Forbidden."""
    _may_change(actor)
    found = [output.pk for output in access.pictures(actor, places)]
    return Output.objects.filter(pk__in=found).shown().update(hidden_at=Now())


def unhide_pictures(actor: Actor, places: Iterable[Place]) -> int:
    """NotFound where the time for it is over and one is deleted already."""
    with transaction.atomic():
        found = [output.pk for output in access.pictures(actor, places)]
        if len(Output.objects.select_for_update().filter(pk__in=found)) != len(found):
            raise NotFound("no such image")
        return Output.objects.filter(pk__in=found).update(hidden_at=None)


def erase_pictures(ids: Sequence[UUID]) -> int:
    """Deletes pictures with their files, and the tasks that have none left. StorageFailed: they
    are hidden, and ``purge_hidden`` goes on."""
    with transaction.atomic():
        touched = Output.objects.filter(pk__in=ids).values("task")
        # Locked: of two who delete the last two at once, one must see that his is the last.
        tasks = list(Task.objects.select_for_update(of=("self",)).filter(pk__in=touched))
        found = Output.objects.filter(pk__in=ids)
        found.update(state=OutputState.DELETED, hidden_at=Now())
        rows = list(found.values_list("pk", "task_id", "file", "thumbnail"))
        kept = set(
            Output.objects.filter(task__in=tasks)
            .exclude(state=OutputState.DELETED)
            .values_list("task_id", flat=True)
        )
    erase(Task.objects.filter(pk__in=[task.pk for task in tasks if task.pk not in kept]))
    rest = [row for row in rows if row[1] in kept]
    storage.remove(name for _pk, _task, *names in rest for name in names)
    Output.objects.filter(pk__in=[row[0] for row in rest]).delete()
    for task in tasks:
        if task.pk in kept:
            channels.task_changed(task.pk, task.tenant_id)
    return len(rows)


def erase(tasks: TaskQuerySet) -> int:
    """Deletes finished tasks, whoever's they are: files, thumbnails, previews, inputs, rows."""
    count = 0
    for batch in _batches(list(tasks.values_list("pk", flat=True))):
        count += _erase_batch(batch)
    return count


def purge_hidden(at: datetime) -> int:
    """Deletes up to a batch of the tasks whose undo is over, and of those whose deletion was
    stopped on its way; then of pictures. Called by the reaper; StorageFailed: the next call goes
    on."""
    over = Task.objects.finished().filter(hidden_at__lt=at - UNDO).order_by("hidden_at")
    tasks = _erase_batch(list(over.values_list("pk", flat=True)[:_BATCH]))
    pictures = Output.objects.filter(hidden_at__lt=at - UNDO).order_by("hidden_at")
    return tasks + erase_pictures(list(pictures.values_list("pk", flat=True)[:_BATCH]))


def _erase_batch(ids: Sequence[UUID]) -> int:
    if not ids:
        return 0
    tasks = Task.objects.finished().filter(pk__in=ids)
    with transaction.atomic():
        tasks.shown().update(hidden_at=Now())
        Output.objects.filter(task__in=tasks).update(state=OutputState.DELETED)
        found = list(tasks.prefetch_related("outputs", "attempts"))
    storage.remove({name for task in found for name in _files(task)})
    found_ids = [task.pk for task in found]
    with transaction.atomic():
        Progress.objects.filter(pk__in=found_ids).delete()
        tasks.filter(pk__in=found_ids).delete()
        for task in found:
            channels.task_changed(task.pk, task.tenant_id)
    log.info("tasks deleted", extra={"tasks": [str(pk) for pk in found_ids]})
    return len(found)


def _finished(actor: Actor, task_ids: Iterable[str | UUID]) -> TaskQuerySet:
    _may_change(actor)
    wanted = {access.parse_id(task_id) for task_id in task_ids}
    found = access.visible_tasks(actor).filter(pk__in=wanted)
    if found.count() != len(wanted):
        raise NotFound("no such task")
    if found.unfinished().exists():
        raise TaskConflict(_("the task is unfinished: cancel it first"))
    return found.finished()


def _may_change(actor: Actor) -> None:
    if not actor.can(Role.MEMBER):
        raise Forbidden(_("a viewer may not delete"))


def _files(task: Task) -> Iterator[str]:
    """Every key in the storage that belongs to the task alone."""
    for output in task.outputs.all():
        yield from (output.file, output.thumbnail)
    for attempt in task.attempts.all():
        yield from attempt.files
    yield from _stored_inputs(task.request)


def _stored_inputs(part: Any) -> Iterator[str]:
    """The values of each ``stored`` (request.ImageRef) anywhere in a request. Only inputs: where a
    request names another task's output, that is not ours to delete."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "stored" and isinstance(value, str):
                if value.startswith(f"{storage.INPUTS}/"):
                    yield value
            else:
                yield from _stored_inputs(value)
    elif isinstance(part, list):
        for value in part:
            yield from _stored_inputs(value)


def _batches(ids: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]
