"""The records of one member: the pictures that he drew through this API, and no others."""

from __future__ import annotations

import logging
from dataclasses import replace

from accounts.access import member
from accounts.actor import Actor
from generation import access
from generation.dialects.sdtest.wire import Ambiguous, Name, Record
from generation.errors import NotFound
from generation.models import Output, Task
from generation.models.output import OutputQuerySet
from generation.models.task import TaskQuerySet

log = logging.getLogger(__name__)
DIALECT = "sdtest"


def acting_as(actor: Actor, user_id: str) -> Actor:
    """The actor in the name of the member that the call names. NotFound unless he is the caller
    himself, or the caller may name others."""
    user = member(actor, user_id)
    if user.pk == actor.user_id:
        return actor
    log.info("acts as a member", extra={"actor": actor.user_id, "member": user.pk})
    return replace(actor, user_id=user.pk)


def tasks(actor: Actor, kind: str) -> TaskQuerySet:
    """The tasks of the member, of one type."""
    # A key that acts for several members has drawn for each: only this one's.
    own = access.own_tasks(actor).filter(user=actor.user_id, dialect=DIALECT).shown()
    drawn_from_words = own.filter(needs__contains=["txt2img"])
    return drawn_from_words if kind == "t2i" else own.exclude(pk__in=drawn_from_words)


def outputs(actor: Actor, kind: str) -> OutputQuerySet:
    """His pictures that may be seen, newest first."""
    found = Output.objects.visible().filter(task__in=tasks(actor, kind)).select_related("task")
    return found.order_by("-task__created_at", "-task_id", "index")


def record_of(output: Output, kind: str) -> Record:
    task: Task = output.task
    return Record(
        user=str(task.user_id),
        type=kind,
        task=task.pk,
        index=output.index,
        format=output.format,
        created_at=task.created_at,
    )


def find(actor: Actor, kind: str, name: Name) -> Output:
    """The one picture of that name. NotFound where there is none, Ambiguous where several."""
    rows = outputs(actor, kind).filter(task_id=name.task)
    found = [output for output in rows if name.fits(record_of(output, kind))]
    if not found:
        raise NotFound("not found")
    if len(found) > 1:
        raise Ambiguous(f"{len(found)} records have this name")
    return found[0]
