"""Leases: who works on a task, and until when.

A worker starts what its cluster claimed with ``start`` and renews with ``renew``; the reaper takes
back with ``give_back``. Each is one conditional UPDATE; False or None means that the lease is
another's now, and whoever is told so must stop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from generation.states import TaskState


@dataclass(frozen=True)
class Renewal:
    cancel_requested: bool


def start(task_id: UUID, token: UUID, seconds: float) -> bool:
    """claimed → running, by the worker that was handed the claim."""
    return _hit(
        """UPDATE generation_task
           SET state = 'running', started_at = now(), starts = starts + 1,
               lease_until = now() + make_interval(secs => %s)
           WHERE id = %s AND lease_token = %s AND state = 'claimed'""",
        [seconds, task_id, token],
    )


def renew(task_id: UUID, token: UUID, seconds: float) -> Renewal | None:
    """Keeps the lease for ``seconds`` more; None when it is lost."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE generation_task SET lease_until = now() + make_interval(secs => %s)
               WHERE id = %s AND lease_token = %s AND state = 'running'
               RETURNING cancel_requested_at IS NOT NULL""",
            [seconds, task_id, token],
        )
        row = cursor.fetchone()
    return Renewal(row[0]) if row else None


def give_back(
    task_id: UUID, token: UUID, state: TaskState, *, strike: bool, delay: float = 0.0
) -> bool:
    """claimed or running → queued. ``strike`` counts towards the limit of attempts; the task is
    not claimed again before ``delay`` seconds."""
    return _hit(
        """UPDATE generation_task
           SET state = 'queued', lease_token = NULL, lease_until = NULL, cluster = NULL,
               backend_id = NULL, claimed_at = NULL, started_at = NULL,
               strikes = strikes + %s, ready_at = now() + make_interval(secs => %s)
           WHERE id = %s AND lease_token = %s AND state = %s""",
        [int(strike), delay, task_id, token, state.value],
    )


def _hit(sql: str, parameters: Sequence[Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return bool(cursor.rowcount == 1)
