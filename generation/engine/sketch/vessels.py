"""Ships, ice and treasure: what the set of illustrations lacks of the sea and the far north."""

from __future__ import annotations

from PIL import Image

from . import clay
from .raster import lit, rgb

OAK, DARK, GOLD = rgb("#b9793f"), rgb("#5d3a2a"), rgb("#ffc93c")
YELLOW, STEEL, GLASS = rgb("#ffc62e"), rgb("#7d879c"), rgb("#7fd4f5")
ICE = rgb("#c9eefc")


def submarine(height: int) -> Image.Image:
    """A yellow one, with portholes and a periscope."""
    size = (round(height * 1.55), height)
    tube = clay.solid(
        size,
        lambda pen: (
            pen.line((0.52, 0.3), (0.52, 0.06), (0.6, 0.06), thick=0.035),
            pen.box(0.93, 0.5, 0.97, 0.92, 0.02),
        ),
        STEEL,
        round_=0.03,
    )
    tower = clay.solid(
        size, lambda pen: pen.box(0.38, 0.22, 0.64, 0.55, 0.06), lit(YELLOW, 0.96), round_=0.06
    )
    hull = clay.solid(
        size,
        lambda pen: (
            pen.ellipse(0.02, 0.4, 0.9, 1.0),
            pen.polygon((0.74, 0.6), (0.94, 0.5), (0.94, 0.9), (0.74, 0.82)),
        ),
        lit(YELLOW, 1.05),
        rgb("#ee9a1c"),
        depth=1.2,
        round_=0.14,
    )
    rims = clay.solid(size, _portholes(0.075), rgb("#e4572e"), round_=0.03)
    panes = clay.solid(size, _portholes(0.052), GLASS, rgb("#3f9bd8"), depth=0.6, round_=0.03)
    return clay.stack(size, (tube, tower, hull, rims, panes))


def _portholes(radius: float) -> clay.Draw:
    return lambda pen: [
        pen.ellipse(x - radius, 0.66 - radius * 1.55, x + radius, 0.66 + radius * 1.55)
        for x in (0.22, 0.44, 0.66)
    ]


def iceberg(height: int) -> Image.Image:
    """A jagged block with blue shade."""
    size = (round(height * 1.7), height)
    back = clay.solid(
        size,
        lambda pen: pen.polygon((0.08, 1), (0.2, 0.42), (0.34, 0.2), (0.5, 0.5), (0.6, 1)),
        lit(ICE, 0.92),
        rgb("#7fbfe6"),
        round_=0.03,
    )
    front = clay.solid(
        size,
        lambda pen: pen.polygon(
            *((0.0, 1), (0.06, 0.66), (0.16, 0.5), (0.2, 0.24), (0.27, 0.3), (0.34, 0.44)),
            *((0.66, 0.44), (0.72, 0.1), (0.8, 0.0), (0.87, 0.2), (0.93, 0.6), (1.0, 1)),
        ),
        lit(ICE, 1.5),
        rgb("#a5daf3"),
        round_=0.05,
    )
    shade = clay.solid(
        size,
        lambda pen: (
            pen.polygon((0.8, 0.0), (0.87, 0.2), (0.93, 0.6), (1.0, 1), (0.78, 1), (0.76, 0.4)),
            pen.polygon((0.2, 0.24), (0.27, 0.3), (0.34, 0.44), (0.3, 1), (0.2, 1), (0.24, 0.6)),
        ),
        rgb("#b4e2f7"),
        rgb("#77bde6"),
        depth=0.6,
        round_=0.03,
    )
    return clay.stack(size, (back, front, shade))


def igloo(height: int) -> Image.Image:
    """A dome of snow blocks with a tunnel."""
    size = (round(height * 1.6), height)
    snow, line = rgb("#f4faff"), rgb("#b5d3ea")
    dome = clay.solid(
        size,
        lambda pen: pen.ellipse(0.0, 0.02, 0.86, 1.98),
        snow,
        rgb("#cfe4f4"),
        depth=1.2,
        round_=0.16,
    )

    def joints(pen: clay.Pen) -> None:
        for y, left, right in ((0.34, 0.12, 0.74), (0.58, 0.04, 0.82), (0.8, 0.01, 0.85)):
            pen.line((left, y), (right, y), thick=0.012)
        for x, top, bottom in (
            *((0.3, 0.12, 0.34), (0.56, 0.12, 0.34), (0.18, 0.36, 0.58), (0.43, 0.36, 0.58)),
            *((0.67, 0.36, 0.58), (0.1, 0.6, 0.8), (0.3, 0.6, 0.8), (0.2, 0.82, 1.0)),
        ):
            pen.line((x, top), (x, bottom), thick=0.012)

    porch = clay.solid(
        size, lambda pen: pen.ellipse(0.44, 0.42, 1.0, 1.58), snow, rgb("#bfd9ee"), round_=0.1
    )
    door = clay.solid(
        size, lambda pen: pen.ellipse(0.56, 0.6, 0.88, 1.4), rgb("#3c5a86"), round_=0.04
    )
    lines = clay.solid(size, joints, line, line, depth=0.2)
    return clay.stack(size, (dome, lines, porch, door))


def pirate_ship(height: int) -> Image.Image:
    """Dark sails, a skull, a black flag, a hull with gunports."""
    size = (round(height * 1.02), height)
    masts = clay.solid(
        size,
        lambda pen: (
            pen.box(0.485, 0.02, 0.515, 0.75),
            pen.box(0.245, 0.16, 0.27, 0.75),
            pen.box(0.735, 0.2, 0.76, 0.75),
            pen.line((0.86, 0.72), (1.0, 0.56), thick=0.025),
        ),
        DARK,
        round_=0.02,
    )
    black = rgb("#4a4658"), rgb("#2c2a38")
    sails = clay.solid(size, _sails, *black, depth=1.3, round_=0.08)
    flag = clay.solid(
        size,
        lambda pen: pen.polygon(
            (0.51, 0.02), (0.7, 0.05), (0.66, 0.085), (0.7, 0.13), (0.51, 0.11)
        ),
        rgb("#2a2833"),
        round_=0.02,
    )
    hull = clay.solid(
        size,
        lambda pen: pen.polygon(
            (0.02, 0.6),
            (0.14, 0.6),
            (0.17, 0.71),
            (0.82, 0.71),
            (0.97, 0.62),
            (0.86, 1.0),
            (0.14, 1.0),
        ),
        OAK,
        rgb("#7c4a29"),
        depth=1.2,
        round_=0.06,
    )
    ports = clay.solid(
        size,
        lambda pen: (
            [pen.box(x, 0.8, x + 0.07, 0.87, 0.01) for x in (0.22, 0.38, 0.54, 0.7)],
            pen.box(0.12, 0.735, 0.9, 0.755, 0.005),
        ),
        DARK,
        round_=0.02,
    )
    return clay.stack(size, (masts, sails, flag, hull, ports, *_skull(size)))


def _sails(pen: clay.Pen) -> None:
    for x, w, top, low in (
        *((0.5, 0.15, 0.16, 0.36), (0.5, 0.18, 0.4, 0.64)),
        *((0.25, 0.11, 0.26, 0.58), (0.75, 0.11, 0.3, 0.58)),
    ):
        pen.polygon((x - w, top), (x + w, top), (x + w * 1.15, low), (x - w * 1.15, low))


def _skull(size: tuple[int, int]) -> list[Image.Image]:
    """White on the main sail: a skull over crossed bones."""
    bone = rgb("#f6f1e4")

    def draw(pen: clay.Pen) -> None:
        pen.line((0.4, 0.6), (0.6, 0.53), thick=0.022)
        pen.line((0.4, 0.53), (0.6, 0.6), thick=0.022)
        pen.ellipse(0.43, 0.42, 0.57, 0.55)
        pen.box(0.46, 0.5, 0.54, 0.575, 0.012)

    eyes = clay.solid(
        size,
        lambda pen: (
            pen.ellipse(0.452, 0.465, 0.49, 0.508),
            pen.ellipse(0.51, 0.465, 0.548, 0.508),
        ),
        rgb("#2c2a38"),
        depth=0.2,
    )
    return [clay.solid(size, draw, bone, bone, depth=0.4, round_=0.03), eyes]


def chest(height: int) -> Image.Image:
    """Open, full of gold."""
    size = (round(height * 1.25), height)
    lid = clay.solid(
        size,
        lambda pen: (pen.box(0.06, 0.04, 0.94, 0.5, 0.16), pen.box(0.06, 0.3, 0.94, 0.5)),
        lit(OAK, 0.82),
        lit(OAK, 0.6),
        round_=0.08,
    )
    inner = clay.solid(size, lambda pen: pen.box(0.12, 0.16, 0.88, 0.5, 0.1), DARK, round_=0.04)
    coins = clay.solid(
        size,
        lambda pen: [
            pen.ellipse(x - 0.1, y - 0.085, x + 0.1, y + 0.085)
            for x, y in (
                *((0.2, 0.5), (0.33, 0.45), (0.47, 0.4), (0.6, 0.43), (0.72, 0.47), (0.82, 0.51)),
                *((0.4, 0.5), (0.55, 0.51)),
            )
        ],
        lit(GOLD, 1.25),
        rgb("#f0a11e"),
        depth=1.3,
        round_=0.03,
    )
    box = clay.solid(
        size, lambda pen: pen.box(0.04, 0.52, 0.96, 1.0, 0.05), OAK, lit(OAK, 0.72), round_=0.06
    )
    bands = clay.solid(
        size,
        lambda pen: (
            pen.box(0.14, 0.52, 0.22, 1.0),
            pen.box(0.78, 0.52, 0.86, 1.0),
            pen.box(0.04, 0.52, 0.96, 0.59),
            pen.box(0.43, 0.5, 0.57, 0.74, 0.02),
        ),
        GOLD,
        rgb("#d98c1a"),
        round_=0.02,
    )
    hole = clay.solid(size, lambda pen: pen.ellipse(0.475, 0.58, 0.525, 0.66), DARK, depth=0.2)
    return clay.stack(size, (lid, inner, coins, box, bands, hole))
