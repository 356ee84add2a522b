"""Preprocessors that need no weights: edges, strokes, line art and straight segments.

`canny` and `scribble_xdog` compute what sd-webui-controlnet's preprocessors of these names do.
`mlsd` finds segments by LSD (von Gioi et al.) in place of the M-LSD network, `lineart_realistic`
draws by XDoG (Winnemöller) in place of a network: the same kind of map, less choice in it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from generation.engine.diffusion.controls.fitting import Pixels


def canny(pixels: Pixels, low: float, high: float) -> Pixels:
    """White edges of one pixel. `low`, `high`: of the gradient, 1 … 255."""
    return _rgb(cv2.Canny(pixels, low, high))


def scribble_xdog(pixels: Pixels, threshold: float) -> Pixels:
    """Broad white strokes where the picture is darker than its surroundings, by 1 … 64."""
    image = pixels.astype(np.float32)
    near, far = (cv2.GaussianBlur(image, (0, 0), sigma) for sigma in (0.5, 5.0))
    difference = (255 - np.min(far - near, axis=2)).clip(0, 255).astype(np.uint8)
    return _rgb(np.where(2 * (255 - difference.astype(np.int16)) > threshold, 255, 0))


def lineart(pixels: Pixels) -> Pixels:
    """White lines on black, with soft ends."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    # Winnemöller's p = 20 and k = 1.6 at the width of a pen's stroke; the two thresholds were
    # chosen on photographs and drawings at 512 pixels.
    near, far = (cv2.GaussianBlur(grey, (0, 0), sigma) for sigma in (0.8, 0.8 * 1.6))
    sharpened = 21 * near - 20 * far
    ink = np.where(sharpened < 0.5, np.tanh(3.0 * (0.5 - sharpened)), 0.0)
    edges = cv2.GaussianBlur(np.abs(near - far), (0, 0), 0.8) * 12
    # What rises less than a camera's noise is no line.
    return _rgb(255 * ink.clip(0, 1) * ((edges - 0.1) * 4).clip(0, 1))


def mlsd(pixels: Pixels, contrast: float, length: float) -> Pixels:
    """Straight white segments of some `contrast` (0.01 … 2, of a step from black to white) and of
    at least `length` pixels, a 32nd of the smaller side in any case.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    found = cv2.createLineSegmentDetector().detect(grey)[0]
    canvas = np.zeros(grey.shape, np.uint8)
    if found is None:
        return _rgb(canvas)
    slope = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)) / 1020
    shortest = max(length, min(grey.shape) / 32)
    for x1, y1, x2, y2 in np.asarray(found, dtype=np.float32).reshape(-1, 4):
        if np.hypot(x2 - x1, y2 - y1) >= shortest and _along(slope, x1, y1, x2, y2) >= contrast:
            ends = [(round(float(x)), round(float(y))) for x, y in ((x1, y1), (x2, y2))]
            cv2.line(canvas, ends[0], ends[1], 255, 1)
    return _rgb(canvas)


def _along(slope: NDArray[np.floating], x1: float, y1: float, x2: float, y2: float) -> float:
    """Mean along a segment, 0 … 1."""
    steps = np.linspace(0, 1, 16)
    columns = np.rint(x1 + (x2 - x1) * steps).astype(int).clip(0, slope.shape[1] - 1)
    rows = np.rint(y1 + (y2 - y1) * steps).astype(int).clip(0, slope.shape[0] - 1)
    return float(slope[rows, columns].mean())


def _rgb(values: NDArray[np.generic]) -> Pixels:
    return np.repeat(np.asarray(values).astype(np.uint8)[..., None], 3, axis=2)
