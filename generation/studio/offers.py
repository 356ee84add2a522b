"""What the form offers: models, styles, names to choose from, ratios, examples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.actor import Actor
from catalog import access as catalog
from catalog.examples import BUILT_IN_UPSCALERS
from catalog.kinds import Kind, folded
from catalog.models import Checkpoint, Style
from generation.qr.styles import LOOKS
from generation.request import MAX_SIDE
from generation.studio import covers
from generation.wording.schedules import SCHEDULERS

EXAMPLE_CONTENT = "https://example.com/"
MOST_MODELS = 60  # cards at once; the search finds the others
FEW_MODELS = 8  # are looked through faster than searched


@dataclass(frozen=True, kw_only=True)
class Model:
    name: str
    title: str
    family: str
    cover: str
    tint: int
    side: int  # pixels: the side of the square that it was made for


@dataclass(frozen=True, kw_only=True)
class ModelCards:
    """``cards`` of the ``found`` of all ``total``."""

    cards: list[Model]
    families: list[str]
    found: int
    total: int

    @property
    def hidden(self) -> int:
        return self.found - len(self.cards)

    @property
    def can_search(self) -> bool:
        return self.total > FEW_MODELS


@dataclass(frozen=True, kw_only=True)
class StyleOffer:
    """With its words for the prompt and for the negative one."""

    name: str
    title: str
    prompt: str
    negative_prompt: str

    @property
    def adds(self) -> str:
        return self.prompt.replace("{prompt}", "…").strip(" ,")


@dataclass(frozen=True, kw_only=True)
class Ratio:
    wide: int
    high: int
    title: str

    @property
    def name(self) -> str:
        return f"{self.wide}:{self.high}"

    @property
    def icon(self) -> str:
        return f"r{self.wide}{self.high}"


@dataclass(frozen=True)
class Example:
    """``fields``: what the form sends for it."""

    caption: str
    picture: str  # a static file
    fields: Mapping[str, str]


def models(actor: Actor) -> list[Model]:
    """The checkpoints that the tenant can have now, by title."""
    found = [_model(entry) for entry in _checkpoints(actor)]
    return sorted(found, key=_by_title)


def model_cards(actor: Actor, query: str = "", chosen: str = "") -> ModelCards:
    """Those that a ``query`` finds by title, file name or family. The ``chosen`` one is always
    among them, so that the form keeps it, and the first where not all are shown."""
    entries = _checkpoints(actor)
    words = folded(query).split()
    found = [_model(entry) for entry in entries if entry.name == chosen or _matches(entry, words)]
    found.sort(key=_by_title)
    if len(found) > MOST_MODELS:
        found.sort(key=lambda model: model.name != chosen)
    return ModelCards(
        cards=found[:MOST_MODELS],
        families=sorted({entry.base_model for entry in entries if entry.base_model}),
        found=len(found),
        total=len(entries),
    )


def _by_title(model: Model) -> list[tuple[int, str]]:
    """v2 before v10."""
    parts = re.split(r"(\d+)", model.title.lower())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def longest_side(actor: Actor) -> int:
    """Pixels a side that the actor may ask for, in the steps of 8 that a side is given in."""
    return min(actor.limits.max_side or MAX_SIDE, MAX_SIDE) // 8 * 8


def _checkpoints(actor: Actor) -> list[Checkpoint]:
    entries = catalog.choices(Kind.CHECKPOINT, actor.tenant_id)
    return [entry for entry in entries if isinstance(entry, Checkpoint)]


def _matches(entry: Checkpoint, words: list[str]) -> bool:
    text = folded(f"{entry.display_title} {entry.name} {entry.base_model}")
    return all(word in text for word in words)


def _model(entry: Checkpoint) -> Model:
    return Model(
        name=entry.name,
        title=entry.display_title,
        family=entry.base_model or _("unknown family"),
        cover=covers.cover_of(entry),
        tint=covers.tint_of(entry.name),
        side=round((entry.default_width * entry.default_height) ** 0.5),
    )


def styles(actor: Actor) -> list[StyleOffer]:
    """Those for painting; what the QR page's looks are made of is left out."""
    looks = {folded(look.catalog_style) for look in LOOKS.values()}
    return [
        StyleOffer(
            name=entry.name,
            title=entry.display_title,
            prompt=entry.prompt,
            negative_prompt=entry.negative_prompt,
        )
        for entry in catalog.choices(Kind.STYLE, actor.tenant_id)
        if isinstance(entry, Style) and folded(entry.name) not in looks
    ]


def schedulers() -> list[tuple[str, str]]:
    labels = [label for name, label in SCHEDULERS.items() if name != "automatic"]
    return [("", _("The sampler's own")), *((label, label) for label in labels)]


def upscalers(actor: Actor) -> list[tuple[str, str]]:
    """Those that need no file, then the catalog's."""
    named = [
        (entry.name, entry.display_title)
        for entry in catalog.choices(Kind.UPSCALER, actor.tenant_id)
        if folded(entry.name) not in {folded(name) for name in BUILT_IN_UPSCALERS}
    ]
    return [*((name, name) for name in BUILT_IN_UPSCALERS if name != "None"), *named]


def vaes(actor: Actor) -> list[tuple[str, str]]:
    named = [
        (entry.name, entry.display_title) for entry in catalog.choices(Kind.VAE, actor.tenant_id)
    ]
    return [("", _("The model's own")), *named]


def ratios() -> list[Ratio]:
    return [
        Ratio(wide=1, high=1, title=_("Square")),
        Ratio(wide=3, high=4, title=_("Portrait")),
        Ratio(wide=4, high=3, title=_("Landscape")),
        Ratio(wide=9, high=16, title=_("Tall, as a phone")),
        Ratio(wide=16, high=9, title=_("Wide, as a screen")),
    ]


def examples() -> list[Example]:
    """What a first visitor can paint with one click; the pictures were painted by these prompts."""
    prompts = [
        _("a cat sitting on the moon under a sky full of stars"),
        _("a little house by the sea at sunset"),
        _("a panda in a bamboo forest"),
        _("a rainbow over a castle"),
        _("a fox in the forest in the rain"),
        _("three red balloons in a blue sky"),
    ]
    return [
        Example(prompt, f"easel/examples/{number}.webp", {"prompt": prompt})
        for number, prompt in enumerate(prompts, start=1)
    ]


def qr_examples() -> list[Example]:
    """The same for the QR page; each picture can be scanned."""
    wishes = [
        ("guofeng", _("a pavilion by a lake among bamboo")),
        ("anime", _("a little house by the sea at sunset")),
        ("scifi", _("a robot under the stars")),
    ]
    return [
        Example(
            prompt,
            f"easel/examples/qr-{style}.webp",
            {"content": EXAMPLE_CONTENT, "style": style, "prompt": prompt},
        )
        for style, prompt in wishes
    ]
