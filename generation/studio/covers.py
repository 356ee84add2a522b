"""The picture that stands for a thing of the catalog: its own, one of ours, or a tint."""

from __future__ import annotations

from zlib import crc32

from django.templatetags.static import static

from catalog.kinds import Kind
from catalog.models import BaseModel, Entry

_TINTS = 5  # colours of what has no cover: .picker__cover--1 and on
# The sketch painter's: scripts/sketch_covers.py painted them.
_STYLES = frozenset(
    {
        *("sketch", "sketch-flat", "sketch-watercolour"),
        *("sketch-ink", "sketch-pixel", "sketch-poster"),
    }
)
_ACCENTS = frozenset(
    {
        *("sunset-glow", "pastel", "noir", "neon"),
        *("vintage-film", "gold-leaf", "snow-dust", "bokeh"),
    }
)


def cover_of(entry: Entry) -> str:
    """An address on this server, "" without one. The page shows no picture of another server: its
    policy forbids it."""
    if entry.cover_url.startswith("/"):
        return entry.cover_url
    if entry.base_model != BaseModel.SKETCH:
        return ""
    if entry.KIND == Kind.CHECKPOINT and entry.name in _STYLES:
        return static(f"easel/covers/{entry.name}.webp")
    if entry.KIND == Kind.LORA and entry.name in _ACCENTS:
        return static(f"easel/covers/lora-{entry.name}.webp")
    return ""


def tint_of(name: str) -> int:
    """1 to 5, always the same for a name."""
    return crc32(name.encode()) % _TINTS + 1
