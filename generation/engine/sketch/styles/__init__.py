"""The styles of the sketch painter: one table, name → how a finished drawing is turned into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256

from PIL import Image

from generation.engine.painter import ModelCard
from generation.engine.sketch.assets import fingerprint, illustrations

from . import flat, ink, pixel, poster, watercolour
from .sheet import Sheet


@dataclass(frozen=True)
class Style:
    """One way to draw, offered as a checkpoint."""

    name: str
    title: str
    description: str
    finish: Callable[[Sheet], Image.Image]
    illustrations: str = "3d"
    """The set of illustrations that things are drawn from."""

    @property
    def card(self) -> ModelCard:
        # One set of data stands behind every style: the name keeps their hashes apart.
        known = fingerprint()
        if self.name != DEFAULT:
            known = sha256(f"{known} {self.name}".encode()).hexdigest()
        text = f"{self.description} {HONEST}"
        return ModelCard(self.name, self.title, "Sketch", known, text)


DEFAULT = "sketch"
HONEST = "Draws scenes from illustrations by rules on a CPU; it is not a neural network."
STYLES: tuple[Style, ...] = (
    Style(DEFAULT, "Sketch 3-D", "Soft clay figures in soft light.", lambda sheet: sheet.image),
    Style("sketch-flat", "Sketch Flat", "Plain shapes in plain colours.", flat.finish, "flat"),
    Style(
        "sketch-watercolour",
        "Sketch Watercolour",
        "Wet washes that pool at their edges, on rough paper.",
        watercolour.finish,
    ),
    Style(
        "sketch-ink",
        "Sketch Ink Wash",
        "Black ink in five tones on rice paper, after Chinese ink painting.",
        ink.finish,
    ),
    Style("sketch-pixel", "Sketch Pixel", "Large pixels from a palette of 32.", pixel.finish),
    Style(
        "sketch-poster",
        "Sketch Poster",
        "A screen print in few inks, like an old travel poster.",
        poster.finish,
    ),
)


def style_of(name: str) -> Style:
    """The style that a checkpoint's name or title names; empty: the default. Raises KeyError."""
    if not name:
        return STYLES[0]
    for style in STYLES:
        if name in (style.name, style.title):
            return style
    raise KeyError(name)


@contextmanager
def wearing(style: Style) -> Iterator[None]:
    """Things are drawn from the style's illustrations inside."""
    token = illustrations.set(style.illustrations)
    try:
        yield
    finally:
        illustrations.reset(token)


__all__ = ["DEFAULT", "STYLES", "Sheet", "Style", "style_of", "wearing"]
