"""Flat: drawn from plain shapes without modelling (manner.py); nothing is left to do at the end."""

from __future__ import annotations

from PIL import Image

from .sheet import Sheet


def finish(drawn: Sheet) -> Image.Image:
    return drawn.image
