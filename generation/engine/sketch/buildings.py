"""Large landmarks: lighthouse, windmill, bridge, barn, waterfall."""

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


def waterfall(height: int) -> Image.Image:
    size = (round(height * 0.9), height)
    cliff = clay.solid(
        size,
        lambda pen: (
            pen.box(0.04, 0.06, 0.42, 1, 0.1),
            pen.box(0.58, 0.0, 0.96, 1, 0.1),
            pen.box(0.3, 0.16, 0.7, 1),
        ),
        rgb("#9d948c"),
        rgb("#6f6868"),
        round_=0.08,
    )
    fall = clay.solid(
        size,
        lambda pen: pen.box(0.33, 0.13, 0.67, 0.95, 0.06),
        rgb("#d6f1fb"),
        rgb("#7cc4ea"),
        round_=0.03,
    )
    streaks = clay.solid(
        size,
        lambda pen: [
            pen.box(x, 0.16, x + 0.025, 0.9, 0.012) for x in (0.37, 0.44, 0.5, 0.57, 0.62)
        ],
        rgb("#ffffff"),
        rgb("#e5f7ff"),
        depth=0.3,
    )
    foam = clay.solid(
        size,
        lambda pen: [pen.ellipse(x, 0.88, x + 0.2, 1.02) for x in (0.22, 0.34, 0.46, 0.58)],
        rgb("#ffffff"),
        rgb("#dff4fd"),
        round_=0.05,
    )
    moss = clay.solid(
        size,
        lambda pen: (pen.box(0.02, 0.03, 0.44, 0.12, 0.05), pen.box(0.56, -0.03, 0.98, 0.07, 0.05)),
        rgb("#7cbb5e"),
        round_=0.04,
    )
    return clay.stack(size, (cliff, fall, streaks, foam, moss))


def great_wall(height: int) -> Image.Image:
    """A crenellated wall that climbs to a watchtower on both sides."""
    size = (round(height * 2.3), height)
    stone = rgb("#c2b29b")

    def climb(pen: clay.Pen) -> None:
        pen.polygon((0, 0.82), (0.4, 0.42), (0.6, 0.42), (1, 0.7), (1, 1), (0, 1))
        for place in range(9):
            x = place / 9
            y = 0.82 - x if x < 0.4 else 0.42 + max(0.0, x - 0.6) * 0.7
            pen.box(x, y - 0.075, x + 0.055, y + 0.1)

    def tower(pen: clay.Pen) -> None:
        pen.polygon((0.37, 0.12), (0.63, 0.12), (0.65, 1), (0.35, 1))
        for x in (0.355, 0.43, 0.505, 0.58):
            pen.box(x, 0.0, x + 0.055, 0.14)

    holes = clay.solid(
        size,
        lambda pen: (
            [pen.ellipse(x, 0.24, x + 0.05, 0.4) for x in (0.41, 0.475, 0.54)],
            pen.ellipse(0.46, 0.68, 0.54, 0.9),
            pen.box(0.46, 0.79, 0.54, 1.0),
        ),
        rgb("#5d5148"),
        depth=0.4,
        round_=0.02,
    )
    wall = clay.solid(size, climb, lit(stone, 1.02), lit(stone, 0.74), round_=0.04)
    keep = clay.solid(size, tower, lit(stone, 1.12), lit(stone, 0.82), round_=0.05)
    courses = clay.solid(
        size,
        lambda pen: [pen.box(0.36, y, 0.64, y + 0.012) for y in (0.17, 0.46, 0.6)],
        lit(stone, 0.66),
        depth=0.2,
    )
    return clay.stack(size, (wall, keep, courses, holes))
