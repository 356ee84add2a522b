"""Things of the catalog as the page of models shows them: plain data for the templates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from catalog import tariff
from catalog.kinds import Kind
from catalog.models import BaseModel, Entry, Lora, Style
from catalog.pricing import Work, price
from generation.studio import cards, sentences
from generation.studio.covers import cover_of, tint_of
from generation.studio.model_wall.made_with import made_with
from generation.studio.model_wall.own_words import described
from generation.studio.model_wall.whereabouts import Whereabouts, whereabouts

KINDS: dict[Kind, object] = {
    Kind.CHECKPOINT: gettext_lazy("Models"),
    Kind.LORA: "LoRA",
    Kind.STYLE: gettext_lazy("Styles"),
    Kind.CONTROLNET: "ControlNet",
    Kind.EMBEDDING: gettext_lazy("Embeddings"),
    Kind.VAE: "VAE",
    Kind.UPSCALER: gettext_lazy("Upscalers"),
}
_PLAIN = Work(width=512, height=512, steps=20)
_PROMPT = gettext_lazy("a little house by the sea at sunset")


@dataclass(frozen=True, kw_only=True)
class Card:
    kind: Kind
    number: int
    name: str
    short_name: str
    title: str
    family: str
    version: str
    cover: str
    tint: int
    words: list[str]  # trigger words
    description: str
    is_our_text: bool  # of the description: it can be read in every language
    licence: str
    origin_url: str
    is_adult: bool
    is_own: bool  # private to the tenant
    where: Whereabouts
    factor: str  # "× 1.5" where it costs more or less than a picture usually does
    url: str
    try_url: str


@dataclass(frozen=True, kw_only=True)
class Detail:
    """What the page of one thing shows besides its card."""

    card: Card
    prompt: str  # to begin with
    prompt_added: str  # a style's words
    negative_added: str
    price: str
    made: list[cards.Tile]  # the actor's own pictures


def cards_of(actor: Actor, kind: Kind, entries: Sequence[Entry]) -> list[Card]:
    where = whereabouts(actor.tenant_id, kind, entries)
    return [_card(actor, entry, where[entry.pk]) for entry in entries]


def detail_of(actor: Actor, entry: Entry) -> Detail:
    [card] = cards_of(actor, entry.KIND, [entry])
    is_priced = entry.KIND == Kind.CHECKPOINT
    return Detail(
        card=card,
        prompt=_prompt(entry) if card.try_url else "",
        prompt_added=entry.prompt if isinstance(entry, Style) else "",
        negative_added=entry.negative_prompt if isinstance(entry, Style) else "",
        price=sentences.credits(_price(actor, entry.name)) if is_priced else "",
        made=made_with(actor, entry),
    )


def _card(actor: Actor, entry: Entry, where: Whereabouts) -> Card:
    return Card(
        kind=entry.KIND,
        number=entry.pk,
        name=entry.name,
        short_name=entry.simplify_name,
        title=entry.display_title,
        family=entry.base_model,
        version=entry.version,
        cover=cover_of(entry),
        tint=tint_of(entry.name),
        words=words_of(entry),
        description=described(entry.description),
        is_our_text=entry.base_model == BaseModel.SKETCH,
        licence=entry.licence,
        origin_url=entry.origin_url,
        is_adult=entry.is_adult,
        is_own=entry.tenant_id is not None,
        where=where,
        factor=_factor(actor, entry.name) if entry.KIND == Kind.CHECKPOINT else "",
        url=reverse("studio:model", args=[entry.KIND.value, entry.pk]),
        try_url=_try_url(entry) if where.is_there else "",
    )


def words_of(entry: Entry) -> list[str]:
    """What calls it up in a prompt: its trigger words; of a LoRA its tag first, of an embedding
    its name."""
    words = [word.strip() for word in re.split(r"[,，;；\n]", entry.trigger_words) if word.strip()]
    if isinstance(entry, Lora):
        words.insert(0, f"<lora:{entry.simplify_name}:{entry.default_weight:g}>")
    if entry.KIND == Kind.EMBEDDING:
        words.insert(0, entry.simplify_name)
    return list(dict.fromkeys(words))


def _prompt(entry: Entry) -> str:
    return ", ".join([*(w for w in words_of(entry) if not w.startswith("<")), str(_PROMPT)])


def _try_url(entry: Entry) -> str:
    """The form, filled in; "" for what a form alone cannot show."""
    if entry.KIND in (Kind.CHECKPOINT, Kind.LORA, Kind.STYLE):
        said = {entry.KIND.value: entry.name, "prompt": _prompt(entry)}
        return f"{reverse('studio:studio')}?{urlencode(said)}"
    return ""


def _price(actor: Actor, name: str) -> int:
    return price(tariff.price_rule(actor.tenant_id, "image", name), _PLAIN).total


def _factor(actor: Actor, name: str) -> str:
    usual, its = _price(actor, ""), _price(actor, name)
    if its == usual:
        return ""
    if not usual or not its:
        return _("free of charge") if not its else ""
    return f"× {its / usual:.2g}"
