"""The steps of a painting as previews show them: colour blocks, then forms, then detail."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from generation.engine.painter import PaintJob, Report

from .raster import grain

PREVIEW = 512
"""Longest side of a preview."""


def unveil(finished: Image.Image, job: PaintJob, report: Report) -> Image.Image:
    """Reports every step of the job and returns the finished picture."""
    steps = job.steps + (job.hires.steps or job.steps if job.hires else 0)
    for step in range(1, steps + 1):
        report(step, steps, _preview(finished, step / steps, job.seed))
    return finished


def _preview(finished: Image.Image, share: float, seed: int) -> Callable[[], Image.Image]:
    """What the picture looks like when `share` (0 … 1) of it is done; costs nothing until it is
    called.
    """

    def render() -> Image.Image:
        image = finished
        if max(image.size) > PREVIEW:
            image = image.copy()
            image.thumbnail((PREVIEW, PREVIEW), Image.Resampling.BOX)
        if share >= 1:
            return image
        left = (1 - share) ** 1.6
        blurred = image.filter(ImageFilter.GaussianBlur(0.6 + min(image.size) * 0.09 * left))
        noise = grain(image.height, image.width, seed)[:, :, None] * np.float32(190 * left)
        pixels = (
            np.asarray(blurred, dtype=np.float32) * np.float32(1 - 0.35 * left)
            + np.float32(44 * left)
            + noise
        )
        return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))

    return render
