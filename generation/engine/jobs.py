"""One call's work: its pictures, how far it is, and how it ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PIL import Image

from generation.engine import encode
from generation.engine.painter import OutOfMemory, Painter, PaintJob, Report

PREVIEW_SECONDS = 0.1  # how long a caller waits for the next step to draw its preview


@dataclass(eq=False, repr=False)
class Job:
    """Pictures to paint, then the pictures; or with ``work`` something else that only the paint
    thread may do. ``done`` is set when it ended, ``error`` holds what went wrong, ``finished``
    what was painted before that, by its place in ``paints``."""

    id: str
    painter: Painter
    paints: Sequence[PaintJob] = ()
    work: Callable[[Report], None] | None = None
    finished: dict[int, Image.Image] = field(default_factory=dict)
    error: Exception | None = None
    done: threading.Event = field(default_factory=threading.Event)
    interrupted: threading.Event = field(default_factory=threading.Event)
    skipped: threading.Event = field(default_factory=threading.Event)
    """The pictures that are being painted are given up, the next ones are not."""
    came_at: float = field(default_factory=time.monotonic)
    started_at: float | None = None
    step: int = 0
    steps: int = 0
    painting: int = 0
    """How many of the pictures are being painted together just now."""
    next: int = 0
    """The first of ``paints`` that nobody has begun."""
    _reports: int = 0
    _preview: tuple[int, bytes] | None = None
    _preview_wanted: threading.Event = field(default_factory=threading.Event)
    _preview_drawn: threading.Event = field(default_factory=threading.Event)

    @property
    def pictures(self) -> list[Image.Image]:
        return [self.finished[index] for index in sorted(self.finished)]

    @property
    def fraction(self) -> float:
        """0 to 1 over all pictures of the job."""
        within = self.step / self.steps if self.steps else 0.0
        begun = self.next - self.painting if self.paints else 0
        share = max(self.painting, 0 if self.paints else 1)
        return min((begun + within * share) / max(len(self.paints), 1), 1.0)

    @property
    def eta(self) -> float | None:
        """Seconds left at the pace so far."""
        fraction = self.fraction
        if self.started_at is None or not fraction:
            return None
        spent = time.monotonic() - self.started_at
        return spent / fraction - spent

    @property
    def age(self) -> float:
        """Seconds since the job came."""
        return time.monotonic() - self.came_at

    def preview(self) -> tuple[int, bytes] | None:
        """A number that grows, and a JPEG. Drawn by the paint thread at its next step, and only
        when somebody asks: a painter may be drawn from its own thread only."""
        if not self.done.is_set():
            self._preview_drawn.clear()
            self._preview_wanted.set()
            self._preview_drawn.wait(PREVIEW_SECONDS)
        return self._preview

    def see(self, step: int, steps: int, preview: Callable[[], Image.Image] | None) -> None:
        """A step is done. ``preview`` is None where another job's picture is what is drawn."""
        self.step, self.steps = step, steps
        self._reports += 1
        if preview and self._preview_wanted.is_set():
            self._preview_wanted.clear()
            self._preview = self._reports, encode.preview(preview())
            self._preview_drawn.set()

    def end(self, error: Exception | None = None) -> None:
        if not self.done.is_set():
            self.error = error
            self.painting = 0
            self.done.set()
            self._preview_drawn.set()


def is_out_of_memory(error: BaseException) -> bool:
    """Also of a painter that let torch's own error through; torch is not imported for it."""
    kinds = (OutOfMemory, MemoryError)
    return isinstance(error, kinds) or type(error).__name__ == "OutOfMemoryError"
