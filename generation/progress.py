"""Progress and previews of a running task: at most two writes a second, hints to the watchers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from django.db import Error as DatabaseError
from django.db import connection

from generation import channels
from generation.backends.base import Progress
from generation.models import Task
from generation.scheduling.heart import Heart

log = logging.getLogger(__name__)
INTERVAL = 0.5  # seconds between two writes of a task
PreviewFilter = Callable[[bytes], bytes | None]


class ProgressWriter:
    """The ``on_progress`` of a backend: ``with ProgressWriter(…) as progress``.

    Raises Interrupted (from the heart) between two steps. A write that fails costs a progress
    bar, never the task. The row goes with the attempt.
    """

    def __init__(self, task: Task, heart: Heart, preview_filter: PreviewFilter) -> None:
        self._task = task
        self._heart = heart
        self._filter = preview_filter
        self._seq = 0
        self._next = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._quietly("DELETE FROM generation_progress WHERE task_id = %s", [self._task.pk])

    def __call__(self, progress: Progress) -> None:
        self._heart.check()
        self._heart.began = self._heart.began or progress.fraction > 0
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + INTERVAL
        self._seq += 1
        preview = self._filter(progress.preview) if progress.preview else None
        self._quietly(
            _WRITE,
            [
                self._task.pk,
                self._seq,
                progress.fraction,
                progress.step,
                progress.steps,
                progress.eta,
                preview,
                channels.TASK,
                f"{self._task.pk}:{self._task.tenant_id}:{self._seq}",
            ],
        )

    def _quietly(self, sql: str, parameters: Sequence[Any]) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql, parameters)
        except DatabaseError as error:
            log.warning("progress not written: %s", error)
            connection.close()


# A step without a new preview keeps the last one.
_WRITE = """
WITH written AS (
    INSERT INTO generation_progress AS p
        (task_id, seq, fraction, step, steps, eta, preview, updated_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, now())
    ON CONFLICT (task_id) DO UPDATE
    SET seq = EXCLUDED.seq, fraction = EXCLUDED.fraction, step = EXCLUDED.step,
        steps = EXCLUDED.steps, eta = EXCLUDED.eta,
        preview = COALESCE(EXCLUDED.preview, p.preview), updated_at = now()
    RETURNING 1
)
SELECT pg_notify(%s, %s) FROM written
"""
