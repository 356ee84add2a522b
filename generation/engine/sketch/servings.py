"""What things are served and kept in: a plate, a vase, flowers in it; and a leaf that floats."""

from __future__ import annotations

from PIL import Image

from . import clay
from .assets import picture
from .manner import manner
from .raster import lit, rgb, thin

CHINA, RIM = rgb("#f6f8ff"), rgb("#7fb0ea")
GLAZE = rgb("#5f9fe0")
PAD = rgb("#5fb65a")
UPRIGHT = 55
"""Degrees by which the bouquet, which leans in its illustration, is set upright."""


def plate(height: int) -> Image.Image:
    """A round plate seen from the front and a little from above."""
    size = (round(height * 3.1), height)
    shade = clay.solid(
        size, lambda pen: pen.ellipse(0.2, 0.5, 0.8, 1.0), lit(CHINA, 0.78), round_=0.1
    )
    whole = clay.solid(
        size,
        lambda pen: pen.ellipse(0.0, 0.0, 1.0, 0.92),
        CHINA,
        lit(CHINA, 0.88),
        depth=0.9,
        round_=0.1,
    )
    ring = clay.solid(
        size,
        lambda pen: (pen.ellipse(0.055, 0.06, 0.945, 0.84), pen.ellipse(0.08, 0.09, 0.92, 0.8, 0)),
        RIM,
        lit(RIM, 0.9),
        depth=0.3,
    )
    well = clay.solid(
        size,
        lambda pen: pen.ellipse(0.17, 0.19, 0.83, 0.73),
        lit(CHINA, 0.94),
        CHINA,
        depth=0.4,
        round_=0.06,
    )
    return clay.stack(size, (shade, whole, ring, well))


def vase(height: int) -> Image.Image:
    """Blue glaze with a white band."""
    size = (round(height * 0.66), height)

    def body(pen: clay.Pen) -> None:
        pen.ellipse(0.06, 0.3, 0.94, 0.98)
        pen.polygon((0.3, 0.04), (0.7, 0.04), (0.66, 0.24), (0.86, 0.5), (0.14, 0.5), (0.34, 0.24))
        pen.box(0.24, 0.0, 0.76, 0.08, 0.05)
        pen.box(0.28, 0.9, 0.72, 1.0, 0.04)

    pot = clay.solid(size, body, lit(GLAZE, 1.15), lit(GLAZE, 0.8), depth=1.2, round_=0.14)
    band = clay.solid(
        size,
        lambda pen: [pen.ellipse(x, 0.56, x + 0.13, 0.7) for x in (0.13, 0.34, 0.55, 0.76)],
        CHINA,
        lit(CHINA, 0.9),
        depth=0.5,
    )
    return clay.stack(size, (pot, band))


def fishbowl(height: int) -> Image.Image:
    """Glass, nearly full of water; what swims in it shows through."""
    size = (round(height * 1.12), height)
    glass = clay.solid(
        size,
        lambda pen: (pen.ellipse(0.0, 0.04, 1.0, 1.04), pen.box(0.2, 0.0, 0.8, 0.16, 0.03)),
        rgb("#e8f6fd"),
        rgb("#b5ddf2"),
        depth=1.2,
        round_=0.12,
    )
    water = clay.solid(
        size,
        lambda pen: (pen.ellipse(0.04, 0.08, 0.96, 1.0), pen.box(0, 0, 1, 0.3, ink=0)),
        rgb("#7fd0f2"),
        rgb("#3f9fdc"),
        depth=0.5,
        round_=0.1,
    )
    rim = clay.solid(
        size,
        lambda pen: (pen.ellipse(0.2, 0.0, 0.8, 0.1), pen.ellipse(0.23, 0.018, 0.77, 0.082, 0)),
        rgb("#f4fbff"),
        rgb("#cfe8f6"),
        depth=0.5,
    )
    shine = clay.solid(
        size, lambda pen: pen.ellipse(0.14, 0.34, 0.24, 0.62), rgb("#ffffff"), depth=0.2
    )
    for part, share in ((glass, 0.3), (water, 0.32), (shine, 0.6)):
        part.putalpha(thin(part.getchannel("A"), share))
    return clay.stack(size, (glass, water, rim, shine))


def posy(height: int) -> Image.Image:
    """A bouquet that stands in a vase."""
    flowers = picture("1f490", manner.get()).rotate(
        -UPRIGHT + 12, expand=True, resample=Image.Resampling.BICUBIC
    )
    flowers = flowers.crop(flowers.getchannel("A").getbbox())
    tall = round(height * 0.66)
    flowers = flowers.resize(
        (round(flowers.width * tall / flowers.height), tall), Image.Resampling.LANCZOS
    )
    pot = vase(round(height * 0.52))
    size = (max(flowers.width, pot.width), height)
    whole = Image.new("RGBA", size)
    whole.alpha_composite(flowers, ((size[0] - flowers.width) // 2, 0))
    whole.alpha_composite(pot, ((size[0] - pot.width) // 2, height - pot.height))
    return whole


def lilypad(height: int) -> Image.Image:
    """A round leaf that lies on the water, with a notch and one flower."""
    size = (round(height * 3.0), height)

    def leaf(pen: clay.Pen) -> None:
        pen.ellipse(0.0, 0.22, 1.0, 1.0)
        pen.polygon((0.52, 0.6), (0.62, 1.05), (0.78, 1.05), ink=0)

    pad = clay.solid(size, leaf, lit(PAD, 1.12), lit(PAD, 0.82), depth=1.0, round_=0.1)
    veins = clay.solid(
        size,
        lambda pen: [
            pen.line((0.52, 0.6), end, thick=0.008)
            for end in (
                (0.1, 0.62),
                (0.24, 0.36),
                (0.5, 0.28),
                (0.78, 0.36),
                (0.92, 0.6),
                (0.3, 0.86),
            )
        ],
        lit(PAD, 1.3),
        depth=0.3,
    )
    side = round(height * 0.5)
    bloom = _petals((round(side * 1.5), side))
    pad.alpha_composite(veins)
    pad.alpha_composite(bloom, (round(size[0] * 0.74), round(height * 0.1)))
    return pad


def _petals(size: tuple[int, int]) -> Image.Image:
    """A pink water lily from the side."""
    pink = rgb("#ff8fc0")

    def fan(points: tuple[tuple[float, float], ...], tone: float) -> Image.Image:
        colour = lit(pink, tone)
        return clay.solid(
            size,
            lambda pen: [
                pen.polygon((0.5, 1.0), (x - 0.11, (y + 1) / 2), (x, y), (x + 0.11, (y + 1) / 2))
                for x, y in points
            ],
            lit(colour, 1.2),
            lit(colour, 0.9),
            round_=0.08,
        )

    back = fan(((0.1, 0.4), (0.3, 0.1), (0.5, 0.0), (0.7, 0.1), (0.9, 0.4)), 0.92)
    front = fan(((0.2, 0.5), (0.4, 0.3), (0.6, 0.3), (0.8, 0.5)), 1.1)
    heart = clay.solid(
        size, lambda pen: pen.ellipse(0.4, 0.36, 0.6, 0.62), rgb("#ffd54a"), round_=0.1
    )
    return clay.stack(size, (back, heart, front))
