"""What a prompt holds besides its words: how many tokens it takes, and the LoRAs that it names."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.actor import Actor
from catalog import access as catalog
from catalog.models import BaseModel, Checkpoint, Lora
from generation.needs import LORA_TAG
from generation.studio import covers
from generation.studio.forms import CreateForm
from generation.wording import clip, prompts
from generation.wording.prompts import CHUNK
from generation.wording.styled import styled

# Their long text goes to T5, which knows no chunks of 75.
_WHOLE = frozenset({BaseModel.SD3.value, BaseModel.FLUX.value})
MOST_LORAS = 12  # chips; nobody looks through more
_LEAST, _MOST = -2.0, 2.0  # of the slider, which a weight beyond stretches


@dataclass(frozen=True)
class Tokens:
    """``room`` is 0 where the model reads the prompt whole."""

    used: int
    room: int

    @property
    def is_long(self) -> bool:
        return self.room > CHUNK

    @property
    def text(self) -> str:
        return f"{self.used} / {self.room}" if self.room else str(self.used)


@dataclass(frozen=True, kw_only=True)
class LoraChip:
    """``place``: which of the prompt's tags it is, from 0. ``family``: what it is made for;
    ``is_known`` is False for one that the catalog does not have."""

    place: int
    name: str
    title: str
    weight: float
    least: float
    most: float
    cover: str
    tint: int
    triggers: tuple[str, ...]
    family: str
    fits: bool
    is_known: bool


@dataclass(frozen=True, kw_only=True)
class Notes:
    prompt: Tokens
    negative_prompt: Tokens
    loras: list[LoraChip]


def notes_of(actor: Actor, form: CreateForm) -> Notes:
    """Of the form as it stands, valid or not."""
    prompt = str(form["prompt"].value() or "")[:8000]
    negative = str(form["negative_prompt"].value() or "")[:8000]
    checkpoint = _checkpoint(actor, str(form["checkpoint"].value() or ""))
    chosen = set(form["styles"].value() or [])
    added, avoided = prompt, negative
    for style in form.offered_styles:
        if style.name in chosen:
            added, avoided = styled(added, style.prompt), styled(avoided, style.negative_prompt)
    is_whole = checkpoint is not None and checkpoint.base_model in _WHOLE
    return Notes(
        prompt=_tokens(added, is_whole),
        negative_prompt=_tokens(avoided, is_whole),
        loras=_chips(actor, prompt, checkpoint),
    )


def triggers_of(lora: Lora) -> tuple[str, ...]:
    words = (word.strip() for word in lora.trigger_words.replace("，", ",").split(","))
    return tuple(dict.fromkeys(word for word in words if word))


def _tokens(text: str, is_whole: bool) -> Tokens:
    counted = clip.count(text)
    return Tokens(counted.tokens, 0 if is_whole else counted.room)


def _checkpoint(actor: Actor, name: str) -> Checkpoint | None:
    found = catalog.resolve_checkpoint(actor.tenant_id, name)
    return found.entry if found else None


def _chips(actor: Actor, prompt: str, checkpoint: Checkpoint | None) -> list[LoraChip]:
    found = []
    for place, match in enumerate(LORA_TAG.finditer(prompt)):
        _text, tags = prompts.extract_loras(match[0])
        if tags and not tags[0].fault:
            found.append(_chip(actor, place, tags[0], checkpoint))
    return found[:MOST_LORAS]


def _chip(
    actor: Actor, place: int, tag: prompts.LoraTag, checkpoint: Checkpoint | None
) -> LoraChip:
    found = catalog.resolve_lora(actor.tenant_id, tag.name)
    lora = found.entry if found else None
    return LoraChip(
        place=place,
        name=tag.name,
        title=lora.display_title.strip() if lora else tag.name,
        weight=round(tag.text_encoder, 2),
        least=min(_LEAST, tag.text_encoder),
        most=max(_MOST, tag.text_encoder),
        cover=covers.cover_of(lora) if lora else "",
        tint=covers.tint_of(lora.name if lora else tag.name),
        triggers=triggers_of(lora) if lora else (),
        family=lora.base_model if lora else "",
        fits=not (lora and checkpoint) or catalog.fits(lora, checkpoint),
        is_known=found is not None,
    )
