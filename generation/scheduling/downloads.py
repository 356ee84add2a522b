"""Whose input pictures are downloaded next, and who holds them meanwhile.

    uploading ──claim_one──► (leased) ──start──► downloads ──queue──► queued
        ▲                       │ the lease ran out
        └───────give_back───────┘

The short-work clusters' broker calls ``claim_one``. What waits is one partial index; each move is
one conditional UPDATE by the lease. A download is "started" once its attempt has a row: a claim
whose lease ran out without one means a cluster that hangs.

A download waits for a stranger's server, in a thread of the worker that took it, so what bounds a
cluster is how many it has under way; and one tenant has no more than TENANT_DOWNLOADS of all.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from generation.request import ImageRequest

CLUSTER_DOWNLOADS = 16  # 20 MB each, in memory
TENANT_DOWNLOADS = 8
START_SECONDS = 5.0  # from the claim to the start
PICTURE_SECONDS = 25.0  # one picture: 10 s on the way, then it is decoded and stored


@dataclass(frozen=True)
class Claimed:
    task_id: UUID
    lease_token: UUID


def claim_one(cluster_id: UUID) -> Claimed | None:
    """The task that has waited longest of those whose tenant may have one more, or None."""
    token = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                "token": token,
                "cluster": cluster_id,
                "seconds": START_SECONDS,
                "cluster_downloads": CLUSTER_DOWNLOADS,
                "tenant_downloads": TENANT_DOWNLOADS,
            },
        )
        row = cursor.fetchone()
    return Claimed(row[0], token) if row else None


def start(task_id: UUID, token: UUID, pid: int) -> bool:
    """Writes the attempt down; False where the lease is another's, or the claim came twice."""
    return _hit(
        """INSERT INTO generation_attempt (task_id, lease_token, cluster, worker_pid, outcome,
                                           detail, files, started_at)
           SELECT id, lease_token, cluster, %s, '', '', '{}', now() FROM generation_task
           WHERE id = %s AND lease_token = %s AND state = 'uploading'
           ON CONFLICT (lease_token) DO NOTHING""",
        [pid, task_id, token],
    )


def renew(task_id: UUID, token: UUID) -> bool:
    """Keeps the lease for one more picture; False when it is lost or the caller has cancelled."""
    return _hit(
        """UPDATE generation_task SET lease_until = now() + make_interval(secs => %s)
           WHERE id = %s AND lease_token = %s AND state = 'uploading'
             AND cancel_requested_at IS NULL""",
        [PICTURE_SECONDS, task_id, token],
    )


def queue(task_id: UUID, token: UUID, request: ImageRequest) -> bool:
    """uploading → queued, with the request whose pictures are all here; False as ``renew``."""
    return _hit(
        """UPDATE generation_task
           SET state = 'queued', request = %s::jsonb, lease_token = NULL, lease_until = NULL,
               cluster = NULL, strikes = 0, ready_at = now()
           WHERE id = %s AND lease_token = %s AND state = 'uploading'
             AND cancel_requested_at IS NULL""",
        [request.model_dump_json(), task_id, token],
    )


def give_back(task_id: UUID, token: UUID, *, strike: bool, delay: float = 0.0) -> bool:
    """What somebody held waits again, and is not claimed before ``delay`` seconds."""
    return _hit(
        """UPDATE generation_task
           SET lease_token = NULL, lease_until = NULL, cluster = NULL, strikes = strikes + %s,
               ready_at = now() + make_interval(secs => %s)
           WHERE id = %s AND lease_token = %s AND state = 'uploading'""",
        [int(strike), delay, task_id, token],
    )


def _hit(sql: str, parameters: Sequence[Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return bool(cursor.rowcount == 1)


_CLAIM = """
WITH live AS MATERIALIZED (
    SELECT cluster, tenant_id FROM generation_task
    WHERE state = 'uploading' AND lease_token IS NOT NULL
), next AS (
    SELECT t.id FROM generation_task t
    WHERE t.state = 'uploading' AND t.ready_at <= now() AND t.lease_token IS NULL
      AND t.cancel_requested_at IS NULL
      AND (SELECT count(*) FROM live WHERE live.cluster = %(cluster)s) < %(cluster_downloads)s
      AND (SELECT count(*) FROM live WHERE live.tenant_id = t.tenant_id) < %(tenant_downloads)s
    ORDER BY t.ready_at
    LIMIT 1
    FOR UPDATE OF t SKIP LOCKED
)
UPDATE generation_task
SET lease_token = %(token)s, cluster = %(cluster)s,
    lease_until = now() + make_interval(secs => %(seconds)s)
FROM next WHERE generation_task.id = next.id
RETURNING generation_task.id
"""
