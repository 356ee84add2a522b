"""Callbacks of tasks: what was sent to the address that a call named, what came back, and sending
again. (What webhooks were sent stands in each webhook's own log: ``generation.webhooks``.)

Rows only: what is due is sent by the delivery clusters.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import limits
from accounts.actor import Actor
from generation import channels, keyset
from generation.access import SUPERVISORS, parse_id
from generation.errors import Forbidden, NotFound, TaskConflict
from generation.models import Delivery, DeliveryAttempt
from generation.models.delivery import DeliveryQuerySet, DeliveryState

MOST_SHOWN = 50  # requests of one delivery: five times its ladder


def visible(actor: Actor) -> DeliveryQuerySet:
    """Of the tasks that the actor may open by id."""
    rows = Delivery.objects.for_tenant(actor.tenant_id).filter(endpoint=None)
    if actor.role in SUPERVISORS:
        return rows
    mine = Q(task__lineage=actor.lineage)
    if actor.user_id is not None:
        mine |= Q(task__user_id=actor.user_id)
    return rows.filter(mine)


def page(
    actor: Actor, *, cursor: str | None, limit: int, state: DeliveryState | None = None
) -> keyset.Page[Delivery]:
    rows = visible(actor).defer("body", "last_answer")
    if state is not None:
        rows = rows.filter(state=state)
    return keyset.newest_first(rows, cursor, limit)


def find(actor: Actor, delivery_id: str | UUID) -> Delivery:
    found = visible(actor).filter(pk=parse_id(delivery_id)).select_related("task").first()
    if found is None:
        raise NotFound(_("no such delivery"))
    return found


def send_again(actor: Actor, delivery_id: str | UUID) -> Delivery:
    """The same body under the same X-Callback-Id, from the first attempt. TaskConflict: it is
    still on its way. Forbidden: a viewer."""
    if not actor.can("member"):
        raise Forbidden(_("your role may look, not create"))
    found = find(actor, delivery_id)
    limits.check_rate(actor)
    again(found)
    return found


def again(delivery: Delivery) -> None:
    """An ended delivery is due now; TaskConflict for one that is under way. Whoever calls this
    has seen to it that the actor may."""
    with transaction.atomic():
        if not Delivery.objects.filter(pk=delivery.pk).send_again():
            raise TaskConflict(_("this delivery is still on its way"))
        channels.emit(channels.DELIVERY)
    delivery.refresh_from_db()


def attempts(delivery: Delivery) -> list[DeliveryAttempt]:
    """Its requests, newest first: at most MOST_SHOWN."""
    return list(delivery.attempts.order_by("-id")[:MOST_SHOWN])
