"""Watercolour: washes with dark wet edges, granulation, an unpainted margin of rough paper."""

from __future__ import annotations

import numpy as np
from PIL import Image

from generation.engine.sketch.raster import Pixels

from . import sheet
from .sheet import Sheet

PAPER = np.asarray((0.988, 0.973, 0.941), dtype=np.float32)


def finish(drawn: Sheet) -> Image.Image:
    unit, size = drawn.unit, drawn.image.size
    hand = sheet.wobbled(drawn.image, 3.2 * unit, 26 * unit, drawn.seed)
    wash = sheet.values(sheet.smoothed(hand, 2 if unit < 1.5 else 3))
    light = sheet.luma(wash)
    # Pigment is carried outwards while a wash dries: a dark rim just inside every edge.
    rim = sheet.blur((sheet.steep(sheet.blur(light, 1.1 * unit)) * 2.6).clip(0, 1), 0.8 * unit)
    pooled = sheet.cloud(size, 90 * unit, drawn.seed + 5)
    grainy = sheet.cloud(size, 5 * unit, drawn.seed + 9, 2)
    tooth = sheet.cloud(size, 2.2 * unit, 77, 1)
    density = 0.8 + 0.2 * pooled + 0.1 * grainy
    strength = (density + rim * 0.85)[:, :, None]
    # Pigment is transparent: more of it multiplies what the paper throws back.
    colour = np.power(wash.clip(0.03, 1), strength * np.float32(0.92))
    mean = colour.mean(axis=2, keepdims=True)
    colour = (mean + (colour - mean) * np.float32(1.18)).clip(0, 1)
    covered = _margin(size, unit, drawn.seed)
    painted = PAPER * (1 - covered[:, :, None] * (1 - colour))
    painted *= (1 + 0.03 * tooth + 0.015 * grainy)[:, :, None]
    return sheet.picture(painted.astype(np.float32))


def _margin(size: tuple[int, int], unit: float, seed: int) -> Pixels:
    """1 where the brush went; it leaves an uneven border, darker where it stopped."""
    width, height = size
    across = np.minimum(np.arange(width), np.arange(width)[::-1]).astype(np.float32)
    down = np.minimum(np.arange(height), np.arange(height)[::-1]).astype(np.float32)
    inside = np.minimum(across[None, :], down[:, None]) / np.float32(unit)
    inside = inside + sheet.cloud(size, 60 * unit, seed + 21, 4) * np.float32(17)
    edge = ((inside - 14) / 4).clip(0, 1)
    stop = ((1 - np.abs(inside - 19) / 5).clip(0, 1)) * np.float32(0.22)
    return np.asarray(edge * (np.float32(0.93) + stop), dtype=np.float32)
