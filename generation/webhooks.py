"""Receivers of a tenant's events: made, changed, given new secrets; their log, and sending again.

Rows only: what is due is sent by the delivery clusters (``generation.callbacks``). A member's
receiver hears of his own tasks; owners and admins may have one for the whole organisation.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import limits, sealing
from accounts.actor import Actor
from generation import callback_log, channels, egress, keyset
from generation.access import SUPERVISORS, parse_id
from generation.errors import Forbidden, InvalidRequest, NotFound, TaskConflict, TooMany
from generation.models import Delivery, WebhookEndpoint
from generation.models.delivery import DeliveryState
from generation.models.webhook import EVENTS, WebhookEndpointQuerySet

MOST = 20  # endpoints of an organisation
BOTH_SIGN = timedelta(hours=24)  # after a rotation
BY_HAND = "switched off by hand"
TEST_EVENT = "webhook.test"


@dataclass(frozen=True)
class NewSecret:
    """``secret`` ("whsec_…") is shown now, or never."""

    endpoint: WebhookEndpoint
    secret: str


def create(
    actor: Actor,
    *,
    url: str,
    events: Sequence[str] = (),
    description: str = "",
    whole_tenant: bool = False,
) -> NewSecret:
    """Forbidden: a viewer, a host that the key may not call, or another's tasks asked for by a
    member. InvalidRequest and EgressRefused name the field."""
    _may_change(actor)
    if actor.user_id is None:
        raise Forbidden(_("a webhook belongs to a user"))
    limits.check_rate(actor)
    _check(actor, {"url": url, "events": events, "whole_tenant": whole_tenant})
    if WebhookEndpoint.objects.for_tenant(actor.tenant_id).count() >= MOST:
        raise TooMany(_("there are %(most)d webhooks already") % {"most": MOST})
    secret = _random_secret()
    endpoint = WebhookEndpoint.objects.create(
        tenant_id=actor.tenant_id,
        user_id=actor.user_id,
        whole_tenant=whole_tenant,
        url=url,
        description=description,
        events=sorted(set(events)),
        secret_sealed=sealing.seal(secret),
    )
    endpoint.refresh_from_db()
    return NewSecret(endpoint, secret)


def visible(actor: Actor) -> WebhookEndpointQuerySet:
    rows = WebhookEndpoint.objects.for_tenant(actor.tenant_id)
    if actor.role in SUPERVISORS:
        return rows
    return rows.none() if actor.user_id is None else rows.filter(user_id=actor.user_id)


def find(actor: Actor, endpoint_id: str | UUID) -> WebhookEndpoint:
    found = visible(actor).filter(pk=parse_id(endpoint_id)).first()
    if found is None:
        raise NotFound(_("no such webhook"))
    return found


def page(actor: Actor, *, cursor: str | None, limit: int) -> keyset.Page[WebhookEndpoint]:
    return keyset.newest_first(visible(actor).select_related("user"), cursor, limit)


def change(actor: Actor, endpoint_id: str | UUID, changes: dict[str, Any]) -> WebhookEndpoint:
    """``changes``: url, events, description, whole_tenant, enabled; what is absent stays.

    Switched on, it begins with a clean record; switched off, what was due is given up and stands
    in the log.
    """
    _may_change(actor)
    endpoint = find(actor, endpoint_id)
    _check(actor, changes)
    changes = dict(changes)
    enabled = changes.pop("enabled", None)
    for name, value in changes.items():
        setattr(endpoint, name, sorted(set(value)) if name == "events" else value)
    if enabled is True:
        endpoint.disabled_at, endpoint.disabled_reason = None, ""
        endpoint.failures, endpoint.failing_since = 0, None
    elif enabled is False and endpoint.disabled_at is None:
        endpoint.disabled_at, endpoint.disabled_reason = timezone.now(), BY_HAND
    with transaction.atomic():
        endpoint.save()
        if endpoint.disabled_at is not None:
            endpoint.deliveries.give_up(BY_HAND)
    return endpoint


def delete(actor: Actor, endpoint_id: str | UUID) -> None:
    """With its log."""
    _may_change(actor)
    find(actor, endpoint_id).delete()


def rotate(actor: Actor, endpoint_id: str | UUID) -> NewSecret:
    """A new secret; the old one signs too for 24 hours."""
    _may_change(actor)
    with transaction.atomic():
        endpoint = find(actor, endpoint_id)
        endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
        secret = _random_secret()
        endpoint.previous_sealed = endpoint.secret_sealed
        endpoint.previous_until = timezone.now() + BOTH_SIGN
        endpoint.secret_sealed = sealing.seal(secret)
        endpoint.save(update_fields=["previous_sealed", "previous_until", "secret_sealed"])
    return NewSecret(endpoint, secret)


def log(
    actor: Actor,
    endpoint_id: str | UUID,
    *,
    cursor: str | None,
    limit: int,
    state: DeliveryState | None = None,
) -> keyset.Page[Delivery]:
    """What was sent to an endpoint and what came back, newest first."""
    rows = Delivery.objects.filter(endpoint=find(actor, endpoint_id))
    if state is not None:
        rows = rows.filter(state=state)
    return keyset.newest_first(rows, cursor, limit)


def delivery(actor: Actor, endpoint_id: str | UUID, delivery_id: str | UUID) -> Delivery:
    endpoint = find(actor, endpoint_id)
    found = Delivery.objects.filter(endpoint=endpoint, pk=parse_id(delivery_id)).first()
    if found is None:
        raise NotFound(_("no such delivery"))
    return found


def send_again(actor: Actor, endpoint_id: str | UUID, delivery_id: str | UUID) -> Delivery:
    """The same body under the same webhook-id, from the first attempt. TaskConflict: it is still
    on its way, or the endpoint is switched off."""
    _may_change(actor)
    limits.check_rate(actor)
    found = delivery(actor, endpoint_id, delivery_id)
    if found.endpoint is None or found.endpoint.disabled_at is not None:
        raise TaskConflict(_("this webhook is switched off"))
    callback_log.again(found)
    return found


def send_test(actor: Actor, endpoint_id: str | UUID) -> Delivery:
    """An event of type ``webhook.test`` to this endpoint alone, signed and tried again like any
    other; it is about no task. TaskConflict: the endpoint is switched off."""
    _may_change(actor)
    limits.check_rate(actor)
    endpoint = find(actor, endpoint_id)
    if endpoint.disabled_at is not None:
        raise TaskConflict(_("this webhook is switched off"))
    at = timezone.now().astimezone(UTC).isoformat().replace("+00:00", "Z")
    data = {"webhook": str(endpoint.pk), "message": "This is a test."}
    with transaction.atomic():
        made = Delivery.objects.create(
            tenant_id=endpoint.tenant_id,
            endpoint=endpoint,
            event=TEST_EVENT,
            dialect="native",
            url=endpoint.url,
            body={"type": TEST_EVENT, "timestamp": at, "data": data},
        )
        channels.emit(channels.DELIVERY)
    made.refresh_from_db()
    return made


def _check(actor: Actor, asked: dict[str, Any]) -> None:
    unknown = set(asked.get("events") or ()) - set(EVENTS)
    if unknown:
        text = _("events: one of %(known)s") % {"known": ", ".join(EVENTS)}
        raise InvalidRequest(text, field="events")
    if asked.get("whole_tenant") and actor.role not in SUPERVISORS:
        raise Forbidden(_("only owners and admins may hear of others' tasks"), field="scope")
    if "url" in asked:
        hosts = actor.limits.callback_hosts
        egress.check_url(asked["url"], field="url", must_exist=False)
        if hosts and (urlsplit(asked["url"]).hostname or "") not in hosts:
            raise Forbidden(_("this key may not call back to that host"), field="url")


def _may_change(actor: Actor) -> None:
    if not actor.can("member"):
        raise Forbidden(_("your role may look, not create"))


def _random_secret() -> str:
    """As Standard Webhooks writes them: 24 to 64 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
