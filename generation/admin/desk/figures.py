"""What the dashboard says. Each figure is one query by an index, bounded in what it reads, and
those of a whole day are kept for half a minute: the page asks every few seconds."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import orjson
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from generation import waiting

T = TypeVar("T")
KEPT = 30  # seconds
MOST = 1000  # of what waits for a decision: beyond it "1,000+" says enough
HOURS = 24
ROWS = 100  # backends, clusters, leases


@dataclass(frozen=True, kw_only=True)
class Queue:
    waiting: int
    fetching: int  # their input pictures are on the way
    running: int
    oldest: datetime | None
    reasons: dict[str, int]  # of waiting.REASONS; of the first tasks of a long queue


@dataclass(frozen=True, kw_only=True)
class Server:
    id: int
    name: str
    tenant: str
    enabled: bool
    draining: bool
    is_up: bool
    open_until: datetime | None  # the breaker: in the future, it is open
    problem: str
    loaded: str
    slots: int
    used: int
    seen_at: datetime | None
    read_asked_at: datetime | None
    read_at: datetime | None
    read_result: dict[str, Any]

    @property
    def state(self) -> str:
        """off, down, broken (its breaker is open), draining or up."""
        if not self.enabled:
            return "off"
        if not self.is_up:
            return "down"
        if self.open_until is not None and self.open_until > timezone.now():
            return "broken"
        return "draining" if self.draining else "up"

    @property
    def is_being_read(self) -> bool:
        asked, read = self.read_asked_at, self.read_at
        return asked is not None and (read is None or read < asked)


@dataclass(frozen=True, kw_only=True)
class Cluster:
    id: str
    kind: str
    host: str
    pid: int
    workers: int
    beat_at: datetime
    live: int

    @property
    def is_late(self) -> bool:
        return timezone.now() - self.beat_at > timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True)
class Lease:
    task: str
    state: str
    tenant: str
    server: str
    worker: int | None
    since: datetime | None
    left: float | None  # seconds of the lease; below zero it has run out
    fraction: float | None


@dataclass(frozen=True, kw_only=True)
class Hour:
    """A bar: ``x``, ``y``, ``width`` and ``height`` in units of the drawing (24 × 100)."""

    at: datetime
    images: int
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, kw_only=True)
class Attention:
    """What waits for an operator; at most MOST each."""

    blocked: int
    flagged: int
    reports: int
    appeals: int
    deliveries: int  # that failed once at least and are tried again
    given_up: int  # of the last 24 hours
    mails_late: int  # that the mail server did not take, and that are tried again
    mails_held: int  # that it never took, kept for the operator


@dataclass(frozen=True, kw_only=True)
class Space:
    """Bytes."""

    free: int
    total: int
    database: int


def queue() -> Queue:
    row = _rows(_QUEUE)[0]
    return Queue(
        waiting=row[0],
        fetching=row[1],
        running=row[2],
        oldest=row[3],
        reasons=waiting.reasons() if row[0] else {},
    )


def servers() -> list[Server]:
    rows = _named(_SERVERS, {"most": ROWS})
    return [Server(**row | {"read_result": _parsed(row["read_result"])}) for row in rows]


def clusters() -> list[Cluster]:
    return [Cluster(**row) for row in _named(_CLUSTERS, {"most": ROWS})]


def leases() -> list[Lease]:
    return [Lease(**row) for row in _named(_LEASES, {"most": ROWS})]


def hours() -> list[Hour]:
    """The last 24, the running one too; counted anew every KEPT seconds."""
    return _kept("hours", _hours)


def failures() -> list[tuple[str, int]]:
    """(error code, tasks) of the last hour, most first."""
    return _kept("failures", lambda: [(row[0], row[1]) for row in _rows(_FAILURES)])


def attention() -> Attention:
    return Attention(**_named(_ATTENTION, {"most": MOST})[0])


def space() -> Space:
    return _kept("space", _space)


def _hours() -> list[Hour]:
    counted = dict(_rows(_HOURS))
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    times = [now - timedelta(hours=HOURS - 1 - number) for number in range(HOURS)]
    most = max([1, *counted.values()])
    return [_bar(number, at, counted.get(at, 0), most) for number, at in enumerate(times)]


def _bar(number: int, at: datetime, images: int, most: int) -> Hour:
    height = max(1.5, 100 * images / most) if images else 0
    return Hour(
        at=at,
        images=images,
        x=f"{number + 0.1:.1f}",
        y=f"{100 - height:.2f}",
        width="0.8",
        height=f"{height:.2f}",
    )


def _space() -> Space:
    disk = shutil.disk_usage(settings.EASEL_HOME)
    size = _rows("SELECT pg_database_size(current_database())")[0][0]
    return Space(free=disk.free, total=disk.total, database=size)


def _kept(name: str, count: Callable[[], T]) -> T:
    found: T | None = cache.get(f"desk:{name}")
    if found is None:
        found = count()
        cache.set(f"desk:{name}", found, KEPT)
    return found


def _parsed(value: Any) -> dict[str, Any]:
    """A jsonb column as Django's connection gives it: as text."""
    found: dict[str, Any] = orjson.loads(value) if isinstance(value, str | bytes) else value
    return found


def _rows(sql: str, parameters: dict[str, Any] | None = None) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or {})
        return list(cursor.fetchall())


def _named(sql: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


# Each part in the words of a partial index (task_claim, task_uploading, task_live).
_QUEUE = """
SELECT
    (SELECT count(*) FROM generation_task WHERE state = 'queued'),
    (SELECT count(*) FROM generation_task WHERE state = 'uploading'),
    (SELECT count(*) FROM generation_task WHERE state IN ('claimed', 'running')),
    (SELECT min(created_at) FROM generation_task WHERE state = 'queued')
"""

_SERVERS = """
SELECT b.id, b.name, coalesce(t.name, '') AS tenant, b.enabled, b.draining, b.is_up, b.open_until,
       b.problem, b.loaded_checkpoint AS loaded, b.slots, coalesce(u.used, 0) AS used, b.seen_at,
       b.read_asked_at, b.read_at, b.read_result
FROM generation_backend b
LEFT JOIN accounts_tenant t ON t.id = b.tenant_id
LEFT JOIN (SELECT backend_id, count(*) AS used FROM generation_task
           WHERE state IN ('claimed', 'running') GROUP BY backend_id) u ON u.backend_id = b.id
ORDER BY b.name LIMIT %(most)s
"""

_CLUSTERS = """
SELECT c.id::text, c.kind, c.host, c.pid, c.workers, c.beat_at, coalesce(u.live, 0) AS live
FROM generation_clusterbeat c
LEFT JOIN (SELECT cluster, count(*) AS live FROM generation_task
           WHERE state IN ('claimed', 'running') GROUP BY cluster) u ON u.cluster = c.id
ORDER BY c.kind, c.host, c.pid LIMIT %(most)s
"""

_LEASES = """
WITH live AS MATERIALIZED (
    SELECT id, state, tenant_id, backend_id, lease_token, started_at, claimed_at, lease_until
    FROM generation_task WHERE state IN ('claimed', 'running')
    ORDER BY claimed_at LIMIT %(most)s
)
SELECT live.id::text AS task, live.state, t.name AS tenant, coalesce(b.name, '') AS server,
       a.worker_pid AS worker, coalesce(live.started_at, live.claimed_at) AS since,
       extract(epoch FROM live.lease_until - now())::float8 AS "left", p.fraction
FROM live
JOIN accounts_tenant t ON t.id = live.tenant_id
LEFT JOIN generation_backend b ON b.id = live.backend_id
LEFT JOIN generation_attempt a ON a.lease_token = live.lease_token
LEFT JOIN generation_progress p ON p.task_id = live.id
ORDER BY since
"""

# By task_created: what was asked for a day before it was done is no figure of this hour.
_HOURS = """
SELECT date_trunc('hour', finished_at, 'UTC') AS at, sum(images)::bigint
FROM generation_task
WHERE created_at > now() - interval '26 hours' AND state = 'done'
  AND finished_at > now() - interval '24 hours'
GROUP BY 1
"""

# By task_broken.
_FAILURES = """
SELECT error_code, count(*) FROM generation_task
WHERE state = 'failed' AND created_at > now() - interval '25 hours'
  AND finished_at > now() - interval '1 hour'
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 12
"""

# By output_to_review, report_open, appeal_open, delivery_due and delivery_given_up.
_ATTENTION = """
WITH to_review AS MATERIALIZED (
    SELECT state, verdict FROM generation_output
    WHERE reviewed_at IS NULL AND verdict IN ('flag', 'block') AND NOT (state = 'deleted')
    ORDER BY created_at DESC LIMIT 2 * %(most)s
)
SELECT
    (SELECT count(*) FROM to_review WHERE state = 'blocked') AS blocked,
    (SELECT count(*) FROM to_review WHERE state = 'visible') AS flagged,
    (SELECT count(*) FROM (SELECT FROM generation_report WHERE state = 'open'
                           LIMIT %(most)s) r) AS reports,
    (SELECT count(*) FROM (SELECT FROM generation_appeal WHERE state = 'open'
                           LIMIT %(most)s) a) AS appeals,
    (SELECT count(*) FROM (SELECT FROM generation_delivery WHERE state = 'due' AND attempt > 0
                           LIMIT %(most)s) d) AS deliveries,
    (SELECT count(*) FROM (SELECT FROM generation_delivery
                           WHERE state = 'given_up' AND created_at > now() - interval '24 hours'
                           LIMIT %(most)s) g) AS given_up,
    (SELECT count(*) FROM accounts_outgoingmail WHERE NOT (last_error = '')) AS mails_late,
    (SELECT count(*) FROM accounts_heldmail
     WHERE NOT (problem = '') AND expires_at > now()) AS mails_held
"""
