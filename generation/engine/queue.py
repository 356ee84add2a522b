"""The engine's queue: one paint thread, jobs in the order they came, each known by its id.

Pictures that the painter can paint together are painted together: of one job, and of jobs that
wait. Each ends by itself: an interrupt, a skip or a fault of one does not touch the others.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from PIL import Image

from generation.engine.jobs import Job, is_out_of_memory
from generation.engine.metrics import Metrics
from generation.engine.painter import Interrupted, PaintJob, Prefetches, Quick, Unloads
from generation.engine.refusal import Refusal

log = logging.getLogger(__name__)

MAX_QUEUED = 64
REMEMBERED = 64  # ids of finished jobs that progress still knows
MOST_TOGETHER = 8  # pictures; more fill no GPU better and cost memory
PIXELS_TOGETHER = 8 * 1024 * 1024
# Events have no condition over several of them: how often a pace looks whether all have ended.
LOOK_SECONDS = 0.02

Place = tuple[Job, int]
"""A job and the index of one of its paints."""


class Queue:
    """``prepare`` runs first in the paint thread: painters are loaded and warmed there, so that
    the port answers at once and the first job waits for what it needs. ``pace``: seconds that a
    step of a quick painter takes at least."""

    def __init__(
        self, prepare: Callable[[], None], metrics: Metrics | None = None, *, pace: float = 0.0
    ) -> None:
        self._prepare = prepare
        self._metrics = metrics or Metrics()
        self._pace = pace
        self._changed = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._active: list[Job] = []  # begun and not ended, the one that is painted first
        self._finished: deque[str] = deque(maxlen=REMEMBERED)
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="paint", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Interrupts everything and waits for the paint thread, one step at most."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.interrupt()
        if self._thread.ident:
            self._thread.join(timeout=2.0)

    def submit(self, job: Job) -> None:
        """Raises Refusal: the id is in use (409), the queue is full (503)."""
        with self._changed:
            if self.find(job.id):
                raise Refusal(409, f"task {job.id} is running already", field="force_task_id")
            if len(self._waiting) >= MAX_QUEUED or self._closed:
                raise Refusal(503, f"{len(self._waiting)} jobs are waiting already")
            self._waiting.append(job)
            self._changed.notify_all()

    def interrupt(self, id: str = "") -> list[str]:
        """Ends the job with this id, queued or running, or with no id every one of them.

        Answers the ids that it ended. A painter that paints nothing else stops at its next step.
        """
        with self._changed:
            found = [job for job in self._all() if not id or job.id == id]
            for job in found:
                job.interrupted.set()
                # What runs alone is ended by the paint thread, once it has really stopped.
                if job in self._waiting or len(self._active) > 1:
                    self._drop(job)
        return [job.id for job in found]

    def skip(self, id: str = "") -> None:
        """Gives up the pictures that are painted now, of this job or of the first that runs."""
        with self._changed:
            for job in self._active:
                if job.id == id or (not id and job is self._active[0]):
                    job.skipped.set()

    def find(self, id: str) -> Job | None:
        return next((job for job in self._all() if job.id == id), None)

    def position(self, job: Job) -> int:
        """0 runs, 1 is next; -1 has ended."""
        with self._changed:
            if job in self._active:
                return 0
            waiting = list(self._waiting)
        return waiting.index(job) + 1 if job in waiting else -1

    @property
    def is_closed(self) -> bool:
        return self._closed

    @property
    def running(self) -> Job | None:
        """The job whose turn it is; others may be painted along with it."""
        active = list(self._active)
        return active[0] if active else None

    @property
    def waiting(self) -> list[str]:
        return [job.id for job in list(self._waiting)]

    def was_finished(self, id: str) -> bool:
        return id in list(self._finished)

    def _all(self) -> list[Job]:
        with self._changed:
            return [*self._active, *self._waiting]

    def _drop(self, job: Job, error: Exception | None = None) -> None:
        """The job ends. Called with the lock held."""
        if job in self._waiting:
            self._waiting.remove(job)
        if job in self._active:
            self._active.remove(job)
        if not job.done.is_set():
            self._finished.append(job.id)
            self._metrics.ended(job, error)
            job.end(error)

    # ── The paint thread ─────────────────────────────────────────────────────────────────────
    def _run(self) -> None:
        self._prepare()
        while (job := self._next()) is not None:
            if job.work:
                self._work(job)
            else:
                places = self._together(job)
                self._look_ahead(job)
                self._paint(places)
            self._settle()

    def _next(self) -> Job | None:
        """Waits for the job whose turn it is. None: the queue is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._active or self._waiting)
            if self._closed:
                return None
            if not self._active:
                self._begin(self._waiting.popleft())
            return self._active[0]

    def _begin(self, job: Job) -> None:
        job.started_at = time.monotonic()
        self._active.append(job)

    def _together(self, first: Job) -> list[Place]:
        """The next pictures of the job whose turn it is, then of jobs that wait, as many as go
        together. What waits loses nothing by it: it is painted earlier than its turn."""
        lead = first.paints[first.next]
        most = max(1, PIXELS_TOGETHER // (lead.size[0] * lead.size[1]))
        most = min(most, MOST_TOGETHER)
        places: list[Place] = []
        with self._changed:
            for job in self._all():
                while not job.work and job.next < len(job.paints) and len(places) < most:
                    if places and not _goes_with(first, lead, job):
                        break
                    places.append((job, job.next))
                    job.next += 1
                    job.painting += 1
            for job in _jobs(places):
                if job in self._waiting:
                    self._waiting.remove(job)
                    self._begin(job)
        return places

    def _look_ahead(self, job: Job) -> None:
        """The next job's checkpoint is loaded while this one is painted."""
        with self._changed:
            coming = next((other for other in self._waiting if other.paints), None)
        if coming is None or not isinstance(coming.painter, Prefetches):
            return
        if coming.paints[0].checkpoint != job.paints[0].checkpoint:
            try:
                coming.painter.prefetch(coming.paints[0])
            except Exception:
                # It is loaded again when its turn comes, and its caller is told then.
                log.warning("%s could not be loaded ahead", coming.id, exc_info=True)

    def _paint(self, places: Sequence[Place]) -> None:
        """Together; where that fails, one by one, so that the fault is its own job's."""
        jobs = _jobs(places)
        for job in jobs:
            job.step, job.steps = 0, 0
        try:
            for place, picture in zip(places, self._painted(places, jobs), strict=True):
                if not (place[0].done.is_set() or place[0].skipped.is_set()):
                    place[0].finished[place[1]] = picture
        except Interrupted:
            pass
        except Exception as error:
            if len(places) == 1:
                self._fail(jobs[0], error)
            else:
                log.warning("%s pictures together: %s; now one by one", len(places), error)
                for place in places:
                    self._alone(place)

    def _alone(self, place: Place) -> None:
        job = place[0]
        if not (job.done.is_set() or job.interrupted.is_set() or job.skipped.is_set()):
            self._paint([place])

    def _painted(self, places: Sequence[Place], jobs: Sequence[Job]) -> list[Image.Image]:
        began = time.monotonic()
        pace = self._pace if isinstance(jobs[0].painter, Quick) else 0.0

        def report(step: int, steps: int, preview: Callable[[], Image.Image]) -> None:
            self._heed(jobs)
            for job in jobs:
                job.see(step, steps, preview if job is jobs[0] else None)
            if pace and step < steps:
                self._wait(jobs, pace)

        # A slow painter may be asked to stop before its first step.
        self._heed(jobs)
        paints = [job.paints[index] for job, index in places]
        pictures = jobs[0].painter.paint(paints, report)
        self._metrics.painted(paints, time.monotonic() - began)
        return pictures

    def _heed(self, jobs: Sequence[Job]) -> None:
        """Raises Interrupted once nobody waits for what is being painted."""
        if all(job.interrupted.is_set() or job.skipped.is_set() for job in jobs):
            raise Interrupted

    def _wait(self, jobs: Sequence[Job], seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._heed(jobs)
            jobs[0].interrupted.wait(min(left, LOOK_SECONDS))
        self._heed(jobs)

    def _work(self, job: Job) -> None:
        def report(step: int, steps: int, preview: Callable[[], Image.Image]) -> None:
            self._heed([job])
            job.see(step, steps, preview)

        assert job.work is not None
        try:
            if not job.interrupted.is_set():
                job.work(report)
        except Interrupted:
            pass
        except Exception as error:
            self._fail(job, error)

    def _fail(self, job: Job, error: Exception) -> None:
        if is_out_of_memory(error) and isinstance(job.painter, Unloads):
            job.painter.unload()
        log.error("the painter %s failed on job %s", job.painter.name, job.id, exc_info=error)
        with self._changed:
            self._drop(job, error)

    def _settle(self) -> None:
        """Ends what has nothing left to paint, and takes the others on."""
        with self._changed:
            for job in list(self._active):
                job.painting = 0
                job.step = 0
                job.skipped.clear()
                if job.interrupted.is_set() or job.next >= len(job.paints):
                    self._drop(job)


def _jobs(places: Sequence[Place]) -> list[Job]:
    return list({id(job): job for job, _ in places}.values())


def _goes_with(first: Job, lead: PaintJob, job: Job) -> bool:
    if job.painter is not first.painter:
        return False
    return first.painter.may_join(lead, job.paints[job.next])
