"""The only way from an id to a row: (actor, id) → the row, or NotFound.

Another tenant's object cannot be told from one that never existed. Inside a tenant a picture is
private to its member; owners and admins may see the others', and that is logged.
"""

from __future__ import annotations

import logging
from uuid import UUID

from django.db.models import Q

from accounts.actor import Actor
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
