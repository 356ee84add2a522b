"""A small real painter: gradients out of prompt and seed, at a pace that a test sets."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence

from PIL import Image

from generation.engine.painter import ModelCard, PaintJob, Report, Stock

CARD = ModelCard(
    name="gradients.easel",
    title="Gradients",
    base_model="Gradients",
    sha256=hashlib.sha256(b"gradients").hexdigest(),
    description="Draws gradients; is not a neural network",
)
OTHER = ModelCard(
    name="stripes.easel",
    title="Stripes",
    base_model="Gradients",
    sha256=hashlib.sha256(b"stripes").hexdigest(),
    description="Draws gradients too",
)


class Gradients:
    """Refuses the prompt "refuse me"; fails on "fail"; eats memory on "oom"."""

    name = "gradients"

    def __init__(self, seconds_per_step: float = 0.002) -> None:
        self.seconds_per_step = seconds_per_step
        self.warmed = threading.Event()
        self.painted: list[PaintJob] = []
        self.previews = 0
        self._pace = threading.Event()

    def cards(self) -> list[ModelCard]:
        return [CARD, OTHER]

    def warm(self) -> None:
        self.warmed.set()

    def refuse(self, job: PaintJob) -> str | None:
        return "prompt: this painter does not draw that" if job.prompt == "refuse me" else None

    def stock(self) -> Stock:
        return Stock(features=frozenset({"txt2img", "img2img", "clip_skip", "previews"}))

    def refresh(self) -> None:
        pass

    def may_join(self, first: PaintJob, other: PaintJob) -> bool:
        return False

    def paint(self, jobs: Sequence[PaintJob], report: Report) -> list[Image.Image]:
        (job,) = jobs
        self.painted.append(job)
        picture = self._picture(job)
        for step in range(1, job.steps + 1):
            self._pace.wait(self.seconds_per_step)
            report(step, job.steps, lambda: self._preview(picture))
        if job.prompt == "fail":
            raise RuntimeError("the brush broke")
        if job.prompt == "oom":
            raise MemoryError("CUDA out of memory. Tried to allocate 9 GiB")
        return [picture]

    def _preview(self, picture: Image.Image) -> Image.Image:
        self.previews += 1
        return picture

    def _picture(self, job: PaintJob) -> Image.Image:
        if job.init_image and job.denoising_strength == 0:
            return job.init_image
        key = f"{job.prompt}/{job.seed}/{job.checkpoint}".encode()
        corners = Image.frombytes("RGB", (2, 2), hashlib.shake_256(key).digest(12))
        return corners.resize((job.width, job.height), Image.Resampling.BILINEAR)
