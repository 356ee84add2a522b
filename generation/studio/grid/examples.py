"""Grids that a first visitor can paint with one click."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.actor import Actor
from catalog import access as catalog
from catalog.kinds import Kind
from generation.studio.offers import Example

_STYLES = ("sketch", "sketch-ink", "sketch-poster")
_ACCENT = "gold-leaf"


def examples(actor: Actor) -> list[Example]:
    """Those that the tenant's models can paint; scripts/sketch_grids.py painted the pictures."""
    found = [_words()]
    models = {entry.name for entry in catalog.choices(Kind.CHECKPOINT, actor.tenant_id)}
    if models.issuperset(_STYLES):
        found.append(_styles())
    accents = {entry.name for entry in catalog.choices(Kind.LORA, actor.tenant_id)}
    if _ACCENT in accents:
        found.append(_weights())
    return found


def _words() -> Example:
    fields = {
        "prompt": _("a cat in the forest"),
        "x": "prompt",
        "x_values": _("cat, fox, panda"),
        "y": "prompt",
        "y_values": _("forest, snow, city"),
    }
    caption = _("Words: three animals in three places")
    return Example(caption, "easel/examples/grid-words.webp", fields)


def _styles() -> Example:
    fields = {
        "prompt": _("a lighthouse by the sea"),
        "x": "checkpoint",
        "x_values": ", ".join(_STYLES),
        "y": "seed",
        "y_values": "1, 2, 3",
    }
    caption = _("Models: one prompt in three of them, three seeds")
    return Example(caption, "easel/examples/grid-styles.webp", fields)


def _weights() -> Example:
    fields = {
        "prompt": _("a castle on a hill"),
        "x": "lora",
        "x_values": f"{_ACCENT}: 0, 0.6, 1.2",
        "y": "seed",
        "y_values": "4, 5, 6",
    }
    caption = _("A LoRA: without it, with some, with much")
    return Example(caption, "easel/examples/grid-weights.webp", fields)
