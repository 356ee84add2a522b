"""Which data export is written next, and who holds it meanwhile.

    waiting ──claim_one──► running ──renew──► … ──finish──► ready | failed
       ▲                      │ the lease ran out
       └─────give_back────────┘

Short work, but long: one at a time a cluster, whose worker hands it to a thread. Each move is one
conditional UPDATE by the lease.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

LEASE_SECONDS = 60.0  # a picture of 20 MB from a slow bucket, several times over
CLUSTER_EXPORTS = 1
MOST_STRIKES = 3


@dataclass(frozen=True)
class Claimed:
    export_id: UUID
    lease_token: UUID


def claim_one(cluster_id: UUID) -> Claimed | None:
    """The export that has waited longest, or None."""
    token = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                "token": token,
                "cluster": cluster_id,
                "seconds": LEASE_SECONDS,
                "most": CLUSTER_EXPORTS,
            },
        )
        row = cursor.fetchone()
    return Claimed(row[0], token) if row else None


def renew(export_id: UUID, token: UUID, done: int, total: int) -> bool:
    """Keeps the lease, and says how far it is; False when it is lost or the export deleted."""
    return _hit(
        """UPDATE generation_dataexport
           SET lease_until = now() + make_interval(secs => %s), done = %s, total = %s
           WHERE id = %s AND lease_token = %s AND state = 'running'""",
        [LEASE_SECONDS, done, total, export_id, token],
    )


def finish(export_id: UUID, token: UUID, file: str, size: int, days: int) -> bool:
    return _hit(
        """UPDATE generation_dataexport
           SET state = 'ready', file = %s, size = %s, done = total, finished_at = now(),
               expires_at = now() + make_interval(days => %s),
               lease_token = NULL, lease_until = NULL, cluster = NULL
           WHERE id = %s AND lease_token = %s AND state = 'running'""",
        [file, size, days, export_id, token],
    )


def fail(export_id: UUID, token: UUID, problem: str) -> bool:
    """Waits again, or has failed where it was the last try."""
    return _hit(
        _RELEASE + " WHERE id = %(id)s AND lease_token = %(token)s AND state = 'running'",
        {"most": MOST_STRIKES, "problem": problem[:255], "id": export_id, "token": token},
    )


def give_back_lapsed(at: datetime) -> bool:
    """What a dead writer held waits again."""
    return _hit(
        _RELEASE + " WHERE state = 'running' AND lease_until < %(at)s",
        {"most": MOST_STRIKES, "problem": "the writer died", "at": at},
    )


def _hit(sql: str, parameters: Sequence[Any] | dict[str, Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return bool(cursor.rowcount > 0)


_CLAIM = """
WITH next AS (
    SELECT e.id FROM generation_dataexport e
    WHERE e.state = 'waiting'
      AND (SELECT count(*) FROM generation_dataexport live
           WHERE live.state = 'running' AND live.cluster = %(cluster)s) < %(most)s
    ORDER BY e.created_at
    LIMIT 1
    FOR UPDATE OF e SKIP LOCKED
)
UPDATE generation_dataexport
SET state = 'running', lease_token = %(token)s, cluster = %(cluster)s,
    lease_until = now() + make_interval(secs => %(seconds)s)
FROM next WHERE generation_dataexport.id = next.id
RETURNING generation_dataexport.id
"""
_RELEASE = """
UPDATE generation_dataexport
SET state = CASE WHEN strikes + 1 >= %(most)s THEN 'failed' ELSE 'waiting' END,
    finished_at = CASE WHEN strikes + 1 >= %(most)s THEN now() END,
    strikes = strikes + 1, problem = %(problem)s,
    lease_token = NULL, lease_until = NULL, cluster = NULL
"""
