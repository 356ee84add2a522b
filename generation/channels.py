"""PostgreSQL NOTIFY channels. A notification is a hint to look at a row, sent with the
transaction that changed it, or right after it (a submit's); whoever misses one finds the row at its
next look."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

QUEUE = "easel_queue"  # there may be something to claim: a task came, a slot or a backend is free
DELIVERY = "easel_delivery"  # short work: a delivery may be due, or an input waits for its download
TASK = "easel_task"  # payload "<task>:<tenant>:<seq>": its state (seq 0) or progress changed


def emit(channel: str, payload: str = "") -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [channel, payload])


def task_changed(task_id: UUID, tenant_id: int, seq: int = 0) -> None:
    emit(TASK, f"{task_id}:{tenant_id}:{seq}")


def task_uploading(task_id: UUID, tenant_id: int) -> None:
    """Both hints of a new task whose input pictures are to be downloaded first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_notify(%s, ''), pg_notify(%s, %s)",
            [DELIVERY, TASK, f"{task_id}:{tenant_id}:0"],
        )


def task_queued(task_id: UUID, tenant_id: int) -> None:
    """Both hints of a new task, in one round trip."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_notify(%s, ''), pg_notify(%s, %s)",
            [QUEUE, TASK, f"{task_id}:{tenant_id}:0"],
        )
