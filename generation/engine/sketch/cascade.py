"""A waterfall: rocks, white water, and the pool that it falls into."""

from __future__ import annotations

from PIL import Image

from . import clay
from .raster import Colour, lit, rgb

ROCK, WATER, FOAM = rgb("#9d948c"), rgb("#6fc0e6"), rgb("#ffffff")
MOSS = rgb("#7cbb5e")


def waterfall(height: int) -> Image.Image:
    """Water over two ledges into a pool with a shore of stones."""
    size = (round(height * 1.15), height)

    def part(draw: clay.Draw, top: Colour, low: Colour, depth: float, edge: float) -> Image.Image:
        return clay.solid(size, draw, top, low, depth=depth, round_=edge)

    return clay.stack(
        size,
        (
            part(_back, lit(ROCK, 0.86), lit(ROCK, 0.6), 1.0, 0.06),
            part(_fall, rgb("#e2f6fd"), WATER, 0.7, 0.04),
            part(_streaks, FOAM, rgb("#e5f7ff"), 0.3, 0.02),
            part(_cliffs, lit(ROCK, 1.06), lit(ROCK, 0.72), 1.2, 0.07),
            part(_moss, lit(MOSS, 1.05), lit(MOSS, 0.85), 1.1, 0.05),
            part(_shore, lit(ROCK, 0.98), lit(ROCK, 0.7), 1.0, 0.05),
            part(_pool, lit(WATER, 1.15), rgb("#3f9bd0"), 0.5, 0.03),
            part(_rings, lit(WATER, 1.45), lit(WATER, 1.3), 0.2, 0.01),
            part(_foam, FOAM, rgb("#dff4fd"), 1.0, 0.04),
            part(_stones, lit(ROCK, 1.12), lit(ROCK, 0.78), 1.2, 0.04),
        ),
    )


def _back(pen: clay.Pen) -> None:
    pen.box(0.24, 0.06, 0.76, 0.86, 0.06)


def _cliffs(pen: clay.Pen) -> None:
    for left, top, right, low in (
        *((0.06, 0.3, 0.26, 0.9), (0.12, 0.1, 0.36, 0.88), (0.27, 0.44, 0.4, 0.86)),
        *((0.64, 0.05, 0.88, 0.88), (0.76, 0.26, 0.95, 0.9), (0.6, 0.5, 0.72, 0.86)),
    ):
        pen.box(left, top, right, low, 0.055)


def _fall(pen: clay.Pen) -> None:
    pen.box(0.35, 0.075, 0.66, 0.5, 0.05)
    pen.polygon((0.35, 0.42), (0.66, 0.42), (0.68, 0.9), (0.32, 0.9))


def _streaks(pen: clay.Pen) -> None:
    for x, top, low in (
        *((0.39, 0.12, 0.6), (0.45, 0.1, 0.84), (0.505, 0.14, 0.7), (0.56, 0.1, 0.86)),
        *((0.61, 0.16, 0.66), (0.4, 0.64, 0.84), (0.6, 0.7, 0.86)),
    ):
        pen.box(x - 0.011, top, x + 0.011, low, 0.01)


def _moss(pen: clay.Pen) -> None:
    for left, top, right, low in (
        *((0.1, 0.05, 0.385, 0.16), (0.04, 0.27, 0.2, 0.35), (0.62, 0.0, 0.9, 0.11)),
        *((0.82, 0.22, 0.97, 0.31), (0.29, 0.42, 0.41, 0.48), (0.59, 0.48, 0.7, 0.54)),
    ):
        pen.box(left, top, right, low, 0.045)


def _shore(pen: clay.Pen) -> None:
    pen.ellipse(0.0, 0.74, 1.0, 1.0)


def _pool(pen: clay.Pen) -> None:
    pen.ellipse(0.05, 0.765, 0.95, 0.975)


def _rings(pen: clay.Pen) -> None:
    for left, y, right in ((0.16, 0.9, 0.34), (0.66, 0.88, 0.84), (0.36, 0.94, 0.62)):
        pen.ellipse(left, y, right, y + 0.016)


def _foam(pen: clay.Pen) -> None:
    for x, y in ((0.28, 0.81), (0.37, 0.83), (0.46, 0.84), (0.55, 0.83), (0.63, 0.81)):
        pen.ellipse(x, y - 0.035, x + 0.12, y + 0.05)


def _stones(pen: clay.Pen) -> None:
    for x, y, wide in (
        (0.05, 0.87, 0.13),
        (0.83, 0.86, 0.14),
        (0.72, 0.94, 0.09),
        (0.18, 0.93, 0.1),
    ):
        pen.ellipse(x, y - wide * 0.25, x + wide, y + wide * 0.42)
