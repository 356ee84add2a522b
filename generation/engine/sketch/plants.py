"""Plants for which there is no illustration, and one planet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from . import clay
from .assets import picture
from .colour import TARGETS
from .manner import manner
from .raster import Colour, lit, rgb, veil

Drawer = Callable[[int], Image.Image]
DARK = rgb("#8f5a3a")


def bamboo(height: int) -> Image.Image:
    size = (max(8, round(height * 0.42)), height)
    parts = []
    for x, top, tone in ((0.3, 0.06, 0.92), (0.56, 0.0, 1.06), (0.78, 0.16, 0.84)):
        green = lit(rgb("#7cb342"), tone)
        parts.append(
            clay.solid(
                size, _stalk(x, top), lit(green, 1.08), lit(green, 0.85), depth=1.2, round_=0.05
            )
        )
        parts.append(
            clay.solid(
                size,
                _leaves(x, top),
                lit(rgb("#5fa53a"), tone),
                lit(rgb("#3f8a3a"), tone),
                round_=0.02,
            )
        )
    return clay.stack(size, parts)


def _stalk(x: float, top: float) -> clay.Draw:
    def draw(pen: clay.Pen) -> None:
        for joint in range(7):
            y = top + joint * (1 - top) / 7
            pen.box(x - 0.045, y + 0.006, x + 0.045, y + (1 - top) / 7 - 0.003, 0.03)

    return draw


def _leaves(x: float, top: float) -> clay.Draw:
    def draw(pen: clay.Pen) -> None:
        for row in range(4):
            y, side = top + 0.05 + row * (1 - top) * 0.15, 1 if row % 2 else -1
            for fall in (0.015, 0.06, 0.1):
                tip = (x + side * (0.26 - fall), y + fall)
                pen.polygon(
                    (x, y),
                    (x + side * 0.12, y - 0.018 + fall * 0.4),
                    tip,
                    (x + side * 0.12, y + 0.014 + fall * 0.6),
                )

    return draw


def tinted(code: str, colour: str) -> Drawer:
    """A sprite of the set in another colour."""

    def draw(height: int) -> Image.Image:
        image = _crown(picture(code, manner.get()), rgb(TARGETS[colour]))
        return image.resize(
            (max(1, round(image.width * height / image.height)), height), Image.Resampling.LANCZOS
        )

    return draw


def _crown(image: Image.Image, colour: Colour) -> Image.Image:
    """The tree with leaves of another colour; its shade is a darker one of that colour, where a
    turned hue would leave the bluish shade of green leaves grey.
    """
    pixels = np.asarray(image).copy()
    parts = pixels[..., :3].astype(np.float32)
    leaves = np.maximum(parts[..., 1], parts[..., 2]) > parts[..., 0] + 6
    light = (parts * np.asarray((0.3, 0.5, 0.2), dtype=np.float32)).sum(axis=2)
    solid = light[leaves & (pixels[..., 3] > 128)]
    low, high = float(solid.min()), float(solid.max())
    share = ((light - low) / max(high - low, 1.0)).clip(0, 1)[..., None]
    stops = [np.asarray(lit(colour, tone), dtype=np.float32) for tone in (0.6, 1.0, 1.3)]
    dark, bright = share.clip(0, 0.5) * 2, (share - 0.5).clip(0, 0.5) * 2
    ramp = stops[0] + (stops[1] - stops[0]) * dark + (stops[2] - stops[1]) * bright
    pixels[..., :3] = np.where(leaves[..., None], ramp, parts).clip(0, 255).astype(np.uint8)
    return Image.fromarray(pixels)


def snowpine(height: int) -> Image.Image:
    image = veil(picture("1f332", manner.get()), (238, 246, 255), 0.56)
    return image.resize(
        (max(1, round(image.width * height / image.height)), height), Image.Resampling.LANCZOS
    )


def bush(height: int) -> Image.Image:
    size = (round(height * 1.5), height)

    def crown(pen: clay.Pen) -> None:
        pen.ellipse(0, 0.3, 0.5, 1.1)
        pen.ellipse(0.22, 0, 0.78, 1.0)
        pen.ellipse(0.5, 0.26, 1, 1.1)

    return clay.solid(size, crown, rgb("#86cc5a"), rgb("#4f9a48"), round_=0.16)


def acacia(height: int) -> Image.Image:
    size = (round(height * 1.25), height)
    trunk = clay.solid(
        size,
        lambda pen: (
            pen.line((0.5, 1.0), (0.47, 0.55), thick=0.055),
            pen.line((0.48, 0.6), (0.26, 0.28), thick=0.032),
            pen.line((0.48, 0.6), (0.74, 0.28), thick=0.032),
        ),
        DARK,
        round_=0.04,
    )
    crown = clay.solid(
        size,
        lambda pen: (
            pen.ellipse(0.0, 0.1, 0.62, 0.4),
            pen.ellipse(0.36, 0.06, 1.0, 0.38),
            pen.ellipse(0.2, 0.0, 0.8, 0.3),
        ),
        rgb("#9bb04a"),
        rgb("#6f8a3a"),
        round_=0.08,
    )
    return clay.stack(size, (trunk, crown))


def blades(colour: Colour, count: int, bend: float) -> Drawer:
    """Reeds or weed: blades that grow from one root."""

    def draw(height: int) -> Image.Image:
        size = (max(8, round(height * 0.6)), height)

        def pen_(pen: clay.Pen) -> None:
            for place in range(count):
                lean = (place - (count - 1) / 2) / count
                tip = 0.06 + 0.5 * abs(lean)
                points = [
                    (
                        0.5
                        + lean * 1.5 * part
                        + bend * (1 if place % 2 else -1) * part * (1 - part),
                        1 - (1 - tip) * part,
                    )
                    for part in (0, 0.25, 0.5, 0.75, 1)
                ]
                pen.line(*points, thick=0.07)

        return clay.solid(size, pen_, lit(colour, 1.1), lit(colour, 0.75), round_=0.03)

    return draw


def planet(height: int) -> Image.Image:
    return clay.solid(
        (height, height),
        lambda pen: pen.ellipse(0.01, 0.01, 0.99, 0.99),
        rgb("#f08f6a"),
        rgb("#a8477f"),
        depth=1.2,
        round_=0.2,
    )


def willow(height: int) -> Image.Image:
    """Its twigs hang to the ground like a curtain."""
    size = (round(height * 1.05), height)
    trunk = clay.solid(
        size,
        lambda pen: (
            pen.line((0.5, 1.0), (0.48, 0.62), (0.52, 0.3), thick=0.075),
            pen.line((0.5, 0.5), (0.3, 0.26), thick=0.04),
            pen.line((0.5, 0.5), (0.72, 0.26), thick=0.04),
        ),
        DARK,
        round_=0.04,
    )
    crown = clay.solid(
        size,
        lambda pen: (pen.ellipse(0.1, 0.0, 0.9, 0.5), pen.ellipse(0.24, 0.0, 0.76, 0.42)),
        rgb("#8fc653"),
        rgb("#5f9e3f"),
        round_=0.14,
    )

    def twigs(first: int) -> clay.Draw:
        def draw(pen: clay.Pen) -> None:
            for place in range(first, 15, 2):
                x = 0.03 + place * 0.067
                low = 0.92 - 0.32 * (1 - abs(x - 0.5) * 2) + 0.05 * (place % 3)
                start = 0.13 + 0.16 * abs(x - 0.5) * 2
                pen.line(
                    (0.5 + (x - 0.5) * 0.8, start), (x, (start + low) / 2), (x, low), thick=0.05
                )

        return draw

    back = clay.solid(size, twigs(0), rgb("#6fae47"), rgb("#4f8f3a"), round_=0.03)
    front = clay.solid(size, twigs(1), rgb("#a5d866"), rgb("#6fb048"), round_=0.03)
    return clay.stack(size, (back, trunk, crown, front))
