"""The door for painters: what the engine's server asks of whatever makes its pictures.

One job is one picture. The server loops over a batch (seed, seed + 1, …), keeps the queue, encodes
the files and speaks HTTP; a painter knows none of that. Pure: no Django, no web.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PIL import Image

Report = Callable[[int, int, Callable[[], Image.Image]], None]
"""report(step, steps, preview): called after each step, 1 … steps. `preview` renders the picture
as it stands and costs time only when it is called. A report that raises Interrupted stops the
painting."""


class Interrupted(Exception):
    """Raised by a Report to stop a painting; it passes through `Painter.paint` unchanged."""


@dataclass(frozen=True)
class ModelCard:
    """A checkpoint that a painter offers, as the server lists it."""

    name: str
    """What a request names in `checkpoint`; unique over the server."""
    title: str
    base_model: str
    """The family ("SD 1.5", "SDXL", "Sketch"): a LoRA of another family is refused."""
    sha256: str
    """Of the weights, or of the data that the pictures are made from."""
    description: str


@dataclass(frozen=True, kw_only=True)
class PaintJob:
    """One picture to paint; every value has been read, none has been judged."""

    prompt: str
    negative_prompt: str = ""
    width: int = 512
    height: int = 512
    steps: int = 20
    seed: int = 0
    """0 … 2**32 - 1. The server has already drawn one where the caller said -1."""
    cfg_scale: float = 7.0
    sampler: str = "Euler a"
    checkpoint: str = ""
    """A ModelCard's name or title; empty: the painter's first card."""
    init_image: Image.Image | None = None
    denoising_strength: float = 0.75
    """0 keeps `init_image`, 1 ignores it; without effect where there is none."""


class Painter(Protocol):
    """Makes pictures. One instance serves one thread at a time."""

    name: str

    def cards(self) -> list[ModelCard]:
        """The checkpoints on offer, the default first."""

    def warm(self) -> None:
        """Load what the first picture would otherwise wait for. Blocks; may be called from a
        thread.
        """

    def refuse(self, job: PaintJob) -> str | None:
        """Why this job cannot be painted, naming the field; None when it can."""

    def paint(self, job: PaintJob, report: Report) -> Image.Image:
        """The finished RGB picture of job.width × job.height. The same job gives the same pixels.

        Raises Interrupted when `report` does, and ValueError for a job that `refuse` refuses.
        """
