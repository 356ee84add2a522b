"""Flat: shapes in plain colours without any modelling; the sky in broad bands."""

from __future__ import annotations

from PIL import Image, ImageEnhance

from . import sheet
from .sheet import Sheet

COLOURS = 18


def finish(drawn: Sheet) -> Image.Image:
    plain = sheet.smoothed(ImageEnhance.Color(drawn.image).enhance(1.15), 2)
    return plain.quantize(COLOURS, kmeans=2, dither=Image.Dither.NONE).convert("RGB")
