"""Shapes that look like soft clay, as the illustrations do: a mask is puffed up and lit from
above left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from .manner import is_flat
from .raster import Colour, Pixels, blank, lit, mix, soften

FINE = 2
"""Masks are drawn this many times larger and reduced, for smooth edges."""

Draw = Callable[["Pen"], object]


class Pen:
    """Draws into a mask in shares of its size: x and y run from 0 to 1."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.mask = blank((size[0] * FINE, size[1] * FINE))
        self._draw = ImageDraw.Draw(self.mask)

    def _at(self, values: Sequence[float]) -> list[float]:
        sides = (self.mask.width, self.mask.height)
        return [value * sides[place % 2] for place, value in enumerate(values)]

    def ellipse(self, left: float, top: float, right: float, bottom: float, ink: int = 255) -> Pen:
        self._draw.ellipse(self._at((left, top, right, bottom)), fill=ink)
        return self

    def box(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        round_: float = 0.0,
        ink: int = 255,
    ) -> Pen:
        """A rectangle; `round_` is the radius of its corners as a share of the width."""
        self._draw.rounded_rectangle(
            self._at((left, top, right, bottom)), round_ * self.mask.width, fill=ink
        )
        return self

    def polygon(self, *points: tuple[float, float], ink: int = 255) -> Pen:
        flat = [(x * self.mask.width, y * self.mask.height) for x, y in points]
        self._draw.polygon(flat, fill=ink)
        return self

    def line(self, *points: tuple[float, float], thick: float, ink: int = 255) -> Pen:
        """A line with round ends; `thick` is a share of the width."""
        flat = [(x * self.mask.width, y * self.mask.height) for x, y in points]
        wide = max(1, round(thick * self.mask.width))
        self._draw.line(flat, fill=ink, width=wide, joint="curve")
        for x, y in (flat[0], flat[-1]):
            self._draw.ellipse((x - wide / 2, y - wide / 2, x + wide / 2, y + wide / 2), fill=ink)
        return self

    def done(self) -> Image.Image:
        return self.mask.resize(
            (self.mask.width // FINE, self.mask.height // FINE), Image.Resampling.BOX
        )


def shape(size: tuple[int, int], draw: Draw) -> Image.Image:
    """The mask that `draw` draws."""
    pen = Pen(size)
    draw(pen)
    return pen.done()


def puffed(
    mask: Image.Image,
    top: Colour,
    bottom: Colour | None = None,
    *,
    depth: float = 1.0,
    round_: float = 0.08,
) -> Image.Image:
    """The mask as a soft solid (RGBA): `top` fades into `bottom`; `round_` is how far the
    roundness of the edge reaches, as a share of the size; `depth` how strong it is."""
    width, height = mask.size
    bottom = bottom or lit(top, 0.78)
    if is_flat():
        plain = Image.new("RGBA", mask.size, mix(top, bottom, 0.3))
        plain.putalpha(mask)
        return plain
    reach = max(1.5, round_ * min(width, height))
    rise = np.asarray(soften(mask, reach), dtype=np.float32) / 255
    rise += np.asarray(soften(mask, reach / 3), dtype=np.float32) / 255
    slope_x, slope_y = np.zeros_like(rise), np.zeros_like(rise)
    slope_x[:, 1:-1] = rise[:, 2:] - rise[:, :-2]
    slope_y[1:-1] = rise[2:] - rise[:-2]
    slopes = (slope_x * np.float32(0.55) + slope_y * np.float32(0.85)) * np.float32(
        reach * 0.55 * depth
    )
    light = _smooth(slopes.clip(-0.42, 0.5), reach * 0.4)
    share = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    body = (
        np.asarray(top, dtype=np.float32) * (1 - share)
        + np.asarray(bottom, dtype=np.float32) * share
    )
    bright = np.maximum(light, 0)[:, :, None]
    dark = np.maximum(-light, 0)[:, :, None]
    # The shaded side leans towards purple, as in the illustrations; pure darkening looks dirty
    # beside them.
    shade = np.asarray((0.80, 0.62, 0.86), dtype=np.float32)
    colour = body + (255 - body) * bright * np.float32(0.75)
    colour = colour * (1 - dark * (2 - shade))
    picture = np.empty((height, width, 4), dtype=np.uint8)
    picture[:, :, :3] = (colour + np.float32(0.5)).clip(0, 255)
    picture[:, :, 3] = np.asarray(mask)
    return Image.fromarray(picture)


def _smooth(light: NDArray[np.floating[Any]], radius: float) -> Pixels:
    """Slopes of an eight-bit blur come in steps, which would look like rough cloth."""
    levels = Image.fromarray(((light + np.float32(0.5)) * 254).astype(np.uint8))
    smooth = np.asarray(soften(levels, radius), dtype=np.float32)
    return smooth * np.float32(1 / 254) - np.float32(0.5)


def solid(
    size: tuple[int, int],
    draw: Draw,
    top: Colour,
    bottom: Colour | None = None,
    *,
    depth: float = 1.0,
    round_: float = 0.08,
) -> Image.Image:
    """`draw`'s shape as clay."""
    return puffed(shape(size, draw), top, bottom, depth=depth, round_=round_)


def stack(size: tuple[int, int], parts: Sequence[Image.Image]) -> Image.Image:
    """RGBA pictures of one size over each other."""
    picture = Image.new("RGBA", size)
    for part in parts:
        picture.alpha_composite(part)
    return picture
