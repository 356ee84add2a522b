"""A callback carries its task as the task's own dialect shows it.

The row of a delivery is made when the task ends, by code that knows no dialect; the body is
rendered here, just before the first attempt, and kept: each attempt sends the same bytes.
"""

from __future__ import annotations

from datetime import UTC
from uuid import UUID

from generation import watch
from generation.callbacks import send
from generation.dialects import registry
from generation.models import Delivery
from generation.models.webhook import BLOCKED, RELEASED


def deliver(delivery_id: str, lease_token: str) -> None:
    """The delivery clusters' entry point: renders what is still to be rendered, and sends."""
    send.run(delivery_id, lease_token, prepare=render)


def render(delivery_id: UUID) -> None:
    """Fills the body of a delivery that has none yet."""
    unwritten = Delivery.objects.filter(pk=delivery_id, body__isnull=True)
    delivery = unwritten.select_related("task").first()
    if delivery is None or delivery.task is None:  # a test event has its body from the start
        return
    shown = watch.of_row(delivery.task.pk, delivery.task.base_url)
    body = registry.callback_body(delivery.dialect, shown.kind)(shown)
    if delivery.event in (RELEASED, BLOCKED):  # which is later than the task's end
        at = delivery.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        body |= {"type": delivery.event, "timestamp": at}
    unwritten.update(body=body)
