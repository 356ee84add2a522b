"""Pixels: gradients, soft lights, ridges, shadows. Only additions and multiplications touch
pixels, and what needs a root or a sine is rounded first, so that machines with other vector units
give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from .chance import Chance
from .manner import is_flat

Colour = tuple[int, int, int]
Pixels = NDArray[np.float32]

BANDS = 2
"""Flat skies: plain bands between two colours of a gradient."""


def rgb(code: str) -> Colour:
    """ "#4aa3f0" → (74, 163, 240)."""
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`share` (0 … 1) of the second colour in the first."""
    r, g, b = (round(a + (z - a) * share) for a, z in zip(first, second, strict=True))
    return r, g, b


def lit(colour: Colour, factor: float) -> Colour:
    """Darker below 1; above 1 towards white."""
    if factor <= 1:
        return mix((0, 0, 0), colour, max(factor, 0.0))
    return mix(colour, (255, 255, 255), min(factor - 1, 1.0))


def grain(height: int, width: int, seed: int) -> Pixels:
    """White noise of -0.5 … 0.5 by an integer hash: hides the bands of long gradients."""
    lines = np.arange(height, dtype=np.uint32)[:, None] * np.uint32(0x9E3779B1)
    columns = np.arange(width, dtype=np.uint32)[None, :] * np.uint32(0x85EBCA77)
    mixed = lines ^ columns ^ np.uint32(seed & 0xFFFFFFFF)
    mixed = (mixed ^ (mixed >> np.uint32(15))) * np.uint32(0x2C1B3C6D)
    mixed = (mixed ^ (mixed >> np.uint32(12))) * np.uint32(0x297A2D39)
    return ((mixed >> np.uint32(8)).astype(np.float32) * np.float32(2**-24)) - np.float32(0.5)


def gradient(size: tuple[int, int], stops: Sequence[Colour]) -> Image.Image:
    """From the first colour at the top to the last at the bottom, evenly spaced, dithered."""
    width, height = size
    places = np.linspace(0, len(stops) - 1, max(height, 2), dtype=np.float32)[:height]
    if is_flat():
        places = np.floor(places * BANDS + np.float32(0.5)) / np.float32(BANDS)
    below = np.minimum(places.astype(np.int32), len(stops) - 2)
    share = (places - below)[:, None]
    table = np.asarray(stops, dtype=np.float32)
    column = table[below] * (1 - share) + table[below + 1] * share
    noise = grain(height, width, len(stops))[:, :, None] * np.float32(not is_flat())
    return Image.fromarray(
        (column[:, None, :] + noise + np.float32(0.5)).clip(0, 255).astype(np.uint8)
    )


def blank(size: tuple[int, int], value: int = 0) -> Image.Image:
    """An empty mask."""
    return Image.new("L", size, value)


def soften(mask: Image.Image, radius: float) -> Image.Image:
    """A Gaussian blur; wide ones are done at a lower resolution."""
    scale = 1
    while radius / scale > 12 and min(mask.size) / scale > 32:
        scale *= 2
    if scale == 1:
        return mask.filter(ImageFilter.GaussianBlur(radius))
    small = mask.resize(
        (max(mask.width // scale, 1), max(mask.height // scale, 1)), Image.Resampling.BOX
    )
    blurred = small.filter(ImageFilter.GaussianBlur(radius / scale))
    return blurred.resize(mask.size, Image.Resampling.BICUBIC)


def glow(size: tuple[int, int], centre: tuple[float, float], radius: float) -> Image.Image:
    """A mask that falls from 255 at the centre to 0 at the radius."""
    width, height = size
    across = ((np.arange(width, dtype=np.float32) - centre[0]) / radius) ** 2
    down = ((np.arange(height, dtype=np.float32) - centre[1]) / radius) ** 2
    inside = np.maximum(1 - (across[None, :] + down[:, None]), 0)
    return Image.fromarray((inside * inside * inside * 255).astype(np.uint8))


def enlarged(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """An RGBA picture made larger without getting soft: its outline is cut anew at half of the
    widened edge, and edges inside are steepened by what widening took from them."""
    scale = size[1] / image.height
    solid = image.getchannel("A").point(lambda value: 255 if value > 200 else 0)
    # Beyond the outline go its own colours, or the new edge would show what lay under nothing.
    around = image.convert("RGBa").filter(ImageFilter.GaussianBlur(3)).convert("RGBA")
    colours = Image.composite(image.convert("RGB"), around.convert("RGB"), solid)
    calm = colours.filter(ImageFilter.GaussianBlur(0.7))
    large = calm.resize(size, Image.Resampling.BICUBIC)
    large = large.filter(ImageFilter.UnsharpMask(0.9 * scale, 135, 5))
    outline = image.getchannel("A").resize(size, Image.Resampling.BICUBIC)
    outline = outline.filter(ImageFilter.GaussianBlur(0.4 * scale))
    steep = max(1.0, 1.1 * scale)
    large.putalpha(outline.point([round((value - 127.5) * steep + 127.5) for value in range(256)]))
    return large


def thin(mask: Image.Image, share: float) -> Image.Image:
    """The mask at `share` (0 … 1) of its strength."""
    return mask.point([round(value * share) for value in range(256)])


def ridge(chance: Chance, width: int, bumps: float, rough: float = 0.5) -> Pixels:
    """A smooth random line of `width` values in about -1 … 1 with `bumps` hills across; rough
    adds detail.
    """
    line = np.zeros(width, dtype=np.float32)
    strength, total = 1.0, 0.0
    for _ in range(4):
        knots = np.asarray([chance(-1, 1) for _ in range(int(bumps) + 3)], dtype=np.float32)
        place = np.linspace(0, bumps, width, dtype=np.float32)
        low = place.astype(np.int32)
        share = place - low
        share = share * share * (3 - 2 * share)
        line += np.float32(strength) * (knots[low] * (1 - share) + knots[low + 1] * share)
        total += strength
        bumps, strength = bumps * 2, strength * rough
        if rough <= 0:
            break
    return line / np.float32(total)


def below(line: Pixels, height: int) -> Image.Image:
    """The mask of what lies below a line of y values, with smooth edges."""
    down = np.arange(height, dtype=np.float32)[:, None]
    return Image.fromarray(((down - line[None, :] + 0.5).clip(0, 1) * 255).astype(np.uint8))


def polygon(
    size: tuple[int, int], points: Sequence[tuple[float, float]], fine: int = 3
) -> Image.Image:
    """A smooth-edged mask of a polygon."""
    big = blank((size[0] * fine, size[1] * fine))
    ImageDraw.Draw(big).polygon([(x * fine, y * fine) for x, y in points], fill=255)
    return big.resize(size, Image.Resampling.BOX)


def ellipse(
    size: tuple[int, int], box: tuple[float, float, float, float], fine: int = 3
) -> Image.Image:
    """A smooth-edged mask of an ellipse in a box of left, top, right, bottom."""
    big = blank((size[0] * fine, size[1] * fine))
    left, top, right, bottom = (round(value * fine) for value in box)
    ImageDraw.Draw(big).ellipse((left, top, max(right, left + 1), max(bottom, top + 1)), fill=255)
    return big.resize(size, Image.Resampling.BOX)


def multiply(image: Image.Image, tint: tuple[float, float, float]) -> Image.Image:
    """The picture under coloured light; alpha stays."""
    tables = [[min(255, round(value * part)) for value in range(256)] for part in tint]
    flat = tables[0] + tables[1] + tables[2]
    if image.mode == "RGBA":
        flat += list(range(256))
    return image.point(flat)


def veil(image: Image.Image, colour: Colour, share: float) -> Image.Image:
    """An RGBA picture behind `share` (0 … 1) of haze."""
    tables = [[round(v + (part - v) * share) for v in range(256)] for part in colour]
    return image.point(tables[0] + tables[1] + tables[2] + list(range(256)))
