"""Why a queued task waits, where it stands, and about how long it will take.

An estimate in words and a range, never a promise: position counts the tasks that fair share is
likely to start first, the time comes from what the last hour's tasks took.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from generation.snapshot import Waiting

# In the order of looking: the first that holds is the reason.
REASONS = (
    "backend_down",  # every server that could do it is down, or its breaker is open
    "backend_draining",  # every such server that is up is being emptied for maintenance
    "no_worker",  # no worker process is alive
    "tenant_limit",  # the organisation runs as many tasks as it may
    "key_limit",  # the key does
    "retry",  # an attempt failed; the next begins in a moment
    "behind_others",  # slots are busy; other tasks are before it
    "next",  # it is the next
)


def why(task_id: UUID) -> Waiting | None:
    """None when the task is not queued any more."""
    with connection.cursor() as cursor:
        cursor.execute(_WHY, {"task": task_id})
        row = cursor.fetchone()
    if row is None:
        return None
    up, open_, workers, tenant_full, key_full, retry, own_ahead, others_ahead, slots, typical = row
    ahead = int(own_ahead + others_ahead)  # sum() of bigint is numeric
    checks = {
        "backend_down": not up,
        "backend_draining": not open_,
        "no_worker": not workers,
        "tenant_limit": tenant_full,
        "key_limit": key_full,
        "retry": retry,
        "behind_others": ahead > 0,
        "next": True,
    }
    reason = next(name for name in REASONS if checks[name])
    known = open_ and workers and typical is not None
    rounds = ahead / max(int(slots), 1)
    eta = (rounds * typical * 0.5, (rounds + 1) * typical * 1.5) if known else None
    return Waiting(position=ahead, reason=reason, eta=eta)


_WHY = """
WITH me AS (SELECT * FROM generation_task WHERE id = %(task)s AND state = 'queued'),
able AS (
    SELECT b.slots, b.draining,
           b.is_up AND (b.open_until IS NULL OR b.open_until <= statement_timestamp()) AS is_up
    FROM generation_backend b, me
    WHERE b.enabled AND me.needs <@ b.offers
      AND (b.tenant_id IS NULL OR b.tenant_id = me.tenant_id)
), live AS (
    SELECT tenant_id, key_id FROM generation_task WHERE state IN ('claimed', 'running')
), own AS (
    SELECT count(*) AS ahead FROM generation_task q, me
    WHERE q.tenant_id = me.tenant_id AND q.state = 'queued' AND q.id <> me.id
      AND (q.priority > me.priority OR (q.priority = me.priority AND q.created_at < me.created_at))
)
SELECT
    EXISTS (SELECT 1 FROM able WHERE is_up),
    EXISTS (SELECT 1 FROM able WHERE is_up AND NOT draining),
    EXISTS (SELECT 1 FROM generation_clusterbeat
            WHERE kind = 'generation' AND beat_at > statement_timestamp() - interval '10 seconds'),
    (SELECT tenant.max_concurrent > 0 AND tenant.max_concurrent <=
        (SELECT count(*) FROM live WHERE live.tenant_id = me.tenant_id)
     FROM accounts_tenant tenant WHERE tenant.id = me.tenant_id),
    COALESCE((SELECT key.max_concurrent > 0 AND key.max_concurrent <=
        (SELECT count(*) FROM live WHERE live.key_id = me.key_id)
     FROM accounts_apikey key WHERE key.id = me.key_id), FALSE),
    me.ready_at > statement_timestamp(),
    own.ahead,
    -- Turns are shared: another tenant gets about as many before me as I have tasks before me.
    (SELECT COALESCE(sum(LEAST(n, own.ahead + 1)), 0)::int FROM (
        SELECT count(*) AS n FROM generation_task q
        WHERE q.state = 'queued' AND q.tenant_id <> me.tenant_id GROUP BY q.tenant_id) others),
    (SELECT COALESCE(sum(slots), 0)::int FROM able WHERE is_up AND NOT draining),
    (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM took)) FROM (
        SELECT d.finished_at - d.started_at AS took FROM generation_task d
        WHERE d.tenant_id = me.tenant_id AND d.state = 'done'
          AND d.created_at > statement_timestamp() - interval '1 hour'
        ORDER BY d.created_at DESC LIMIT 50) recent)
FROM me, own
"""


GROUPED = 5000  # tasks of the queue that are looked at to say what they wait for


def reasons() -> dict[str, int]:
    """How many queued tasks wait for which of REASONS, most first; of a queue of more than GROUPED
    tasks, of that many. A task that waits for its turn alone is "behind_others"."""
    counted: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_REASONS, {"most": GROUPED})
        for tasks, up, open_, workers, tenant_full, key_full, retry in cursor.fetchall():
            checks = {
                "backend_down": not up,
                "backend_draining": not open_,
                "no_worker": not workers,
                "tenant_limit": tenant_full,
                "key_limit": key_full,
                "retry": retry,
                "behind_others": True,
            }
            reason = next(name for name, holds in checks.items() if holds)
            counted[reason] = counted.get(reason, 0) + tasks
    return dict(sorted(counted.items(), key=lambda pair: -pair[1]))


_REASONS = """
WITH queued AS (
    SELECT tenant_id, key_id, needs, ready_at > statement_timestamp() AS retry
    FROM generation_task WHERE state = 'queued' LIMIT %(most)s
), alike AS (
    SELECT tenant_id, key_id, needs, retry, count(*) AS tasks FROM queued GROUP BY 1, 2, 3, 4
), live AS MATERIALIZED (
    SELECT tenant_id, key_id FROM generation_task WHERE state IN ('claimed', 'running')
)
SELECT alike.tasks, coalesce(able.up, FALSE), coalesce(able.open, FALSE),
    EXISTS (SELECT 1 FROM generation_clusterbeat
            WHERE kind = 'generation' AND beat_at > statement_timestamp() - interval '10 seconds'),
    tenant.max_concurrent > 0 AND tenant.max_concurrent <=
        (SELECT count(*) FROM live WHERE live.tenant_id = alike.tenant_id),
    coalesce(key.max_concurrent > 0 AND key.max_concurrent <=
        (SELECT count(*) FROM live WHERE live.key_id = alike.key_id), FALSE),
    alike.retry
FROM alike
JOIN accounts_tenant tenant ON tenant.id = alike.tenant_id
LEFT JOIN accounts_apikey key ON key.id = alike.key_id
LEFT JOIN LATERAL (
    SELECT bool_or(up.is_up) AS up, bool_or(up.is_up AND NOT up.draining) AS open FROM (
        SELECT b.draining,
               b.is_up AND (b.open_until IS NULL OR b.open_until <= statement_timestamp()) AS is_up
        FROM generation_backend b
        WHERE b.enabled AND alike.needs <@ b.offers
          AND (b.tenant_id IS NULL OR b.tenant_id = alike.tenant_id)) up
) able ON TRUE
"""
