"""A dancing lion, a dragon boat, rice dumplings, a crane: feasts and ink paintings have them, the
set of illustrations has not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from . import clay
from .assets import picture
from .colour import recolour
from .manner import manner
from .raster import Colour, lit, mix, rgb

RED, GOLD, CREAM = rgb("#e23a33"), rgb("#ffc531"), rgb("#fff3df")
DARK, GREEN, WOOD = rgb("#3b2b3f"), rgb("#3fae6b"), rgb("#b3402f")
LEAF = rgb("#6f9f4a")
Part = Callable[[clay.Pen], object]


def lion(height: int) -> Image.Image:
    """Two dancers under a red and gold lion: a great head with a mirror, a fringed back, four
    trousered legs.
    """
    size = (round(height * 1.34), height)

    def part(draw: Part, top: Colour, low: Colour, depth: float, edge: float) -> Image.Image:
        return clay.solid(size, draw, top, low, depth=depth, round_=edge)

    gold = rgb("#f29a1f")
    return clay.stack(
        size,
        (
            part(_lion_tail, CREAM, GOLD, 1.0, 0.03),
            part(_lion_legs, GOLD, gold, 1.2, 0.04),
            part(_lion_cuffs, RED, lit(RED, 0.8), 1.0, 0.03),
            part(_lion_shoes, DARK, DARK, 1.0, 0.02),
            part(_lion_fringe, CREAM, GOLD, 0.7, 0.02),
            part(_lion_back, lit(RED, 1.08), lit(RED, 0.84), 1.2, 0.09),
            part(_lion_scales, GOLD, gold, 0.6, 0.02),
            part(_lion_beard, CREAM, lit(CREAM, 0.9), 1.0, 0.03),
            part(_lion_mane, CREAM, rgb("#ffd9a0"), 1.0, 0.05),
            part(_lion_ears, GOLD, RED, 1.0, 0.03),
            part(_lion_head, lit(RED, 1.12), lit(RED, 0.88), 1.2, 0.1),
            part(_lion_mouth, rgb("#7c1426"), rgb("#4f0d1c"), 0.5, 0.03),
            part(_lion_lips, GOLD, gold, 1.0, 0.03),
            part(_lion_teeth, CREAM, CREAM, 0.4, 0.01),
            part(_lion_brows, GREEN, lit(GREEN, 0.75), 1.0, 0.03),
            part(_lion_eyes, rgb("#ffffff"), CREAM, 0.8, 0.04),
            part(_lion_pupils, DARK, DARK, 0.3, 0.02),
            part(_lion_nose, GOLD, rgb("#f07f2a"), 1.2, 0.04),
            part(_lion_mirror, rgb("#9fe0ff"), rgb("#58a9e6"), 0.8, 0.02),
        ),
    )


def _lion_tail(pen: clay.Pen) -> None:
    pen.line((0.9, 0.5), (0.96, 0.36), (0.93, 0.24), thick=0.05)
    pen.ellipse(0.88, 0.14, 0.99, 0.3)


def _lion_legs(pen: clay.Pen) -> None:
    for x, way in ((0.3, -1), (0.46, 1), (0.74, -1), (0.88, 1)):
        pen.line((x, 0.68), (x + way * 0.015, 0.92), thick=0.1)


def _lion_cuffs(pen: clay.Pen) -> None:
    for x, way in ((0.3, -1), (0.46, 1), (0.74, -1), (0.88, 1)):
        pen.box(x + way * 0.015 - 0.058, 0.84, x + way * 0.015 + 0.058, 0.91, 0.02)


def _lion_shoes(pen: clay.Pen) -> None:
    for x, way in ((0.3, -1), (0.46, 1), (0.74, -1), (0.88, 1)):
        pen.box(x + way * 0.015 - 0.075, 0.935, x + way * 0.015 + 0.05, 1.0, 0.025)


def _lion_back(pen: clay.Pen) -> None:
    pen.polygon((0.3, 0.3), (0.62, 0.27), (0.9, 0.38), (0.97, 0.56), (0.96, 0.72), (0.26, 0.72))
    pen.ellipse(0.56, 0.26, 0.98, 0.9)


def _lion_fringe(pen: clay.Pen) -> None:
    for place in range(10):
        x = 0.28 + place * 0.07
        pen.ellipse(x, 0.66, x + 0.085, 0.86)


def _lion_scales(pen: clay.Pen) -> None:
    for row, y in enumerate((0.42, 0.53, 0.64)):
        for place in range(5 - (row == 0)):
            x = 0.56 + place * 0.085 + (0.04 if row % 2 else 0.0)
            if x < 0.92:
                pen.ellipse(x, y, x + 0.045, y + 0.055)


def _lion_head(pen: clay.Pen) -> None:
    pen.ellipse(0.04, 0.08, 0.54, 0.66)
    pen.ellipse(0.0, 0.3, 0.58, 0.6)


def _lion_mane(pen: clay.Pen) -> None:
    for x, y in (
        *((0.08, 0.1), (0.18, 0.03), (0.29, 0.0), (0.4, 0.03), (0.5, 0.1), (0.55, 0.22)),
        *((0.57, 0.35), (0.55, 0.48), (0.02, 0.22)),
    ):
        pen.ellipse(x - 0.07, y - 0.0, x + 0.07, y + 0.19)


def _lion_ears(pen: clay.Pen) -> None:
    pen.polygon((0.04, 0.26), (0.0, 0.06), (0.15, 0.16))
    pen.polygon((0.43, 0.16), (0.58, 0.06), (0.54, 0.26))


def _lion_mouth(pen: clay.Pen) -> None:
    pen.box(0.06, 0.52, 0.52, 0.68, 0.07)


def _lion_lips(pen: clay.Pen) -> None:
    pen.box(0.02, 0.47, 0.56, 0.545, 0.03)
    pen.box(0.06, 0.645, 0.52, 0.71, 0.03)


def _lion_teeth(pen: clay.Pen) -> None:
    for place in range(6):
        x = 0.1 + place * 0.066
        pen.box(x, 0.545, x + 0.05, 0.59, 0.012)


def _lion_beard(pen: clay.Pen) -> None:
    for place in range(6):
        x = 0.09 + place * 0.068
        pen.ellipse(x, 0.62, x + 0.075, 0.84 - 0.03 * abs(place - 2.5))


def _lion_brows(pen: clay.Pen) -> None:
    pen.line((0.07, 0.25), (0.15, 0.19), (0.25, 0.22), thick=0.05)
    pen.line((0.33, 0.22), (0.43, 0.19), (0.51, 0.25), thick=0.05)


def _lion_eyes(pen: clay.Pen) -> None:
    pen.ellipse(0.09, 0.23, 0.25, 0.42)
    pen.ellipse(0.33, 0.23, 0.49, 0.42)


def _lion_pupils(pen: clay.Pen) -> None:
    pen.ellipse(0.14, 0.29, 0.215, 0.39)
    pen.ellipse(0.365, 0.29, 0.44, 0.39)


def _lion_nose(pen: clay.Pen) -> None:
    pen.ellipse(0.2, 0.37, 0.38, 0.5)


def _lion_mirror(pen: clay.Pen) -> None:
    pen.ellipse(0.245, 0.09, 0.335, 0.2)


def zongzi(height: int) -> Image.Image:
    """A pyramid of sticky rice in bamboo leaves, tied with a thread; the tip shows the rice."""
    size = (round(height * 1.12), height)

    def leaf(*points: tuple[float, float], tone: float) -> Image.Image:
        colour = lit(LEAF, tone)
        return clay.solid(
            size,
            lambda pen: pen.polygon(*points),
            lit(colour, 1.1),
            lit(colour, 0.84),
            depth=1.2,
            round_=0.08,
        )

    rice = clay.solid(
        size, lambda pen: pen.ellipse(0.36, 0.0, 0.64, 0.36), CREAM, lit(CREAM, 0.92), round_=0.07
    )
    back = leaf((0.5, 0.1), (0.98, 0.86), (0.86, 0.98), (0.5, 1.0), tone=0.86)
    front = leaf((0.34, 0.2), (0.66, 0.2), (0.74, 0.98), (0.12, 0.98), (0.02, 0.86), tone=1.12)
    fold = leaf((0.62, 0.2), (0.98, 0.86), (0.6, 1.0), tone=0.98)
    veins = clay.solid(size, _veins, lit(LEAF, 0.78), depth=0.2)
    thread = clay.solid(size, _thread, rgb("#f3e2b0"), rgb("#d9b86a"), depth=0.8, round_=0.02)
    return clay.stack(size, (rice, back, fold, front, veins, thread))


def _veins(pen: clay.Pen) -> None:
    for x in (0.16, 0.3, 0.44, 0.58):
        pen.line((0.4 + x * 0.34, 0.26), (x, 0.94), thick=0.008)
    pen.line((0.7, 0.36), (0.86, 0.9), thick=0.008)


def _thread(pen: clay.Pen) -> None:
    pen.line((0.18, 0.6), (0.52, 0.66), (0.82, 0.58), thick=0.028)
    pen.line((0.12, 0.74), (0.52, 0.81), (0.9, 0.73), thick=0.028)
    pen.line((0.5, 0.66), (0.4, 0.54), (0.46, 0.5), (0.52, 0.66), thick=0.022)
    pen.line((0.52, 0.66), (0.64, 0.53), (0.68, 0.58), (0.52, 0.66), thick=0.022)


def dragon_boat(height: int) -> Image.Image:
    """A long red hull with a dragon's head and tail, rowers, paddles and a drum."""
    size = (round(height * 2.5), height)
    boat = Image.new("RGBA", size)
    head = picture("1f409", manner.get())
    head = head.crop((0, 0, round(head.width * 0.86), round(head.height * 0.62)))
    tall = round(height * 0.7)
    head = head.resize((round(head.width * tall / head.height), tall), Image.Resampling.LANCZOS)
    tail = clay.solid(
        size,
        lambda pen: pen.line((0.86, 0.72), (0.95, 0.58), (0.97, 0.36), (0.935, 0.24), thick=0.03),
        rgb("#4cc98a"),
        rgb("#2f9f78"),
        round_=0.05,
    )
    boat.alpha_composite(tail)
    boat.alpha_composite(head, (0, round(height * 0.1)))
    for place, code in enumerate(("1f466", "1f9d1", "1f468", "1f466")):
        one = picture(code, manner.get())
        side = round(height * 0.27)
        one = one.resize((round(one.width * side / one.height), side), Image.Resampling.LANCZOS)
        x = round(size[0] * (0.36 + 0.125 * place))
        body = clay.solid(
            size,
            lambda pen, at=x / size[0]: pen.box(at + 0.004, 0.56, at + 0.1, 0.85, 0.04),  # type: ignore[misc]
            (RED, GOLD)[place % 2],
            round_=0.06,
        )
        boat.alpha_composite(body)
        boat.alpha_composite(one, (x, round(height * 0.34)))
    for draw, colour, low in (
        (_hull, lit(RED, 1.05), lit(WOOD, 0.8)),
        (_gunwale, GOLD, rgb("#f09a22")),
        (_hull_scales, GOLD, rgb("#f09a22")),
        (_paddles, rgb("#c98a4b"), rgb("#8f5a34")),
    ):
        boat.alpha_composite(clay.solid(size, draw, colour, low, round_=0.05))
    return boat


def _hull(pen: clay.Pen) -> None:
    pen.polygon((0.1, 0.7), (0.93, 0.7), (0.88, 0.86), (0.8, 1.0), (0.24, 1.0), (0.14, 0.88))


def _gunwale(pen: clay.Pen) -> None:
    pen.box(0.095, 0.685, 0.935, 0.745, 0.01)


def _hull_scales(pen: clay.Pen) -> None:
    for place in range(11):
        x = 0.19 + place * 0.062
        pen.ellipse(x, 0.79, x + 0.036, 0.88)


def _paddles(pen: clay.Pen) -> None:
    for place in range(4):
        x = 0.42 + place * 0.125
        pen.line((x, 0.66), (x - 0.06, 0.93), thick=0.012)
        pen.ellipse(x - 0.085, 0.84, x - 0.045, 1.0)


def crane(height: int) -> Image.Image:
    """White with a red crown, black neck, black tail and legs: the set's wader in other
    feathers.
    """
    plain = picture("1f9a9", manner.get())
    bird = recolour(plain, "white")
    pixels = np.asarray(bird).copy()
    high, wide = pixels.shape[:2]
    down = (np.arange(high, dtype=np.float32) / high)[:, None]
    right = (np.arange(wide, dtype=np.float32) / wide)[None, :]
    legs = down > np.float32(0.66)
    throat = (down > np.float32(0.22)) & (down < np.float32(0.46)) & (right < np.float32(0.3))
    tail = right > np.float32(0.86)
    crown = (down < np.float32(0.055)) & (right < np.float32(0.46))
    for where, colour in ((legs | throat | tail, DARK), (crown, RED)):
        light = pixels[:, :, :3].astype(np.float32).mean(axis=2, keepdims=True) / 255
        tinted = np.asarray(mix(colour, lit(colour, 1.3), 0.4), dtype=np.float32) * (
            0.35 + 0.65 * light
        )
        pixels[:, :, :3] = np.where(where[:, :, None], tinted, pixels[:, :, :3]).astype(np.uint8)
    image = Image.fromarray(pixels)
    return image.resize((max(1, round(wide * height / high)), height), Image.Resampling.LANCZOS)
