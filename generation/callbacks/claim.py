"""Which callback next, and who sends it.

    due ──claim_one──► sending ──start──► (request goes out) ──► delivered | due again | given up
     ▲                    │ the lease ran out: the sender died
     └──requeue_lapsed────┘

The broker calls ``claim_one`` on each NOTIFY on ``easel_delivery`` and at least every 0.5 s or
``seconds_to_next_due()``. A delivery is sent in a thread of the worker that took it (``send``), so
what bounds a cluster is how many it has under way, not how many workers.

No receiver may use up what others need. A dead one holds each send for its whole time-out, so one
receiver (scheme, host, port) is sent to RECEIVER_SENDS times at once and one tenant TENANT_SENDS
times; what is over that waits, and others pass it. The counts are read without a lock: a race may
exceed them by the number of clusters.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from generation import channels
from generation.callbacks import standard
from generation.callbacks.ladder import MOST_REQUESTS
from generation.models import Delivery

CLUSTER_SENDS = 96
TENANT_SENDS = 64
RECEIVER_SENDS = 16
START_SECONDS = 5.0  # from the claim to the start; later than that its cluster hangs or is dead
SEND_SECONDS = 20.0  # from the start to the record; a request lasts 10 at most
CROWDED_SECONDS = 0.1  # due, but over a limit: look again this soon


@dataclass(frozen=True)
class Claimed:
    delivery_id: UUID
    lease_token: UUID


@dataclass(frozen=True)
class Started:
    delivery_id: UUID
    lease_token: UUID
    url: str
    attempt: int  # the number of this request, from 1
    request_id: str
    body: str | None  # JSON text; None: still to be rendered
    endpoint_id: UUID | None  # of a webhook; None: a task's own callback


def claim_one(cluster_id: UUID) -> Claimed | None:
    """The delivery that has been due longest of those that may be sent now, or None."""
    token = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                "token": token,
                "cluster": cluster_id,
                "seconds": START_SECONDS,
                "cluster_sends": CLUSTER_SENDS,
                "tenant_sends": TENANT_SENDS,
                "receiver_sends": RECEIVER_SENDS,
            },
        )
        row = cursor.fetchone()
    return Claimed(row[0], token) if row else None


def seconds_to_next_due() -> float | None:
    """Until the next delivery is due; CROWDED_SECONDS where one is due but over a limit (a zero
    would make the broker spin); None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM min(due_at) - now())::float8"
            " FROM generation_delivery WHERE state = 'due'"
        )
        (seconds,) = cursor.fetchone()
    if seconds is None:
        return None
    return float(seconds) if seconds > 0 else CROWDED_SECONDS


def start(delivery_id: UUID, token: UUID) -> Started | None:
    """Counts the request that is about to go out, and notes how late it is; None when the lease is
    another's. Counted before it is sent: of a sender that dies nobody knows whether it sent."""
    with connection.cursor() as cursor:
        cursor.execute(_START, [SEND_SECONDS, delivery_id, token])
        row = cursor.fetchone()
    return Started(delivery_id, token, *row) if row else None


def requeue_lapsed(at: datetime) -> list[UUID]:
    """What a dead sender held is due again (or given up, where it was the last request): the
    receiver may see it twice.

    Answers the clusters that claimed and never started: they hang, and are to be ended.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        most = {"most": MOST_REQUESTS, "most_webhook": standard.MOST_REQUESTS}
        cursor.execute(_REQUEUE, {"at": at, **most})
        rows = cursor.fetchall()
        if rows:
            channels.emit(channels.DELIVERY)
    return list({cluster for cluster, started in rows if cluster is not None and not started})


def send_again(delivery_id: UUID) -> bool:
    """delivered or given up → due, from the first attempt, with the same X-Callback-Id: an
    operator's wish, the one road past a recorded confirmation."""
    return Delivery.objects.filter(pk=delivery_id).send_again() == 1


_RECEIVER = "substring(lower(d.url) FROM '^[^:]+://[^/?#]*')"

# "Started" is told by lateness_ms, which the start writes and the claim clears.
_CLAIM = f"""
WITH live AS MATERIALIZED (
    SELECT d.cluster, {_RECEIVER} AS receiver, d.tenant_id
    FROM generation_delivery d
    WHERE d.state = 'sending'
), crowded_receiver AS (
    SELECT receiver FROM live GROUP BY receiver HAVING count(*) >= %(receiver_sends)s
), crowded_tenant AS (
    SELECT tenant_id FROM live GROUP BY tenant_id HAVING count(*) >= %(tenant_sends)s
), next AS (
    SELECT d.id FROM generation_delivery d
    WHERE d.state = 'due' AND d.due_at <= now()
      AND (SELECT count(*) FROM live WHERE live.cluster = %(cluster)s) < %(cluster_sends)s
      AND NOT EXISTS (SELECT 1 FROM crowded_receiver c WHERE c.receiver = {_RECEIVER})
      AND NOT EXISTS (SELECT 1 FROM crowded_tenant c WHERE c.tenant_id = d.tenant_id)
    ORDER BY d.due_at
    LIMIT 1
    FOR UPDATE OF d SKIP LOCKED
)
UPDATE generation_delivery
SET state = 'sending', lease_token = %(token)s, cluster = %(cluster)s, lateness_ms = NULL,
    lease_until = now() + make_interval(secs => %(seconds)s)
FROM next WHERE generation_delivery.id = next.id
RETURNING generation_delivery.id
"""

_START = """
UPDATE generation_delivery d
SET attempt = d.attempt + 1, lease_until = now() + make_interval(secs => %s),
    lateness_ms = greatest(0, round(extract(epoch FROM clock_timestamp() - d.due_at) * 1000))
WHERE d.id = %s AND d.lease_token = %s AND d.state = 'sending'
  AND d.lateness_ms IS NULL
RETURNING d.url, d.attempt,
    coalesce((SELECT t.request_id FROM generation_task t WHERE t.id = d.task_id), ''),
    d.body::text, d.endpoint_id
"""

# What was never started keeps its due time: it is late from there.
_REQUEUE = """
WITH lost AS (
    SELECT id, cluster, attempt, lateness_ms IS NOT NULL AS started,
        attempt >= CASE WHEN endpoint_id IS NULL THEN %(most)s ELSE %(most_webhook)s END AS last
    FROM generation_delivery
    WHERE state = 'sending' AND lease_until < %(at)s
    ORDER BY lease_until LIMIT 500
    FOR UPDATE SKIP LOCKED
), moved AS (
    UPDATE generation_delivery d
    SET state = CASE WHEN lost.last THEN 'given_up' ELSE 'due' END,
        finished_at = CASE WHEN lost.last THEN now() END,
        due_at = CASE WHEN lost.started THEN now() ELSE d.due_at END,
        last_error = CASE WHEN lost.started THEN 'the sender died' ELSE d.last_error END,
        lease_token = NULL, lease_until = NULL, cluster = NULL
    FROM lost WHERE d.id = lost.id
), noted AS (
    INSERT INTO generation_deliveryattempt (delivery_id, number, sent_at, answer, error)
    SELECT id, attempt, now(), '', 'the sender died' FROM lost WHERE started
)
SELECT cluster, started FROM lost
"""
