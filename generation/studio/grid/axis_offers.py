"""What the form offers as axes: their names, how values are typed, and those to pick from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from catalog import access as catalog
from catalog.kinds import Kind
from catalog.models import Lora
from generation.axes import NONE, PARAMETERS, Axis

MOST_PICKED = 60
TITLES: dict[str, Any] = {
    "prompt": gettext_lazy("Words"),
    "seed": gettext_lazy("Seed"),
    "steps": gettext_lazy("Steps"),
    "cfg_scale": "CFG",
    "sampler": gettext_lazy("Sampler"),
    "checkpoint": gettext_lazy("Model"),
    "vae": "VAE",
    "style": gettext_lazy("Style"),
    "lora": gettext_lazy("Weight of a LoRA"),
    "clip_skip": gettext_lazy("CLIP skip"),
    "size": gettext_lazy("Size"),
    "hires_scale": gettext_lazy("Times larger"),
    "denoising": gettext_lazy("Denoising"),
    "subseed_strength": gettext_lazy("Variation strength"),
}
assert set(TITLES) == set(PARAMETERS)
_HINTS: dict[str, Any] = {
    "prompt": gettext_lazy(
        "The first stands in the prompt and is replaced by the others: cat, dog, fox"
    ),
    "seed": gettext_lazy("1, 2, 3 or 1-10; -1 draws one"),
    "size": gettext_lazy("512x512, 512x768"),
    "lora": gettext_lazy("name: 0, 0.5, 1"),
}
_NUMBERS = gettext_lazy("Numbers or ranges: 1, 2, 3 · 1-5 (+2) · 1-10 [5]")
_NAMES = gettext_lazy("Names with commas between; a click below adds one")
_SUGGESTED = {
    "steps": ("8", "12", "20", "30"),
    "cfg_scale": ("3", "5", "7", "9", "12"),
    "clip_skip": ("1", "2", "3"),
    "size": ("512x512", "512x768", "768x512", "768x768"),
    "hires_scale": ("1.5", "2"),
    "denoising": ("0.3", "0.5", "0.7"),
    "subseed_strength": ("0", "0.1", "0.2", "0.4"),
    "seed": ("1", "2", "3", "4", "5"),
}


@dataclass(frozen=True)
class AxisOffer:
    name: str
    title: str
    hint: str
    picks: list[str]


def choices() -> list[tuple[str, Any]]:
    return [(name, TITLES[name]) for name in PARAMETERS]


def offers(actor: Actor) -> dict[str, AxisOffer]:
    """By name, for the page's script."""
    picks = _picks(actor)
    return {
        name: AxisOffer(name, str(TITLES[name]), _hint(name), picks.get(name, []))
        for name in PARAMETERS
    }


def title_of(axis: Axis) -> str:
    """As the sheet's edge says it."""
    title = str(TITLES[axis.name])
    if axis.subject:
        return _("%(title)s: %(subject)s") % {"title": title, "subject": axis.subject}
    return title


def _hint(name: str) -> str:
    fallback = _NUMBERS if PARAMETERS[name].is_number else _NAMES
    return str(_HINTS.get(name, fallback))


def _picks(actor: Actor) -> dict[str, list[str]]:
    def names(kind: Kind) -> list[str]:
        found = catalog.choices(kind, actor.tenant_id)
        return [entry.name for entry in found if entry.online][:MOST_PICKED]

    loras = catalog.choices(Kind.LORA, actor.tenant_id)[:MOST_PICKED]
    return {
        **{name: list(values) for name, values in _SUGGESTED.items()},
        "checkpoint": names(Kind.CHECKPOINT),
        "vae": ["Automatic", *names(Kind.VAE)],
        "style": [NONE, *names(Kind.STYLE)],
        "sampler": catalog.sampler_names(actor.tenant_id)[:MOST_PICKED],
        "lora": [f"{entry.simplify_name}: 0, 0.5, 1" for entry in loras if isinstance(entry, Lora)],
    }
