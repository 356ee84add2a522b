"""The string of a balloon or a kite."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from .raster import Colour, blank, multiply, rgb
from .stage import Stage

KITE = "sprite:1fa81"
CROSSING = (0.33, 0.34)
"""Where the sticks of the kite cross, as shares of its picture."""
TWINE = rgb("#6b6076")
FINE = 2


def start(art: str, image: Image.Image) -> tuple[float, float]:
    """Where the string is tied, in pixels of the picture: the kite's cross, or a ribbon's end."""
    if art == KITE:
        mirrored = np.asarray(image.getchannel("A"))[:, : image.width // 8].any()
        return image.width * CROSSING[0] if mirrored else image.width * 0.5, (
            image.height * CROSSING[1]
        )
    alpha = np.asarray(image.getchannel("A")) > 128
    row = int(np.flatnonzero(alpha.any(axis=1))[-1])
    return float(np.flatnonzero(alpha[row]).mean()), float(row)


def _tone(image: Image.Image, x: float, y: float) -> Colour:
    """The colour of the ribbon's end: the string goes on in it."""
    patch = np.asarray(image)[max(0, int(y) - 4) : int(y) + 1, max(0, int(x) - 3) : int(x) + 4]
    solid = patch[patch[..., 3] > 200]
    if not len(solid):
        return TWINE
    red, green, blue = (int(value) for value in np.median(solid[:, :3], axis=0))
    return red, green, blue


def draw(
    stage: Stage,
    art: str,
    image: Image.Image,
    at: tuple[float, float],
    end: tuple[float, float],
) -> None:
    """From the thing, whose picture lies at `at`, in a slack curve to `end`."""
    x, y = start(art, image)
    first = at[0] + x, at[1] + y
    left, right = sorted((first[0], end[0]))
    top, low = sorted((first[1], end[1]))
    thick = max(1.2, stage.unit * 0.0045)
    pad = thick * 2 + stage.unit * 0.03
    size = round(right - left + 2 * pad), round(low - top + 2 * pad)
    sag = (first[0] + end[0]) / 2, (first[1] + 2 * end[1]) / 3
    points = []
    for step in range(17):
        t = step / 16
        spot = [
            (1 - t) * (1 - t) * a + 2 * t * (1 - t) * b + t * t * c
            for a, b, c in zip(first, sag, end, strict=True)
        ]
        points.append(((spot[0] - left + pad) * FINE, (spot[1] - top + pad) * FINE))
    mask = blank((size[0] * FINE, size[1] * FINE))
    ImageDraw.Draw(mask).line(points, fill=255, width=round(thick * FINE), joint="curve")
    line = Image.new("RGBA", size, TWINE if art == KITE else _tone(image, x, y))
    line.putalpha(mask.resize(size, Image.Resampling.BOX))
    stage.lay_thing(multiply(line, stage.light.tint), left - pad, top - pad, is_near=False)
