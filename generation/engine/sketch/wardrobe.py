"""Dolls in clothes: a head that shows a person gets a body, arms, legs and an outfit."""

from __future__ import annotations

from PIL import Image

from . import clay
from .colour import TARGETS
from .raster import Colour, lit, mix, rgb

SKIN = rgb("#ffc93f")
SHOES = rgb("#5a4a5c")

DRESSED = {"1f467", "1f469", "1f475"}
"""Heads that wear a dress unless the prompt says otherwise."""

DEFAULT_COLOURS = {
    "1f467": "pink",
    "1f469": "purple",
    "1f475": "purple",
    "1f466": "blue",
    "1f468": "teal",
    "1f9d1": "green",
    "1f9d2": "orange",
    "1f474": "brown",
    "1f476": "blue",
    "1f47c": "white",
    "1f385": "red",
    "1f921": "yellow",
}


Parts = list[Image.Image]


def doll(head: Image.Image, code: str, outfit: str, colour: str) -> Image.Image:
    """A person of about two and a half heads in clothes."""
    wide = head.width
    size = (round(wide * 1.3), round(head.height * 0.94 + wide * 1.02))
    chosen = rgb(TARGETS[colour or DEFAULT_COLOURS.get(code, "blue")])
    outfit = outfit or ("dress" if code in DRESSED else "shirt")
    neck = head.height * 0.94 / size[1]
    parts = _WARDROBE[outfit](size, neck, chosen)
    figure = clay.stack(size, parts)
    figure.alpha_composite(head, ((size[0] - wide) // 2, 0))
    return cut(figure)


def _legs(
    size: tuple[int, int], neck: float, colour: Colour, top: float, *, wide: float = 0.12
) -> Parts:
    """Two legs from a share of the body's height down, and shoes."""
    y = neck + (1 - neck) * top
    legs = clay.solid(
        size,
        lambda pen: (
            pen.line((0.42, y), (0.41, 0.93), thick=wide),
            pen.line((0.58, y), (0.59, 0.93), thick=wide),
        ),
        colour,
        lit(colour, 0.86),
        depth=1.2,
        round_=0.05,
    )
    shoes = clay.solid(
        size,
        lambda pen: (
            pen.box(0.3, 0.935, 0.48, 0.998, 0.04),
            pen.box(0.52, 0.935, 0.7, 0.998, 0.04),
        ),
        SHOES,
        lit(SHOES, 0.8),
        round_=0.03,
    )
    return [legs, shoes]


def _arms(size: tuple[int, int], neck: float, sleeve: Colour, *, long: bool) -> Parts:
    """Arms that hang a little apart; the sleeve is long or short."""
    body = 1 - neck
    top, elbow, hand = neck + body * 0.08, neck + body * 0.3, neck + body * 0.5
    bare = clay.solid(
        size,
        lambda pen: (
            pen.line((0.33, top), (0.2, hand), thick=0.085),
            pen.line((0.67, top), (0.8, hand), thick=0.085),
            pen.ellipse(0.145, hand - 0.03, 0.255, hand + 0.045),
            pen.ellipse(0.745, hand - 0.03, 0.855, hand + 0.045),
        ),
        SKIN,
        lit(SKIN, 0.92),
        round_=0.05,
    )
    end = hand - body * 0.05 if long else elbow
    x = 0.21 if long else 0.26
    cloth = clay.solid(
        size,
        lambda pen: (
            pen.line((0.35, top), (x, end), thick=0.125),
            pen.line((0.65, top), (1 - x, end), thick=0.125),
        ),
        sleeve,
        lit(sleeve, 0.88),
        round_=0.06,
    )
    return [bare, cloth]


def _dress(size: tuple[int, int], neck: float, colour: Colour) -> Parts:
    body = 1 - neck
    hem = neck + body * 0.74

    def cut(pen: clay.Pen) -> None:
        waist = neck + body * 0.32
        pen.polygon(
            (0.36, neck - 0.03),
            (0.64, neck - 0.03),
            (0.62, waist),
            (0.8, hem),
            (0.2, hem),
            (0.38, waist),
        )
        pen.ellipse(0.2, hem - body * 0.07, 0.8, hem + body * 0.07)

    gown = clay.solid(size, cut, lit(colour, 1.1), lit(colour, 0.9), depth=1.1, round_=0.09)
    sash = clay.solid(
        size,
        lambda pen: pen.box(0.37, neck + body * 0.28, 0.63, neck + body * 0.35, 0.02),
        lit(colour, 0.72),
        round_=0.03,
    )
    return [
        *_legs(size, neck, SKIN, 0.6, wide=0.095),
        gown,
        *_arms(size, neck, lit(colour, 1.06), long=False),
        sash,
    ]


def _shirt(size: tuple[int, int], neck: float, colour: Colour) -> Parts:
    body = 1 - neck
    torso = clay.solid(
        size,
        lambda pen: pen.box(0.33, neck - 0.05, 0.67, neck + body * 0.52, 0.09),
        lit(colour, 1.08),
        lit(colour, 0.9),
        depth=1.1,
        round_=0.1,
    )
    trousers = rgb("#5b6b8f")
    hips = clay.solid(
        size,
        lambda pen: pen.box(0.35, neck + body * 0.42, 0.65, neck + body * 0.62, 0.05),
        trousers,
        round_=0.06,
    )
    return [*_legs(size, neck, trousers, 0.55), hips, torso, *_arms(size, neck, colour, long=False)]


def _robe(size: tuple[int, int], neck: float, colour: Colour) -> Parts:
    """Hanfu: a long skirt, a sash, a crossed collar, wide sleeves that meet in front."""
    body = 1 - neck
    pale = mix(colour, (255, 255, 255), 0.72)

    def skirt(pen: clay.Pen) -> None:
        pen.polygon((0.38, neck + body * 0.2), (0.62, neck + body * 0.2), (0.8, 0.97), (0.2, 0.97))
        pen.ellipse(0.2, 0.93, 0.8, 1.0)

    gown = clay.solid(size, skirt, pale, mix(colour, pale, 0.35), depth=1.1, round_=0.08)
    folds = clay.solid(
        size,
        lambda pen: [
            pen.line((0.5 + x * 0.35, neck + body * 0.42), (0.5 + x, 0.96), thick=0.012)
            for x in (-0.17, -0.06, 0.06, 0.17)
        ],
        mix(colour, pale, 0.4),
        depth=0.3,
    )
    jacket = clay.solid(
        size,
        lambda pen: pen.polygon(
            (0.34, neck - 0.04),
            (0.66, neck - 0.04),
            (0.64, neck + body * 0.32),
            (0.36, neck + body * 0.32),
        ),
        lit(colour, 1.05),
        colour,
        round_=0.07,
    )
    collar = clay.solid(
        size,
        lambda pen: (
            pen.line((0.4, neck - 0.02), (0.54, neck + body * 0.26), thick=0.045),
            pen.line((0.6, neck - 0.02), (0.46, neck + body * 0.26), thick=0.045),
        ),
        rgb("#fff6ea"),
        round_=0.03,
    )
    sash = clay.solid(
        size,
        lambda pen: (
            pen.box(0.35, neck + body * 0.25, 0.65, neck + body * 0.35, 0.02),
            pen.box(0.47, neck + body * 0.3, 0.53, neck + body * 0.62, 0.02),
        ),
        lit(colour, 0.66),
        round_=0.03,
    )
    return [gown, folds, jacket, collar, sash, *_sleeves(size, neck, colour)]


def _sleeves(size: tuple[int, int], neck: float, colour: Colour) -> Parts:
    """Wide sleeves that meet in front, and the hands between them."""
    body = 1 - neck

    def fall(pen: clay.Pen) -> None:
        for side in (-1, 1):
            pen.polygon(
                (0.5 + side * 0.15, neck - 0.01),
                (0.5 + side * 0.33, neck + body * 0.3),
                (0.5 + side * 0.3, neck + body * 0.62),
                (0.5 + side * 0.06, neck + body * 0.44),
                (0.5 + side * 0.1, neck + body * 0.26),
            )

    wide = clay.solid(size, fall, lit(colour, 1.12), lit(colour, 0.92), depth=1.1, round_=0.06)
    hands = clay.solid(
        size,
        lambda pen: pen.ellipse(0.45, neck + body * 0.36, 0.55, neck + body * 0.45),
        SKIN,
        round_=0.04,
    )
    return [wide, hands]


def _slim(size: tuple[int, int], neck: float, colour: Colour) -> Parts:
    """Qipao: narrow, to the calves, with a standing collar and trim."""
    body = 1 - neck

    def cut(pen: clay.Pen) -> None:
        pen.polygon(
            (0.36, neck - 0.03),
            (0.64, neck - 0.03),
            (0.61, neck + body * 0.34),
            (0.67, neck + body * 0.55),
            (0.63, neck + body * 0.86),
            (0.37, neck + body * 0.86),
            (0.33, neck + body * 0.55),
            (0.39, neck + body * 0.34),
        )

    gown = clay.solid(size, cut, lit(colour, 1.08), lit(colour, 0.86), depth=1.2, round_=0.08)
    trim = clay.solid(
        size,
        lambda pen: (
            pen.line((0.46, neck), (0.6, neck + body * 0.16), thick=0.018),
            pen.box(0.37, neck + body * 0.83, 0.63, neck + body * 0.87, 0.01),
        ),
        rgb("#ffe08a"),
        depth=0.4,
    )
    return [
        *_legs(size, neck, SKIN, 0.7, wide=0.085),
        gown,
        *_arms(size, neck, colour, long=False),
        trim,
    ]


_WARDROBE = {"dress": _dress, "shirt": _shirt, "hanfu": _robe, "kimono": _robe, "qipao": _slim}


def cut(image: Image.Image) -> Image.Image:
    return image.crop(image.getchannel("A").getbbox() or (0, 0, *image.size))
