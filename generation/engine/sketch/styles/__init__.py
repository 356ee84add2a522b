"""The styles of the sketch painter: one table, name → how a finished drawing is turned into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256

from PIL import Image

from generation.engine.painter import ModelCard
from generation.engine.sketch.assets import fingerprint
from generation.engine.sketch.manner import FLAT, MODELLED, manner

from . import flat, ink, pixel, poster, watercolour
from .sheet import Sheet


@dataclass(frozen=True)
class Style:
    """One way to draw, offered as a checkpoint."""

    name: str
    title: str
    description: str
    finish: Callable[[Sheet], Image.Image]
    manner: str = MODELLED
    """A name of manner.py."""
    outlines: bool = False
    """Whether `finish` uses the outlines of things."""

    @property
    def card(self) -> ModelCard:
        # One set of data stands behind several styles: the name keeps their hashes apart.
        known = fingerprint(self.manner)
        if self.name != DEFAULT:
            known = sha256(f"{known} {self.name}".encode()).hexdigest()
        text = f"{self.description} {HONEST}"
        return ModelCard(self.name, self.title, "Sketch", known, text)


DEFAULT = "sketch"
HONEST = "Draws scenes from illustrations by rules on a CPU; it is not a neural network."
STYLES: tuple[Style, ...] = (
    Style(DEFAULT, "Sketch 3-D", "Soft clay figures in soft light.", lambda sheet: sheet.image),
    Style("sketch-flat", "Sketch Flat", "Plain shapes in plain colours.", flat.finish, FLAT),
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
        outlines=True,
    ),
    Style(
        "sketch-pixel",
        "Sketch Pixel",
        "Large pixels from a palette of 32.",
        pixel.finish,
        outlines=True,
    ),
    Style(
        "sketch-poster",
        "Sketch Poster",
        "A screen print in few inks, like an old travel poster.",
        poster.finish,
        FLAT,
        outlines=True,
    ),
)


SPOKEN: dict[str, tuple[str, ...]] = {
    "sketch-ink": (
        *("ink wash", "ink painting", "ink style", "sumi-e", "chinese painting", "ink drawing"),
        *("水墨", "国画", "山水画"),
    ),
    "sketch-watercolour": ("watercolor", "watercolour", "水彩"),
    "sketch-pixel": ("pixel art", "pixelart", "8-bit", "8bit", "16-bit", "像素"),
    "sketch-poster": ("poster", "screen print", "screenprint", "海报"),
    "sketch-flat": (
        *("flat design", "flat style", "flat illustration", "vector art", "vector illustration"),
        *("cel shading", "扁平", "矢量"),
    ),
}
"""Words of a prompt that choose a style where the checkpoint is the default one."""


def style_for(name: str, prompt: str) -> Style:
    """The checkpoint's style; of the default one the style that the prompt speaks of."""
    style = style_of(name)
    if style.name != DEFAULT:
        return style
    text = prompt.lower()
    spoken = (at for at, words in SPOKEN.items() if any(word in text for word in words))
    return style_of(next(spoken, ""))


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
    """Everything inside is drawn in the style's manner."""
    token = manner.set(style.manner)
    try:
        yield
    finally:
        manner.reset(token)


__all__ = ["DEFAULT", "STYLES", "Sheet", "Style", "style_for", "style_of", "wearing"]
