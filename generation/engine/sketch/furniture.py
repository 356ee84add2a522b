"""Things that people make: tables, benches, lamps, walls. Each drawer takes a height in pixels."""

from __future__ import annotations

from PIL import Image

from . import clay
from .chance import Chance
from .raster import lit, rgb

OAK, DARK = rgb("#c98b55"), rgb("#8f5a3a")


def table(height: int) -> Image.Image:
    size = (round(height * 2.1), height)
    legs = clay.solid(
        size,
        lambda pen: (pen.box(0.09, 0.1, 0.155, 1, 0.012), pen.box(0.845, 0.1, 0.91, 1, 0.012)),
        lit(OAK, 0.86),
        lit(OAK, 0.66),
        round_=0.04,
    )
    apron = clay.solid(
        size,
        lambda pen: pen.box(0.09, 0.12, 0.91, 0.3, 0.01),
        lit(OAK, 0.8),
        lit(OAK, 0.68),
        round_=0.04,
    )
    top = clay.solid(
        size, lambda pen: pen.box(0, 0.02, 1, 0.17, 0.035), lit(OAK, 1.16), OAK, round_=0.07
    )
    return clay.stack(size, (legs, apron, top))


def bench(height: int) -> Image.Image:
    size = (round(height * 1.9), height)
    legs = clay.solid(
        size,
        lambda pen: (pen.box(0.1, 0.1, 0.15, 1, 0.01), pen.box(0.85, 0.1, 0.9, 1, 0.01)),
        rgb("#59606e"),
        round_=0.04,
    )
    slats = [
        clay.solid(size, _spine(0, y, 1, y + 0.13, 0.025), lit(OAK, tone), round_=0.05)
        for y, tone in ((0.02, 1.0), (0.19, 0.95), (0.42, 1.12), (0.56, 0.9))
    ]
    return clay.stack(size, (legs, *slats))


def shelf(height: int) -> Image.Image:
    size = (round(height * 0.72), height)
    frame = clay.solid(
        size, lambda pen: pen.box(0, 0, 1, 1, 0.03), OAK, lit(OAK, 0.85), round_=0.02
    )
    parts = [frame]
    chance = Chance(7, "books")
    tones = tuple(
        rgb(code) for code in ["#e5575f", "#3f86d9", "#f2b84b", "#55b07a", "#9a6fd0", "#ef8f5a"]
    )
    for row in range(4):
        top, bottom = 0.05 + row * 0.235, 0.05 + row * 0.235 + 0.2
        parts.append(
            clay.solid(
                size,
                _spine(0.06, top, 0.94, bottom),
                lit(DARK, 0.8),
                depth=0.2,
            )
        )
        x = 0.08
        while x < 0.86:
            wide, tall = chance(0.05, 0.085), chance(0.12, 0.18)
            draw = _spine(x, bottom - tall, min(x + wide, 0.92), bottom)
            parts.append(clay.solid(size, draw, chance.pick(tones), round_=0.02))
            x += wide + 0.006
    return clay.stack(size, parts)


def _spine(left: float, top: float, right: float, bottom: float, round_: float = 0.01) -> clay.Draw:
    """A board, or the back of a book."""
    return lambda pen: pen.box(left, top, right, bottom, round_)


def fence(height: int) -> Image.Image:
    size = (round(height * 2.2), height)

    def draw(pen: clay.Pen) -> None:
        pen.box(0, 0.34, 1, 0.46)
        pen.box(0, 0.66, 1, 0.78)
        for place in range(6):
            x = 0.02 + place * 0.175
            pen.box(x, 0.14, x + 0.075, 1, 0.01)
            pen.polygon((x, 0.16), (x + 0.0375, 0.0), (x + 0.075, 0.16))

    return clay.solid(size, draw, rgb("#fbf5ec"), rgb("#dccdb8"), round_=0.05)


def swing(height: int) -> Image.Image:
    size = (height, height)
    posts = clay.solid(
        size,
        lambda pen: (
            pen.line((0.12, 0.06), (0.02, 0.98), thick=0.05),
            pen.line((0.12, 0.06), (0.24, 0.98), thick=0.05),
            pen.line((0.88, 0.06), (0.98, 0.98), thick=0.05),
            pen.line((0.88, 0.06), (0.76, 0.98), thick=0.05),
            pen.line((0.08, 0.05), (0.92, 0.05), thick=0.06),
        ),
        rgb("#d9604c"),
        rgb("#b8453a"),
        round_=0.02,
    )
    ropes = clay.solid(
        size,
        lambda pen: (
            pen.line((0.38, 0.05), (0.38, 0.74), thick=0.014),
            pen.line((0.62, 0.05), (0.62, 0.74), thick=0.014),
        ),
        rgb("#8a7460"),
    )
    seat = clay.solid(size, lambda pen: pen.box(0.33, 0.72, 0.67, 0.77, 0.015), OAK, round_=0.03)
    return clay.stack(size, (posts, ropes, seat))


def streetlamp(height: int) -> Image.Image:
    size = (max(6, round(height * 0.26)), height)
    iron = rgb("#4d5566")
    pole = clay.solid(
        size,
        lambda pen: (
            pen.box(0.44, 0.2, 0.56, 1),
            pen.box(0.3, 0.95, 0.7, 1, 0.08),
            pen.box(0.36, 0.2, 0.64, 0.23, 0.05),
        ),
        iron,
        round_=0.06,
    )
    lamp = clay.solid(
        size,
        lambda pen: pen.polygon((0.24, 0.07), (0.76, 0.07), (0.64, 0.21), (0.36, 0.21)),
        rgb("#fff3b8"),
        rgb("#ffd873"),
        round_=0.08,
    )
    cap = clay.solid(
        size, lambda pen: (pen.polygon((0.5, 0.0), (0.84, 0.08), (0.16, 0.08)),), iron, round_=0.06
    )
    return clay.stack(size, (pole, lamp, cap))


def wall(height: int) -> Image.Image:
    size = (round(height * 2.4), height)
    parts = [clay.solid(size, lambda pen: pen.box(0, 0.02, 1, 1), rgb("#b98a76"), depth=0.3)]

    def bricks(pen: clay.Pen) -> None:
        for row in range(6):
            for column in range(-1, 6):
                x, y = (column + (0.5 if row % 2 else 0)) / 5.5, 0.05 + row * 0.16
                pen.box(x + 0.006, y, x + 0.172, y + 0.13, 0.008)

    parts.append(clay.solid(size, bricks, rgb("#d9735a"), rgb("#b9573f"), round_=0.03))
    return clay.stack(size, parts)


def airballoon(height: int) -> Image.Image:
    size = (round(height * 0.74), height)
    red, cream = rgb("#ef5a5a"), rgb("#fff0d0")

    def gore(left: float, right: float) -> clay.Draw:
        """One stripe of the envelope: an ellipse above, narrowing to the mouth."""

        def draw(pen: clay.Pen) -> None:
            pen.ellipse(left, 0.0, right, 0.74)
            middle = 0.5 + (left + right - 1) * 0.12
            pen.polygon(
                (left + (right - left) * 0.05, 0.46),
                (right - (right - left) * 0.05, 0.46),
                (middle + 0.05, 0.8),
                (middle - 0.05, 0.8),
            )

        return draw

    stripes = [
        clay.solid(
            size,
            gore(half, 1 - half),
            red if place % 2 == 0 else cream,
            lit(red if place % 2 == 0 else cream, 0.86),
            depth=1.1 if place == 0 else 0.35,
            round_=0.16,
        )
        for place, half in enumerate((0.0, 0.15, 0.3, 0.42))
    ]
    ropes = clay.solid(
        size,
        lambda pen: (
            pen.line((0.44, 0.78), (0.43, 0.9), thick=0.012),
            pen.line((0.56, 0.78), (0.57, 0.9), thick=0.012),
        ),
        DARK,
    )
    basket = clay.solid(
        size,
        lambda pen: pen.box(0.4, 0.88, 0.6, 1.0, 0.03),
        rgb("#c08a55"),
        rgb("#94623a"),
        round_=0.05,
    )
    return clay.stack(size, (ropes, *stripes, basket))


def blackboard(height: int) -> Image.Image:
    """On legs, with chalk on it."""
    size = (round(height * 1.25), height)
    legs = clay.solid(
        size,
        lambda pen: (pen.box(0.12, 0.6, 0.17, 1, 0.01), pen.box(0.83, 0.6, 0.88, 1, 0.01)),
        lit(OAK, 0.8),
        round_=0.03,
    )
    frame = clay.solid(size, _spine(0.0, 0.0, 1.0, 0.74, 0.03), OAK, lit(OAK, 0.86), round_=0.03)
    slate = clay.solid(
        size, _spine(0.04, 0.05, 0.96, 0.68, 0.02), rgb("#2f6b57"), rgb("#245546"), depth=0.4
    )

    def chalk(pen: clay.Pen) -> None:
        for y, right in ((0.17, 0.5), (0.29, 0.42), (0.41, 0.52)):
            pen.line((0.12, y), (right, y), thick=0.014)
        pen.line((0.62, 0.5), (0.74, 0.2), (0.86, 0.5), (0.62, 0.5), thick=0.014)

    white = rgb("#f1f4ee")
    return clay.stack(size, (legs, frame, slate, clay.solid(size, chalk, white, white, depth=0.2)))


def lamp(height: int) -> Image.Image:
    """A lamp with a shade, as it stands on desks."""
    size = (round(height * 0.72), height)
    stand = clay.solid(
        size,
        lambda pen: (pen.box(0.46, 0.4, 0.54, 0.94), pen.ellipse(0.2, 0.88, 0.8, 1.0)),
        rgb("#c98b3a"),
        rgb("#9a6428"),
        round_=0.05,
    )
    bulb = clay.solid(
        size, lambda pen: pen.ellipse(0.36, 0.4, 0.64, 0.56), rgb("#fff6c8"), round_=0.05
    )
    shade = clay.solid(
        size,
        lambda pen: pen.polygon((0.3, 0.02), (0.7, 0.02), (1.0, 0.48), (0.0, 0.48)),
        rgb("#ffe08a"),
        rgb("#ffb84d"),
        round_=0.1,
    )
    return clay.stack(size, (stand, bulb, shade))
