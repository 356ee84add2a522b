"""What sending does to a webhook's endpoint: its secrets sign, its record is kept, and one that
fails for long is switched off."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from accounts import sealing
from generation.callbacks import standard
from generation.models import WebhookEndpoint

log = logging.getLogger(__name__)
_NOTED_EVERY = timedelta(minutes=1)  # a success: a busy endpoint must not be a hot row


def sign(endpoint_id: UUID, delivery_id: UUID, body: bytes) -> dict[str, str]:
    """Headers with the endpoint's secrets of this moment."""
    now = timezone.now()
    endpoint = WebhookEndpoint.objects.get(pk=endpoint_id)
    secrets = [sealing.unseal(sealed) for sealed in endpoint.sealed_secrets(now)]
    return standard.sign(str(delivery_id), now, body, secrets)


def worked(endpoint_id: UUID) -> None:
    now = timezone.now()
    stale = Q(failures__gt=0) | Q(last_success_at=None) | Q(last_success_at__lt=now - _NOTED_EVERY)
    WebhookEndpoint.objects.filter(stale, pk=endpoint_id).update(
        failures=0, failing_since=None, last_success_at=now
    )


def failed(endpoint_id: UUID, status: int | None, error: str) -> None:
    """One more in a row; switched off, with the reason, where it was too many or for too long."""
    mine = WebhookEndpoint.objects.filter(pk=endpoint_id)
    mine.update(failures=F("failures") + 1, failing_since=Coalesce("failing_since", Now()))
    endpoint = mine.enabled().first()
    if endpoint is None or endpoint.failing_since is None:
        return
    why = standard.why_disable(
        status,
        endpoint.failures,
        endpoint.failing_since,
        timezone.now(),
        settings.EASEL_CALLBACK_TIME_SCALE,
    )
    if not why:
        return
    reason = f"{why}; last: {error}"[:200]
    if mine.enabled().update(disabled_at=Now(), disabled_reason=reason):
        endpoint.deliveries.give_up("the webhook was switched off")
        log.warning("webhook switched off", extra={"endpoint": str(endpoint_id), "why": why})
