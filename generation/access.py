"""The only way from an id to a row: (actor, id) → the row, or NotFound.

Another tenant's object cannot be told from one that never existed. Inside a tenant a picture is
private to its member; owners and admins may see the others', and that is logged.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from accounts.actor import Actor
from accounts.models import Membership
from generation.errors import NotFound
from generation.models import Output, Task
from generation.models.task import TaskQuerySet

log = logging.getLogger(__name__)
SUPERVISORS = ("owner", "admin")


def own_tasks(actor: Actor) -> TaskQuerySet:
    """Tasks that the actor himself made: his user's, or his key's lineage."""
    mine = Q(lineage=actor.lineage)
    if actor.user_id is not None:
        mine |= Q(user_id=actor.user_id)
    return Task.objects.for_tenant(actor.tenant_id).filter(mine)


def visible_tasks(actor: Actor) -> TaskQuerySet:
    """Tasks that the actor may open by id."""
    if actor.role in SUPERVISORS:
        return Task.objects.for_tenant(actor.tenant_id)
    return own_tasks(actor)


@dataclass(frozen=True)
class Whose:
    """Whose pictures are looked at: one person's, or (``user_id`` None) everybody's in the
    tenant."""

    tenant_id: int
    user_id: int | None


def whose(actor: Actor, member: str = "") -> Whose:
    """``member``: "" for the actor himself, "all", or a member's id. NotFound for whoever may see
    only his own, and for who is no member; a supervisor who looks is logged."""
    if actor.user_id is not None and member in ("", str(actor.user_id)):
        return Whose(actor.tenant_id, actor.user_id)
    if actor.role not in SUPERVISORS:
        raise NotFound("no such member")
    found = None if member == "all" else _member(actor, member)
    log.info("supervisor access", extra={"history": found or "all", "actor": actor.user_id})
    return Whose(actor.tenant_id, found)


def _member(actor: Actor, member: str) -> int:
    if not (member.isascii() and member.isdigit() and len(member) < 19):
        raise NotFound("no such member")
    if not Membership.objects.filter(tenant_id=actor.tenant_id, user_id=int(member)).exists():
        raise NotFound("no such member")
    return int(member)


def pictures(actor: Actor, places: Iterable[tuple[UUID, int]]) -> list[Output]:
    """Pictures by (task, place in it), in no order: those that are not deleted, all or NotFound."""
    wanted = set(places)
    tasks = visible_tasks(actor).filter(pk__in={task_id for task_id, _index in wanted})
    rows = Output.objects.filter(task__in=tasks).select_related("task")
    found = [row for row in rows if (row.task_id, row.index) in wanted]
    if len(found) != len(wanted):
        raise NotFound("no such image")
    return found


def parse_id(value: str | UUID) -> UUID:
    """NotFound for what is no id at all: it never existed."""
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError) as error:
        raise NotFound("no such task") from error


def task(actor: Actor, task_id: str | UUID) -> Task:
    found = visible_tasks(actor).filter(pk=parse_id(task_id)).first()
    if found is None:
        raise NotFound("no such task")
    if found.user_id != actor.user_id and found.lineage != actor.lineage:
        log.info(
            "supervisor access",
            extra={"task": str(found.pk), "actor": actor.user_id, "owner": found.user_id},
        )
    return found


def output(actor: Actor, output_id: str | UUID) -> Output:
    found = Output.objects.select_related("task").filter(pk=parse_id(output_id)).first()
    if found is None:
        raise NotFound("no such image")
    try:
        task(actor, found.task_id)
    except NotFound as error:  # another's: in the words of what never was
        raise NotFound("no such image") from error
    return found
