"""The engine's queue: one paint thread, jobs in the order they came, each known by its id."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PIL import Image

from generation.engine import encode
from generation.engine.painter import Interrupted, Painter, PaintJob
from generation.engine.refusal import Refusal

log = logging.getLogger(__name__)

MAX_QUEUED = 64
REMEMBERED = 64  # ids of finished jobs that progress still knows
PREVIEW_SECONDS = 0.1  # how long a caller waits for the next step to draw its preview


@dataclass(eq=False, repr=False)
class Job:
    """One call: the pictures to paint, then the pictures. ``done`` is set when it ended,
    ``error`` holds what the painter raised, ``pictures`` what was finished before that."""

    id: str
    painter: Painter
    paints: Sequence[PaintJob]
    pictures: list[Image.Image] = field(default_factory=list)
    error: Exception | None = None
    done: threading.Event = field(default_factory=threading.Event)
    interrupted: threading.Event = field(default_factory=threading.Event)
    started_at: float | None = None
    step: int = 0
    steps: int = 0
    pace: float = 0.0  # seconds that a step takes at least
    _reports: int = 0
    _preview: tuple[int, bytes] | None = None
    _preview_wanted: threading.Event = field(default_factory=threading.Event)
    _preview_drawn: threading.Event = field(default_factory=threading.Event)

    @property
    def fraction(self) -> float:
        """0 to 1 over all pictures of the job."""
        within = self.step / self.steps if self.steps else 0.0
        return min((len(self.pictures) + within) / len(self.paints), 1.0)

    @property
    def eta(self) -> float | None:
        """Seconds left at the pace so far."""
        fraction = self.fraction
        if self.started_at is None or not fraction:
            return None
        spent = time.monotonic() - self.started_at
        return spent / fraction - spent

    def preview(self) -> tuple[int, bytes] | None:
        """A number that grows, and a JPEG. Drawn by the paint thread at its next step, and only
        when somebody asks: a painter may be drawn from its own thread only."""
        if not self.done.is_set():
            self._preview_drawn.clear()
            self._preview_wanted.set()
            self._preview_drawn.wait(PREVIEW_SECONDS)
        return self._preview

    def paint(self) -> None:
        """Runs the job to its end; called by the paint thread."""
        self.started_at = time.monotonic()
        try:
            for job in self.paints:
                if self.interrupted.is_set():
                    return
                self.step, self.steps = 0, job.steps
                finished = self.painter.paint([job], self._report)
                self.pictures.extend(finished)
                self.step = 0
        except Interrupted:
            pass
        except Exception as error:
            log.exception("the painter %s failed on job %s", self.painter.name, self.id)
            self.error = error
        finally:
            self.done.set()
            self._preview_drawn.set()

    def _report(self, step: int, steps: int, preview: Callable[[], Image.Image]) -> None:
        if self.interrupted.is_set():
            raise Interrupted
        self.step, self.steps = step, steps
        self._reports += 1
        if self._preview_wanted.is_set():
            self._preview_wanted.clear()
            self._preview = self._reports, encode.preview(preview())
            self._preview_drawn.set()
        if self.pace and step < steps and self.interrupted.wait(self.pace):
            raise Interrupted


class Queue:
    """``prepare`` runs first in the paint thread: painters are loaded and warmed there, so that
    the port answers at once and the first job waits for what it needs."""

    def __init__(self, prepare: Callable[[], None]) -> None:
        self._prepare = prepare
        self._changed = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._running: Job | None = None
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

        Answers the ids that it ended. A running job stops at its next step.
        """
        with self._changed:
            found = [job for job in self._all() if not id or job.id == id]
            for job in found:
                job.interrupted.set()
                if job is not self._running:
                    self._waiting.remove(job)
                    self._finished.append(job.id)
                    job.done.set()
        return [job.id for job in found]

    def find(self, id: str) -> Job | None:
        return next((job for job in self._all() if job.id == id), None)

    def position(self, job: Job) -> int:
        """0 runs, 1 is next; -1 has ended."""
        jobs = self._all()
        return jobs.index(job) + (self._running is None) if job in jobs else -1

    @property
    def is_closed(self) -> bool:
        return self._closed

    @property
    def running(self) -> Job | None:
        return self._running

    @property
    def waiting(self) -> list[str]:
        return [job.id for job in list(self._waiting)]

    def was_finished(self, id: str) -> bool:
        return id in list(self._finished)

    def _all(self) -> list[Job]:
        with self._changed:
            return [*([self._running] if self._running else []), *self._waiting]

    def _run(self) -> None:
        self._prepare()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or bool(self._waiting))
                if self._closed:
                    return
                job = self._running = self._waiting.popleft()
            job.paint()
            with self._changed:
                self._running = None
                self._finished.append(job.id)
