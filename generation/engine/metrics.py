"""What the engine counts, in Prometheus's text form. One registry an engine: two in one process
do not share their counters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from generation.engine import memory
from generation.engine.jobs import Job, is_out_of_memory
from generation.engine.painter import PaintJob

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
OUTCOMES = ("done", "interrupted", "failed", "out_of_memory")
SECONDS = (0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300, 900)


class Metrics:
    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._jobs = Counter(
            "easel_engine_jobs", "Jobs that ended", ["outcome"], registry=self._registry
        )
        self._pictures = Counter(
            "easel_engine_pictures", "Pictures that were painted", registry=self._registry
        )
        self._pixels = Counter("easel_engine_pixels", "Their pixels", registry=self._registry)
        self._paint = self._histogram("paint", "One call of the painter")
        self._together = Counter(
            "easel_engine_paint_calls", "Calls of the painter", registry=self._registry
        )
        self._job = self._histogram("job", "A job from its coming to its end, waiting included")
        for outcome in OUTCOMES:
            self._jobs.labels(outcome)

    def _histogram(self, name: str, what: str) -> Histogram:
        return Histogram(
            f"easel_engine_{name}_seconds", what, buckets=SECONDS, registry=self._registry
        )

    def watch(self, waiting: Callable[[], int], running: Callable[[], int]) -> None:
        """Gauges that are read when they are asked for."""
        gauges: dict[str, tuple[str, Callable[[], float]]] = {
            "waiting_jobs": ("Jobs in the queue", waiting),
            "running_jobs": ("1 while something is painted", running),
            "resident_bytes": ("Memory that the process holds", memory.resident),
            "cuda_allocated_bytes": ("Memory of the card in use", memory.cuda_allocated),
        }
        for name, (what, read) in gauges.items():
            Gauge(f"easel_engine_{name}", what, registry=self._registry).set_function(read)

    def painted(self, paints: Sequence[PaintJob], seconds: float) -> None:
        self._together.inc()
        self._paint.observe(seconds)
        self._pictures.inc(len(paints))
        self._pixels.inc(sum(paint.size[0] * paint.size[1] for paint in paints))

    def ended(self, job: Job, error: Exception | None) -> None:
        outcome = "interrupted" if job.interrupted.is_set() else "done"
        if error:
            outcome = "out_of_memory" if is_out_of_memory(error) else "failed"
        self._jobs.labels(outcome).inc()
        self._job.observe(job.age)

    def text(self) -> str:
        return generate_latest(self._registry).decode()
