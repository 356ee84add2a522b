"""Large landmarks: lighthouse, windmill, bridge, barn."""

from __future__ import annotations

from PIL import Image

from . import clay
from .raster import lit, rgb

DARK = rgb("#8f5a3a")


WHITE, RED = rgb("#f7f3ee"), rgb("#e4434d")


def lighthouse(height: int) -> Image.Image:
    """A banded tower with a lamp, on its rock."""
    size = (round(height * 0.46), height)
    rock = clay.solid(
        size,
        lambda pen: (pen.ellipse(0.02, 0.88, 0.98, 1.12), pen.ellipse(0.1, 0.85, 0.55, 1.1)),
        rgb("#9a8f95"),
        rgb("#6f6670"),
        round_=0.08,
    )
    tower = clay.solid(size, _band(0.26, 0.93), WHITE, rgb("#e7dce0"), depth=1.3, round_=0.16)
    stripes = [
        clay.solid(size, _band(a, b), RED, lit(RED, 0.9), depth=1.3, round_=0.16)
        for a, b in ((0.36, 0.48), (0.6, 0.72), (0.84, 0.93))
    ]
    door = clay.solid(
        size,
        lambda pen: (pen.box(0.43, 0.8, 0.57, 0.925), pen.ellipse(0.43, 0.765, 0.57, 0.835)),
        DARK,
        round_=0.03,
    )
    panes = clay.solid(
        size,
        lambda pen: (pen.box(0.46, 0.3, 0.54, 0.335, 0.02), pen.box(0.46, 0.52, 0.54, 0.56, 0.02)),
        rgb("#6fc3ef"),
        round_=0.02,
    )
    return clay.stack(size, (rock, tower, *stripes, door, panes, *_lantern(size)))


def _band(top: float, bottom: float) -> clay.Draw:
    """A slice of the tower, which widens downwards."""

    def half(y: float) -> float:
        return 0.17 + 0.17 * (y - 0.26) / 0.66

    return lambda pen: pen.polygon(
        (0.5 - half(top), top),
        (0.5 + half(top), top),
        (0.5 + half(bottom), bottom),
        (0.5 - half(bottom), bottom),
    )


def _lantern(size: tuple[int, int]) -> list[Image.Image]:
    """Gallery, lamp and roof of a lighthouse."""
    gallery = clay.solid(
        size, lambda pen: pen.box(0.24, 0.235, 0.76, 0.275, 0.04), rgb("#59606e"), round_=0.04
    )
    lamp = clay.solid(
        size,
        lambda pen: pen.box(0.36, 0.12, 0.64, 0.24, 0.03),
        rgb("#fff0a8"),
        rgb("#ffd463"),
        round_=0.05,
    )
    roof = clay.solid(
        size,
        lambda pen: (
            pen.polygon((0.5, 0.015), (0.74, 0.13), (0.26, 0.13)),
            pen.ellipse(0.46, 0.0, 0.54, 0.037),
        ),
        RED,
        lit(RED, 0.8),
        round_=0.06,
    )
    return [gallery, lamp, roof]


def windmill(height: int) -> Image.Image:
    size = (round(height * 0.86), height)
    body = clay.solid(
        size,
        lambda pen: pen.polygon((0.37, 0.36), (0.63, 0.36), (0.74, 1), (0.26, 1)),
        rgb("#f4e9d8"),
        rgb("#dcc6a8"),
        depth=1.2,
        round_=0.1,
    )
    roof = clay.solid(
        size, lambda pen: pen.ellipse(0.34, 0.24, 0.66, 0.52), rgb("#d95f4c"), round_=0.08
    )
    door = clay.solid(
        size,
        lambda pen: (pen.box(0.43, 0.82, 0.57, 1), pen.ellipse(0.43, 0.76, 0.57, 0.88)),
        DARK,
        round_=0.03,
    )

    def blades(pen: clay.Pen) -> None:
        for x, y in ((0.34, 0.29), (-0.34, 0.29), (0.34, -0.29), (-0.34, -0.29)):
            across, along = -y * 0.24, x * 0.24
            pen.polygon(
                (0.5, 0.37),
                (0.5 + x, 0.37 + y),
                (0.5 + x + across, 0.37 + y + along),
                (0.5 + across * 0.6, 0.37 + along * 0.6),
            )
        pen.ellipse(0.46, 0.335, 0.54, 0.405)

    return clay.stack(
        size,
        (body, roof, door, clay.solid(size, blades, rgb("#c99a66"), rgb("#a8764a"), round_=0.02)),
    )


def bridge(height: int) -> Image.Image:
    size = (round(height * 2.7), height)
    stone = rgb("#c9b9a6")

    def draw(pen: clay.Pen) -> None:
        pen.ellipse(-0.06, 0.12, 1.06, 2.2)
        pen.ellipse(0.24, 0.5, 0.76, 1.9, ink=0)
        pen.box(-0.1, 1.0, 1.1, 1.2, ink=0)

    def rail(pen: clay.Pen) -> None:
        pen.ellipse(-0.06, 0.02, 1.06, 2.1)
        pen.ellipse(-0.1, 0.14, 1.1, 2.3, ink=0)

    rails = clay.solid(size, rail, lit(stone, 1.12), stone, round_=0.03)
    return clay.stack(
        size, (clay.solid(size, draw, lit(stone, 1.05), lit(stone, 0.8), round_=0.07), rails)
    )


def barn(height: int) -> Image.Image:
    size = (round(height * 1.15), height)
    red = rgb("#d9534a")
    body = clay.solid(
        size,
        lambda pen: pen.polygon((0.06, 0.44), (0.5, 0.12), (0.94, 0.44), (0.94, 1), (0.06, 1)),
        red,
        lit(red, 0.84),
        round_=0.03,
    )
    roof = clay.solid(
        size,
        lambda pen: pen.polygon(
            (0.0, 0.47),
            (0.14, 0.2),
            (0.5, 0.0),
            (0.86, 0.2),
            (1.0, 0.47),
            (0.9, 0.47),
            (0.5, 0.14),
            (0.1, 0.47),
        ),
        rgb("#7a6a72"),
        round_=0.03,
    )
    door = clay.solid(
        size,
        lambda pen: (pen.box(0.34, 0.56, 0.66, 1), pen.box(0.42, 0.28, 0.58, 0.42)),
        rgb("#fbf1e6"),
        round_=0.02,
    )
    inner = clay.solid(size, lambda pen: pen.box(0.38, 0.6, 0.62, 1), lit(red, 0.75), round_=0.02)
    return clay.stack(size, (body, roof, door, inner))
