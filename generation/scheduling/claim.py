"""Which task next, on which backend.

One claim is one transaction under one advisory lock: slots, caps and workers are counted and used
up without a race, however many clusters ask (a claim takes about 2 ms; a generation takes
seconds). ``_HEADS`` reads the few tasks that could start now, ``choose`` is the policy and pure,
``_take`` is the conditional UPDATE.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

# pg_advisory_xact_lock key: every claim in this database takes its turn.
CLAIM_LOCK = 0x0EA5E1
# A warm task may pass a fairer one as long as its tenant is within this many megapixel-steps of
# its turn (twenty 512² pictures of 20 steps), and nobody is overtaken for longer than this.
OVERTAKE_WORK = 105.0
OVERTAKE_TIME = timedelta(seconds=20)
HEADS = 24  # a backend's candidates; one or two a tenant
WARM_WINDOW = 50  # of a tenant's queue: how far a warm task is looked for


@dataclass(frozen=True)
class Head:
    """A task that could start on a free slot now: the first of its tenant's queue for that
    backend, or the first whose checkpoint the backend has loaded."""

    task_id: UUID
    backend_id: int
    tenant_id: int
    start_tag: float  # virtual time at which the tenant's next task starts
    weight: float
    work: float
    priority: int
    created_at: datetime
    overtaken_at: datetime | None
    warm: bool
    own: bool
    """The server is the tenant's own, not one that is shared."""

    @property
    def turn(self) -> tuple[float, int, datetime]:
        return self.start_tag, -self.priority, self.created_at


@dataclass(frozen=True)
class Claim:
    task_id: UUID
    lease_token: UUID


def choose(heads: Sequence[Head], now: datetime) -> tuple[Head, Head]:
    """(the task to start, the task whose turn it is).

    Fair order is the tenants' virtual time, then priority, then age. A warm task goes first when
    its tenant is close to its turn, unless the fair one has been overtaken for OVERTAKE_TIME. Of
    servers alike a tenant's own is taken, which leaves the shared ones to those who have none.
    """
    fair = min(heads, key=lambda head: (head.turn, not head.warm, not head.own))
    if fair.warm or (fair.overtaken_at and now - fair.overtaken_at >= OVERTAKE_TIME):
        return fair, fair
    near = [
        head
        for head in heads
        if head.warm
        and head.start_tag <= fair.start_tag + OVERTAKE_WORK
        and (head.tenant_id != fair.tenant_id or head.priority >= fair.priority)
    ]
    return (min(near, key=lambda head: (head.turn, not head.own)), fair) if near else (fair, fair)


def claim_one(cluster_id: UUID, *, start_seconds: float) -> Claim | None:
    """Claims the next task for one worker of ``cluster_id``; None when there is nothing to do, no
    free slot, or no idle worker (the cluster's own live claims are as many as its workers)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CLAIM_LOCK])
        cursor.execute(_HEADS, {"cluster": cluster_id})
        rows = cursor.fetchall()
        if not rows:
            return None
        now = rows[0][-1]
        heads = [Head(*row[:-1]) for row in rows]
        chosen, fair = choose(heads, now)
        if chosen.task_id != fair.task_id and fair.overtaken_at is None:
            cursor.execute(
                "UPDATE generation_task SET overtaken_at = statement_timestamp() WHERE id = %s",
                [fair.task_id],
            )
        return _take(cursor, chosen, cluster_id, start_seconds)


def _take(
    cursor: CursorWrapper, head: Head, cluster_id: UUID, start_seconds: float
) -> Claim | None:
    token = uuid.uuid4()
    cursor.execute(
        _TAKE,
        {
            "task": head.task_id,
            "token": token,
            "seconds": start_seconds,
            "cluster": cluster_id,
            "backend": head.backend_id,
        },
    )
    if cursor.rowcount != 1:  # cancelled since the heads were read
        return None
    finish = head.start_tag + head.work / max(head.weight, 0.001)
    cursor.execute(_CHARGE, [head.tenant_id, finish])
    cursor.execute(_CLOCK, [head.start_tag])
    return Claim(head.task_id, token)


def _queue(window: str) -> str:
    """What may start of a tenant's queue, in its order. OFFSET 0 or a LIMIT keep the planner's
    hands off: it takes ``needs <@ offers`` for rare, and would sort the whole queue instead of
    taking the first of the index (5,000 queued: 7 ms for each backend)."""
    return f"""
        SELECT q.id, q.work, q.priority, q.created_at, q.overtaken_at,
               free.loaded = ANY (q.needs) AS warm
        FROM (SELECT id, work, priority, created_at, overtaken_at, needs, key_id,
                     ready_at, cancel_requested_at
              FROM generation_task WHERE tenant_id = turn.id AND state = 'queued'
              ORDER BY priority DESC, created_at {window}) q
        WHERE q.ready_at <= statement_timestamp() AND q.cancel_requested_at IS NULL
          AND q.needs <@ free.offers
          AND (q.key_id IS NULL OR q.key_id <> ALL (ARRAY(SELECT id FROM full_key)))
    """


# statement_timestamp(), not now(): the transaction began before it waited for its turn.
# For each free backend the tenants are walked in the order of their turns until HEADS heads are
# found. Not the first so many tenants: those may all wait for a server that is busy or down, and
# would keep everyone behind them from the servers that are free.
_HEADS = f"""
WITH live AS MATERIALIZED (
    SELECT backend_id, cluster, tenant_id, key_id
    FROM generation_task WHERE state IN ('claimed', 'running')
), idle AS (
    SELECT 1 FROM generation_clusterbeat beat
    WHERE beat.id = %(cluster)s
      AND beat.workers > (SELECT count(*) FROM live WHERE live.cluster = beat.id)
), clock AS (
    SELECT COALESCE(max(finish), 0) AS v FROM generation_fairshare WHERE tenant_id IS NULL
), full_key AS MATERIALIZED (
    SELECT k.id FROM accounts_apikey k JOIN live ON live.key_id = k.id
    WHERE k.max_concurrent > 0 GROUP BY k.id HAVING count(*) >= k.max_concurrent
), free AS MATERIALIZED (
    SELECT b.id, b.tenant_id, b.offers, 'checkpoint:' || lower(b.loaded_checkpoint) AS loaded
    FROM generation_backend b
    WHERE b.enabled AND NOT b.draining AND b.is_up
      AND (b.open_until IS NULL OR b.open_until <= statement_timestamp())
      AND b.slots > (SELECT count(*) FROM live WHERE live.backend_id = b.id)
      AND EXISTS (SELECT 1 FROM idle)
), turn AS MATERIALIZED (
    SELECT t.id, t.weight, GREATEST(COALESCE(f.finish, 0), clock.v) AS start_tag
    FROM accounts_tenant t
    CROSS JOIN clock
    LEFT JOIN generation_fairshare f ON f.tenant_id = t.id
    WHERE t.is_active
      AND EXISTS (SELECT 1 FROM generation_task q WHERE q.tenant_id = t.id AND q.state = 'queued')
      AND (t.max_concurrent = 0
           OR t.max_concurrent > (SELECT count(*) FROM live WHERE live.tenant_id = t.id))
    ORDER BY start_tag
)
SELECT near.id, free.id, near.tenant_id, near.start_tag, near.weight, near.work, near.priority,
       near.created_at, near.overtaken_at, near.warm, free.tenant_id IS NOT NULL,
       statement_timestamp()
FROM free CROSS JOIN LATERAL (
    SELECT turn.id AS tenant_id, turn.start_tag, turn.weight, head.*
    FROM turn CROSS JOIN LATERAL (
        ({_queue("OFFSET 0")} LIMIT 1)
        UNION
        ({_queue(f"LIMIT {WARM_WINDOW}")} AND free.loaded = ANY (q.needs) LIMIT 1)
    ) head
    WHERE free.tenant_id IS NULL OR free.tenant_id = turn.id
    LIMIT {HEADS}
) near
"""

_TAKE = """
UPDATE generation_task
SET state = 'claimed', lease_token = %(token)s, cluster = %(cluster)s, backend_id = %(backend)s,
    claimed_at = statement_timestamp(),
    lease_until = statement_timestamp() + make_interval(secs => %(seconds)s)
WHERE id = %(task)s AND state = 'queued'
"""

_CHARGE = """
INSERT INTO generation_fairshare (tenant_id, finish) VALUES (%s, %s)
ON CONFLICT (tenant_id) DO UPDATE SET finish = EXCLUDED.finish
"""

_CLOCK = """
UPDATE generation_fairshare SET finish = GREATEST(finish, %s) WHERE tenant_id IS NULL
"""
