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
    output = access.output(actor, output_id)
    with transaction.atomic():
        # Locked: of two who delete the last two at once, one must see that his is the last.
        task = Task.objects.select_for_update().filter(pk=output.task_id).first()
        if task is None:
            raise NotFound("no such image")
        siblings = Output.objects.filter(task=task)
        siblings.filter(pk=output.pk).update(state=OutputState.DELETED)
        is_last = not siblings.exclude(state=OutputState.DELETED).exists()
    if is_last:
        erase(Task.objects.filter(pk=task.pk))
        return
    storage.remove([output.file, output.thumbnail])
    siblings.filter(pk=output.pk).delete()
    channels.task_changed(task.pk, task.tenant_id)


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


def erase(tasks: TaskQuerySet) -> int:
    """Deletes finished tasks, whoever's they are: files, thumbnails, previews, inputs, rows."""
    count = 0
    for batch in _batches(list(tasks.values_list("pk", flat=True))):
        count += _erase_batch(batch)
    return count


def purge_hidden(at: datetime) -> int:
    """Deletes up to a batch of the tasks whose undo is over, and of those whose deletion was
    stopped on its way. Called by the reaper; StorageFailed: the next call goes on."""
    over = Task.objects.finished().filter(hidden_at__lt=at - UNDO).order_by("hidden_at")
    return _erase_batch(list(over.values_list("pk", flat=True)[:_BATCH]))


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
