"""Accents: what the sketch painter offers as LoRAs. Each lays a light, a tone or a texture over
the drawing; a weight of 0 changes nothing, 1 is the accent as it is meant, 2 the most.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generation.engine.painter import Extra

from .chance import Chance
from .raster import Pixels, glow, grain, rgb, soften
from .styles import sheet

_NAMED = re.compile(r"<lora:([^<>:]+)(?::([^<>:]*))?[^<>]*>", re.IGNORECASE)
MOST = 2.0


@dataclass(frozen=True)
class Ground:
    """What an accent works on."""

    pixels: Pixels
    """(height, width, 3), 0 … 1."""
    chance: Chance

    @property
    def size(self) -> tuple[int, int]:
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def unit(self) -> float:
        return min(self.size) / 512


Accent = Callable[[Ground], Pixels]
"""The pixels at weight 1."""


def _vec(code: str) -> Pixels:
    return np.asarray(rgb(code), dtype=np.float32) / np.float32(255)


def _screen(pixels: NDArray[Any], light: NDArray[Any]) -> Pixels:
    return np.asarray(1 - (1 - pixels) * (1 - light), dtype=np.float32)


def _spot(ground: Ground, x: float, y: float, radius: float) -> Pixels:
    width, height = ground.size
    disc = glow(ground.size, (x * width, y * height), radius * max(width, height))
    return np.asarray(disc, dtype=np.float32)[:, :, None] / np.float32(255)


def _vignette(ground: Ground, strength: float) -> Pixels:
    return 1 - np.float32(strength) * (1 - _spot(ground, 0.5, 0.5, 0.95))


def sunset_glow(ground: Ground) -> Pixels:
    """Low warm light from one side, long violet shade at the other."""
    side = ground.chance.pick((0.08, 0.92))
    sun = _spot(ground, side, 0.34, 0.95)
    shade = _vec("#7d4a9c") * 0.62 + 0.38
    warm = ground.pixels * (shade + (_vec("#ffe9cf") - shade) * sun)
    return _screen(warm, _vec("#ff7d2e") * sun * np.float32(0.7))


def pastel(ground: Ground) -> Pixels:
    """Powdered colours."""
    grey = sheet.luma(ground.pixels)[:, :, None]
    soft = grey + (ground.pixels - grey) * np.float32(0.68)
    return np.asarray(
        soft * np.float32(0.56) + _vec("#fff3f4") * np.float32(0.43), dtype=np.float32
    )


def noir(ground: Ground) -> Pixels:
    """Black and white, hard light, grain."""
    grey = sheet.luma(ground.pixels)
    hard = ((grey - np.float32(0.45)) * np.float32(1.5) + np.float32(0.42)).clip(0, 1)
    width, height = ground.size
    hard = hard + grain(height, width, ground.chance.whole(0, 999)) * np.float32(0.09)
    return np.asarray(hard[:, :, None] * _vignette(ground, 0.72), dtype=np.float32).repeat(
        3, axis=2
    )


def neon(ground: Ground) -> Pixels:
    """A dark scene whose edges glow magenta and cyan."""
    light = sheet.luma(ground.pixels)
    edge = (sheet.steep(sheet.blur(light, 0.9 * ground.unit)) * 3.2).clip(0, 1)
    wide = sheet.blur(edge, 5 * ground.unit) * np.float32(1.5) + edge
    blend = np.linspace(0, 1, ground.size[0], dtype=np.float32)[None, :, None]
    tube = _vec("#ff2fd0") * (1 - blend) + _vec("#19e3ff") * blend
    dark = ground.pixels * (_vec("#5a4fd0") * 0.5 + 0.05)
    return _screen(dark, (tube * wide[:, :, None]).clip(0, 1))


def vintage_film(ground: Ground) -> Pixels:
    """Faded blacks, amber lights, grain, a leak of light."""
    grey = sheet.luma(ground.pixels)[:, :, None]
    faded = grey + (ground.pixels - grey) * np.float32(0.62)
    faded = faded * (_vec("#ffe7bd") - _vec("#2a3038")) + _vec("#2a3038")
    width, height = ground.size
    noise = grain(height, width, ground.chance.whole(0, 999))[:, :, None] * np.float32(0.1)
    leak = _spot(ground, ground.chance.pick((0.0, 1.0)), ground.chance(0, 1), 0.42)
    return _screen((faded + noise) * _vignette(ground, 0.3), _vec("#ff6a2b") * leak * 0.6)


def gold_leaf(ground: Ground) -> Pixels:
    """Golden contours, and flakes of leaf."""
    light = sheet.luma(ground.pixels)
    edge = (sheet.steep(sheet.blur(light, 0.8 * ground.unit)) * 5 - 0.25).clip(0, 1)
    flakes = sheet.cloud(ground.size, 46 * ground.unit, ground.chance.whole(0, 9999), 5)
    leaf = ((flakes - np.float32(0.2)) * 16).clip(0, 1) * np.float32(0.85)
    shine = sheet.cloud(ground.size, 9 * ground.unit, 5, 2) * np.float32(0.55) + np.float32(0.5)
    gold = _vec("#8f5f12") + (_vec("#ffe9a0") - _vec("#8f5f12")) * shine.clip(0, 1)[:, :, None]
    return sheet.over(ground.pixels, gold, np.maximum(edge, leaf))


def snow_dust(ground: Ground) -> Pixels:
    """Snow on every upper edge, and flakes in the air."""
    light = sheet.luma(ground.pixels)
    smooth = sheet.blur(light, 1.6 * ground.unit)
    below = np.roll(smooth, -max(2, round(5 * ground.unit)), axis=0)
    lying = (np.abs(smooth - below) * 7 - 0.5).clip(0, 1)
    lying[-round(6 * ground.unit) - 1 :] = 0
    lying = (sheet.blur(lying, 2.0 * ground.unit) * 2.4 - 0.2).clip(0, 1)
    air = _discs(ground, 170, (0.0015, 0.0075), 0.7)
    cool = ground.pixels * np.float32(0.9) + _vec("#dfeaff") * np.float32(0.1)
    return sheet.over(cool, np.ones_like(cool), np.maximum(lying, air).clip(0, 0.95))


def bokeh(ground: Ground) -> Pixels:
    """Lamps far out of focus."""
    lit_ = ground.pixels * np.float32(0.94)
    for colour in ("#ffb65c", "#ff7fa6", "#6fc4ff"):
        discs = _discs(ground, 8, (0.03, 0.1), 1.2)[:, :, None]
        lit_ = _screen(lit_, _vec(colour) * discs * np.float32(0.62))
    return lit_


def _discs(ground: Ground, count: int, sizes: tuple[float, float], soft: float) -> Pixels:
    """Filled circles all over, 0 … 1; sizes in shares of the longer side."""
    width, height = ground.size
    mask = Image.new("L", ground.size)
    for _ in range(count):
        radius = max(1.0, ground.chance(*sizes) * max(width, height))
        x, y = ground.chance(0, width), ground.chance(0, height)
        side = max(3, round(radius * 2) + 2)
        line = (np.arange(side, dtype=np.float32) - (side - 1) / 2) / np.float32(radius)
        far = np.sqrt(line[None, :] ** 2 + line[:, None] ** 2)
        disc = ((1 - far) * np.float32(radius)).clip(0, 1) * (0.55 + 0.45 * far.clip(0, 1))
        ink = round(255 * ground.chance(0.45, 1.0))
        at = round(x - side / 2), round(y - side / 2)
        mask.paste(
            ink, (*at, at[0] + side, at[1] + side), Image.fromarray((disc * 255).astype("u1"))
        )
    return sheet.values(soften(mask, max(0.4, soft * ground.unit)))


ACCENTS: dict[str, tuple[Accent, str]] = {
    "sunset-glow": (sunset_glow, "Low warm light from one side."),
    "pastel": (pastel, "Soft powdered colours."),
    "noir": (noir, "Black and white with hard light."),
    "neon": (neon, "Dark, with edges that glow magenta and cyan."),
    "vintage-film": (vintage_film, "Faded, warm, grainy, with a leak of light."),
    "gold-leaf": (gold_leaf, "Golden contours and flakes."),
    "snow-dust": (snow_dust, "Snow on upper edges and in the air."),
    "bokeh": (bokeh, "Large soft lights in front."),
}
OFFERED = tuple(Extra(name, "Sketch", description=text) for name, (_, text) in ACCENTS.items())


def named(prompt: str) -> list[tuple[str, float]]:
    """The accents that a prompt names as <lora:name:weight>, in order; weight 1 where it says
    none, -2 … 2. Raises ValueError: a weight that is no number."""
    found = []
    for name, weight in _NAMED.findall(prompt):
        text = weight.strip()
        found.append((name.strip(), min(max(float(text) if text else 1.0, -MOST), MOST)))
    return found


def apply(
    picture: Image.Image, name: str, weight: float, chance: Chance, *, wraps: bool = False
) -> Image.Image:
    """The RGB picture under an accent. Raises KeyError for a name that is none."""
    accent, _ = ACCENTS[name]
    if not weight:
        return picture
    pixels = sheet.values(picture)
    changed = accent(Ground(pixels, chance)).clip(0, 1)
    mixed = pixels + (changed - pixels) * np.float32(weight)
    return sheet.picture(mixed.astype(np.float32))
