"""Ink wash after Chinese painting: ink in few tones, brush contours, much bare paper, a seal."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from generation.engine.sketch.raster import Pixels

from . import sheet
from .sheet import Sheet

PAPER = np.asarray((0.957, 0.929, 0.871), dtype=np.float32)
INK = np.asarray((0.102, 0.106, 0.125), dtype=np.float32)
TONES = 5
"""焦浓重淡清: burnt, thick, heavy, light, clear."""
SEAL = (178, 41, 34)


def finish(drawn: Sheet) -> Image.Image:
    unit, size = drawn.unit, drawn.image.size
    hand = sheet.wobbled(drawn.image, 2.4 * unit, 22 * unit, drawn.seed)
    things = sheet.blur(sheet.values(drawn.things), 1.4 * unit)
    pixels = sheet.values(sheet.smoothed(hand, 2))
    light = sheet.luma(pixels)
    density = _tones(_levels(light, things), size, unit, drawn.seed)
    lines = _contours(light, things, drawn)
    paper = (
        PAPER * (1 + 0.02 * sheet.cloud(size, 3 * unit, 31, 2) + _fibres(size, unit))[:, :, None]
    )
    tint = _tinted(pixels, light)
    painted = paper * (1 - density[:, :, None] * (1 - tint))
    painted = sheet.over(painted, np.broadcast_to(INK, painted.shape), lines)
    image = sheet.picture(painted.astype(np.float32))
    _seal(image, unit)
    return image


def _levels(light: Pixels, things: Pixels) -> Pixels:
    """How much ink: the ground stays pale whatever the hour, so that paper speaks."""
    low, high = np.percentile(light[::4, ::4], (2, 96))
    dark = 1 - ((light - low) / max(float(high - low), 0.15)).clip(0, 1)
    ground = sheet.blur(dark, 4) ** np.float32(1.4) * np.float32(0.42)
    own = 1 - light.clip(0, 1)
    thing = (own * np.float32(1.12)).clip(0, 1) ** np.float32(1.15)
    return np.asarray(ground + (thing - ground) * things, dtype=np.float32)


def _tones(density: Pixels, size: tuple[int, int], unit: float, seed: int) -> Pixels:
    """Few tones that bleed into each other at uneven borders."""
    uneven = density + sheet.cloud(size, 34 * unit, seed + 3, 4) * np.float32(0.075)
    scaled = uneven * TONES
    whole = np.floor(scaled)
    step = ((scaled - whole - np.float32(0.5)) * 3 + np.float32(0.5)).clip(0, 1)
    toned = ((whole + step) / TONES).clip(0, 1)
    wet = sheet.cloud(size, 110 * unit, seed + 8, 2) * np.float32(0.1)
    return np.asarray((toned * (np.float32(0.9) + wet)).clip(0, 1), dtype=np.float32)


def _contours(light: Pixels, things: Pixels, drawn: Sheet) -> Pixels:
    """Brush lines: differences of two blurs inside, outlines around; thick and thin as the hand
    presses."""
    unit, size, seed = drawn.unit, drawn.image.size, drawn.seed
    near, far = sheet.blur(light, 1.0 * unit), sheet.blur(light, 2.6 * unit)
    press = np.float32(1.0) + sheet.cloud(size, 40 * unit, seed + 4, 2) * np.float32(0.9)
    inner = ((far - near) * 15 * press - np.float32(0.22)).clip(0, 1)
    hand = sheet.wobbled(sheet.picture(drawn.outlines), 2.4 * unit, 22 * unit, seed)
    rim = (sheet.blur(sheet.values(hand), 0.9 * unit) * 1.9 * press - np.float32(0.12)).clip(0, 1)
    dry = sheet.cloud(size, 2.4 * unit, seed + 6, 1) * np.float32(0.9) + np.float32(0.95)
    inside = np.float32(0.3) + np.float32(0.7) * things
    lines = np.maximum(inner * inside, rim * np.float32(0.85)) * dry.clip(0, 1)
    return np.asarray(lines.clip(0, 0.95), dtype=np.float32)


def _tinted(pixels: Pixels, light: Pixels) -> Pixels:
    """The ink's own colour, with a breath of mineral pigment: most for reds and yellows."""
    chroma = pixels - light[:, :, None]
    warm = (pixels[:, :, 0] - pixels[:, :, 2]).clip(0, 1)[:, :, None]
    tint = INK + np.float32(0.1) + chroma * (np.float32(0.28) + warm * np.float32(0.75))
    tint = tint + warm * light[:, :, None] * np.float32(0.42)
    return np.asarray(tint.clip(0, 1), dtype=np.float32)


def _fibres(size: tuple[int, int], unit: float) -> Pixels:
    """Long threads in the paper."""
    thread = sheet.cloud((max(2, size[0] // 12), size[1]), 2 * unit, 19, 1)
    wide = Image.fromarray(thread).resize(size, Image.Resampling.BICUBIC)
    return np.asarray(wide, dtype=np.float32) * np.float32(0.02)


def _seal(image: Image.Image, unit: float) -> None:
    """A red seal in the lower corner: 画, drawn with strokes."""
    side = round(34 * unit)
    stamp = Image.new("L", (160, 160))
    pen = ImageDraw.Draw(stamp)
    pen.rounded_rectangle((4, 4, 156, 156), 22, fill=255)
    strokes = (
        ((34, 38), (126, 38)),
        ((52, 58), (108, 58), (108, 104), (52, 104), (52, 58)),
        ((52, 81), (108, 81)),
        ((80, 38), (80, 104)),
        ((34, 66), (34, 126), (126, 126), (126, 66)),
    )
    for stroke in strokes:
        pen.line(stroke, fill=0, width=11, joint="curve")
    stamp = stamp.resize((side, side), Image.Resampling.LANCZOS)
    worn = sheet.cloud((side, side), max(1.5, 5 * unit), 3, 2) * 90 + 226
    stamp = Image.fromarray(np.minimum(np.asarray(stamp), worn.clip(0, 255)).astype("u1"))
    at = image.width - side - round(18 * unit), image.height - side - round(18 * unit)
    image.paste(SEAL, (at[0], at[1], at[0] + side, at[1] + side), stamp)
