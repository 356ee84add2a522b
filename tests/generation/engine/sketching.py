"""What the tests of the sketch painter share: one painter, one call, and measures of pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generation.engine.painter import PaintJob
from generation.engine.sketch import SketchPainter

PAINTER = SketchPainter()


def silent(step: int, steps: int, preview: object) -> None:
    """A report that nobody reads."""


def paint(prompt: str = "a red apple on a table", **values: Any) -> Image.Image:
    job = PaintJob(prompt=prompt, **({"width": 192, "height": 192, "seed": 3} | values))
    return PAINTER.paint([job], silent)[0]


def refused(**values: Any) -> str:
    return PAINTER.refuse(PaintJob(prompt=values.pop("prompt", "a cat"), **values)) or ""


def pixels(image: Image.Image) -> NDArray[np.float64]:
    return np.asarray(image.convert("RGB"), dtype=np.float64)


def apart(first: Image.Image, second: Image.Image) -> float:
    """Mean absolute difference of a channel, 0 … 255."""
    return float(np.abs(pixels(first) - pixels(second)).mean())


def luma(image: Image.Image) -> NDArray[np.float64]:
    return np.asarray(image.convert("L"), dtype=np.float64)
