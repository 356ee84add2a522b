"""Cancelling: in the queue at once, with a full refund; a running task within about a second."""

from __future__ import annotations

from uuid import UUID

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.actor import Actor
from generation import access, channels
from generation.errors import Forbidden
from generation.finish import finish
from generation.models import Task
from generation.states import UNFINISHED, TaskState

MOST_AT_ONCE = 200


def cancel_all(actor: Actor) -> int:
    """Every unfinished task that the actor made himself, the newest first: those that run end last,
    so that none of the others moves up meanwhile. How many were asked to stop."""
    mine = access.own_tasks(actor).unfinished().order_by("-created_at")
    ids = list(mine.values_list("pk", flat=True)[:MOST_AT_ONCE])
    return sum(cancel(actor, task_id) for task_id in ids)


def cancel(actor: Actor, task_id: str | UUID) -> bool:
    """True: cancelled, or about to be (its worker was asked to stop). False: it had ended.

    NotFound for a task that the actor may not open; Forbidden to who may only look.
    """
    task = access.task(actor, task_id)
    if not actor.can("member"):
        raise Forbidden(_("your role may look, not create"))
    asked = Task.objects.filter(pk=task.pk, state__in=UNFINISHED).update(cancel_requested_at=Now())
    if not asked:
        return False
    # In nobody's hands: nobody else will end it. A claim in between makes this miss, and the worker
    # finds the request on its first renewal.
    finish(
        task, TaskState.CANCELLED, token=None, sources=[TaskState.UPLOADING, TaskState.QUEUED],
        error_code="cancelled", error_message="cancelled",
    )  # fmt: skip
    channels.task_changed(task.pk, task.tenant_id)
    return True
