"""Pixel art: a grid of large pixels, a small palette, dark outlines around things."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from .sheet import Sheet

CELLS = 128
"""Large pixels along the shorter side."""
COLOURS = 32
RIM = 58
"""How much of a large pixel an outline covers, of 255, where it becomes one."""
BAYER = np.asarray(
    ((0, 8, 2, 10), (12, 4, 14, 6), (3, 11, 1, 9), (15, 7, 13, 5)), dtype=np.float32
) / np.float32(16) - np.float32(0.47)


def finish(drawn: Sheet) -> Image.Image:
    width, height = drawn.image.size
    cell = max(2, min(width, height) // CELLS)
    grid = -(-width // cell), -(-height // cell)
    small = ImageEnhance.Color(drawn.image).enhance(1.22).resize(grid, Image.Resampling.BOX)
    small = small.filter(ImageFilter.UnsharpMask(1, 90, 2))
    small = _quantised(small)
    small = _outlined(small, drawn)
    large = small.resize((grid[0] * cell, grid[1] * cell), Image.Resampling.NEAREST)
    return large.crop((0, 0, width, height))


def _quantised(small: Image.Image) -> Image.Image:
    """Few colours; what lies between two of them is an ordered pattern of both."""
    palette = small.quantize(COLOURS, Image.Quantize.MEDIANCUT, kmeans=2)
    pattern = np.tile(BAYER, (-(-small.height // 4), -(-small.width // 4)))
    pattern = pattern[: small.height, : small.width, None] * np.float32(13)
    dithered = (np.asarray(small, dtype=np.float32) + pattern).clip(0, 255).astype("u1")
    return (
        Image.fromarray(dithered).quantize(palette=palette, dither=Image.Dither.NONE).convert("RGB")
    )


def _outlined(small: Image.Image, drawn: Sheet) -> Image.Image:
    """One dark pixel along the rim of each thing."""
    rims = drawn.rims or Image.new("L", drawn.image.size)
    rim = np.asarray(rims.resize(small.size, Image.Resampling.BOX)) > RIM
    pixels = np.asarray(small).copy()
    pixels[rim] = (pixels[rim] * np.asarray((0.42, 0.36, 0.48))).astype("u1")
    return Image.fromarray(pixels)
