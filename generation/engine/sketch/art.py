"""One thing as a picture: a sprite, a sprite with a body, or a prop, in the colour and size
asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageFilter

from . import bodies, wardrobe
from .assets import picture, sprites
from .colour import recolour
from .manner import manner
from .prop_art import DRAWERS
from .props import PROPS
from .raster import enlarged

SEATS = {
    "sprite:1fa91": 0.52,
    "sprite:1f6cb-fe0f": 0.66,
    "sprite:1f6cf-fe0f": 0.5,
    "sprite:1f6c1": 0.5,
    "sprite:1f40e": 0.36,
    "sprite:1f418": 0.14,
    "sprite:1f6b2": 0.3,
    "sprite:1f6f6": 0.55,
    "sprite:26f5": 0.78,
    "sprite:1f6a2": 0.42,
    "sprite:1f3d4-fe0f": 0.04,
    "sprite:1f333": 0.03,
    "sprite:1f319": 0.62,
    "sprite:1f9fa": 0.36,
    "sprite:1fab7": 0.5,
    "sprite:1f4d6": 0.66,
    "prop:lilypad": 0.6,
}
"""Where one sits or stands, as a share of the height from the top; elsewhere the top edge is
measured.
"""


FINENESS = (96, 192, 384, 768)
"""Heights in pixels at which props are drawn; what lies between is reduced, what lies above
enlarged.
"""


KEPT = 400
"""Higher pictures are not kept: 96 of them would take more memory than drawing them takes time."""


SOFT = 1.15
"""Enlarged by more, a picture would look soft."""


@dataclass(frozen=True)
class Nature:
    """What composition needs to know of a thing before it is drawn."""

    metres: float
    kind: str
    home: str
    aspect: float
    """Width ÷ height."""


def nature(art: str) -> Nature:
    """Facts of "sprite:…" or "prop:…"."""
    return _nature(art, manner.get())


@lru_cache(maxsize=2048)
def _nature(art: str, _manner: str) -> Nature:
    family, _, name = art.partition(":")
    if family == "prop":
        prop = PROPS.get(name)
        image = draw(art, 48)
        metres, home = (prop.metres, prop.home) if prop else (1.0, "meadow")
        return Nature(metres, prop.kind if prop else "-", home, image.width / image.height)
    sprite = sprites()[name]
    image = draw(art, 64)
    return Nature(sprite.metres, sprite.kind, sprite.home, image.width / image.height)


def draw(
    art: str, height: int, colour: str = "", outfit: str = "", outfit_colour: str = ""
) -> Image.Image:
    """The thing `height` pixels high (RGBA, cut to it). Shared: do not draw into it."""
    drawer = _drawn if height <= KEPT else _drawn.__wrapped__
    return drawer(art, max(2, height), colour, outfit, outfit_colour, manner.get())


@lru_cache(maxsize=96)
def _drawn(
    art: str, height: int, colour: str, outfit: str, outfit_colour: str, style: str
) -> Image.Image:
    family, _, name = art.partition(":")
    if family == "prop":
        image = _prop(
            name, next((fine for fine in FINENESS if fine >= height), FINENESS[-1]), colour, style
        )
    else:
        image = _sprite(name, colour, outfit, outfit_colour, style)
    width = max(1, round(image.width * height / image.height))
    if image.size == (width, height):
        return image
    if height > SOFT * image.height:
        return enlarged(image, (width, height))
    premultiplied = image.convert("RGBa").resize((width, height), Image.Resampling.LANCZOS)
    return premultiplied.convert("RGBA")


@lru_cache(maxsize=64)
def _prop(name: str, height: int, colour: str, _style: str) -> Image.Image:
    image = DRAWERS[name](height)
    image = image.crop(image.getchannel("A").getbbox() or (0, 0, *image.size))
    return recolour(image, colour) if colour else image


TURNED = {"1f40a": -45, "1f95f": -40}
"""Turned so that they lie along the ground, in degrees."""
LAID = {"1f40a": 0.5, "1f369": 0.72, "1f36a": 0.62, "1fab7": 0.66}
"""Seen from above in the set: pressed to this share of their height, they lie on their ground."""
MOONED = {"26fa"}
"""Green illustrations with a yellow moon of their own; the sky has its own."""
WATERLINES = {"1f6f6": 0.72, "26f5": 0.82, "1f6a4": 0.76, "1f6a3": 0.7}
"""Illustrations that bring their own water, and where it begins as a share of the height."""


@lru_cache(maxsize=64)
def _sprite(code: str, colour: str, outfit: str, outfit_colour: str, style: str) -> Image.Image:
    image, kind = picture(code, style), sprites()[code].kind
    if kind == "head":
        if code in bodies.COATS:
            image = bodies.animal(image, code)
        else:
            return wardrobe.doll(image, code, outfit, outfit_colour or colour)
    elif code in TURNED:
        image = image.rotate(TURNED[code], expand=True, resample=Image.Resampling.BICUBIC)
        image = image.crop(image.getchannel("A").getbbox())
        if code in LAID:
            image = image.resize((image.width, round(image.height * LAID[code])))
    elif code in LAID:
        image = image.resize((image.width, round(image.height * LAID[code])))
    elif code in MOONED:
        image = _moonless(image)
    elif code in WATERLINES:
        image = image.crop((0, 0, image.width, round(image.height * WATERLINES[code])))
    elif kind == "bust":
        image = bodies.figure(image, code)
    return recolour(image, colour) if colour else image


def _moonless(image: Image.Image) -> Image.Image:
    """The illustration without what is more red than green, cut to what is left."""
    pixels = np.asarray(image).copy()
    warm = pixels[..., 0].astype(np.int16) - pixels[..., 1].astype(np.int16) > 8
    moon = Image.fromarray(((warm & (pixels[..., 3] > 0)) * np.uint8(255)).astype(np.uint8))
    wide = np.asarray(moon.filter(ImageFilter.MaxFilter(5 if image.width < 300 else 9)))
    pixels[..., 3] = np.where(wide > 0, 0, pixels[..., 3])
    kept = Image.fromarray(pixels)
    box = kept.getchannel("A").point(lambda value: 255 * (value > 40)).getbbox()
    return kept.crop(box)


def hand(image: Image.Image, side: int) -> tuple[float, float]:
    """Where somebody's hand is, in pixels of the picture: the outermost point between chest and
    knee on one side (-1 left, 1 right).
    """
    solid = np.asarray(image.getchannel("A")) > 128
    first = round(image.height * 0.5)
    band = solid[first : max(first + 1, round(image.height * 0.8))]
    columns = np.flatnonzero(band.any(axis=0))
    if not columns.size:
        return image.width / 2, image.height * 0.65
    x = int(columns[0] if side < 0 else columns[-1])
    rows = np.flatnonzero(band[:, x])
    inward = image.width * 0.03 * -side
    return x + inward, first + float(rows.mean())


def top_at(image: Image.Image, art: str) -> float:
    """Where something stands on it, in pixels from the top of its picture."""
    if art in SEATS:
        return image.height * SEATS[art]
    prop = PROPS.get(art.removeprefix("prop:"))
    if prop is not None and prop.top:
        return image.height * prop.top
    return top_near(image, 0.5)


def top_near(image: Image.Image, share: float) -> float:
    """The upper edge around a share of the width, in pixels from the top."""
    alpha = np.asarray(image.getchannel("A"))
    middle = alpha[:, round(image.width * (share - 0.12)) : round(image.width * (share + 0.12)) + 1]
    filled = np.flatnonzero((middle > 128).mean(axis=1) > 0.5)
    return float(filled[0]) if filled.size else 0.0


def feet(image: Image.Image) -> tuple[float, float]:
    """Left and right end of what touches the ground, in pixels."""
    alpha = np.asarray(image.getchannel("A"))
    sole = alpha[-max(2, image.height // 14) :]
    touching = np.flatnonzero((sole > 110).any(axis=0))
    if not touching.size:
        return image.width * 0.3, image.width * 0.7
    return float(touching[0]), float(touching[-1] + 1)
