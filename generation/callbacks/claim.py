"""Which callback next: one UPDATE hands a due delivery to a cluster, under a lease.

A delivery is sent in a thread of the worker that took it (``send``), so that receivers that hang
delay nobody: what bounds a cluster is how many it has under way, not how many workers.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from generation.models import Delivery
from generation.models.delivery import DeliveryState

LEASE_SECONDS = 30.0  # an attempt lasts 10 s at most: who is silent longer is dead
UNDER_WAY = 200  # deliveries that one cluster sends at once


@dataclass(frozen=True)
class Claimed:
    delivery_id: UUID
    lease_token: UUID


def claim_one(cluster_id: UUID) -> Claimed | None:
    """The delivery that has been due longest, or None."""
    token = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {"token": token, "lease": LEASE_SECONDS, "cluster": cluster_id, "most": UNDER_WAY},
        )
        row = cursor.fetchone()
    return Claimed(row[0], token) if row else None


def seconds_to_next_due() -> float | None:
    """Until the next delivery is due (0: one is now); None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM min(due_at) - now())"
            " FROM generation_delivery WHERE state = 'due'"
        )
        (seconds,) = cursor.fetchone()
    return None if seconds is None else max(0.0, float(seconds))


def requeue_lapsed(at: datetime) -> int:
    """What a dead sender held is due again: the receiver may see it twice (at least once)."""
    return Delivery.objects.lapsed(at).update(
        state=DeliveryState.DUE, lease_token=None, lease_until=None, cluster=None, due_at=at
    )


_CLAIM = """
UPDATE generation_delivery
SET state = 'sending', lease_token = %(token)s, cluster = %(cluster)s,
    lease_until = now() + make_interval(secs => %(lease)s)
WHERE id = (
    SELECT id FROM generation_delivery
    WHERE state = 'due' AND due_at <= now()
      AND %(most)s > (SELECT count(*) FROM generation_delivery
                      WHERE state = 'sending' AND cluster = %(cluster)s)
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id
"""
