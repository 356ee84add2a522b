"""What can stand at the caret of a prompt: LoRAs behind ``<lora:``, else embeddings and words.

``text`` is what stands before the caret, back to the last comma, bracket or line break.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from accounts.actor import Actor
from catalog import access as catalog
from catalog.kinds import Kind, folded
from catalog.models import Checkpoint, Entry, Lora
from generation.studio import covers, recent, tags
from generation.studio.notes import triggers_of
from generation.studio.recall import tag_of

MOST = 12
MAX_TEXT = 200  # characters before the caret that are looked at
_LORA = re.compile(r"<(?:l|lo|lor|lora|lora:([^:<>]*))$", re.IGNORECASE)
_SHORTEST = 2  # letters of a word; one Chinese character says as much


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """``insert`` takes the place of the last ``replaces`` characters before the caret."""

    kind: str  # "lora", "embedding", "own" or "tag"
    insert: str
    replaces: int
    title: str
    note: str = ""
    cover: str = ""
    tint: int = 0
    family: str = ""
    fits: bool = True


def at_caret(actor: Actor, text: str, checkpoint: str) -> list[Suggestion]:
    text = text[-MAX_TEXT:]
    model = _checkpoint(actor, checkpoint)
    if found := _LORA.search(text):
        return _loras(actor, found[1] or "", len(found[0]), model)
    return _words(actor, text, model)


def _checkpoint(actor: Actor, name: str) -> Checkpoint | None:
    found = catalog.resolve_checkpoint(actor.tenant_id, name)
    return found.entry if found else None


def _loras(actor: Actor, query: str, replaces: int, model: Checkpoint | None) -> list[Suggestion]:
    """Those that fit the checkpoint first; each with the words that call it."""
    words = folded(query).split()
    found = [
        entry
        for entry in catalog.choices(Kind.LORA, actor.tenant_id)
        if isinstance(entry, Lora) and _matches(entry, words)
    ]
    found.sort(key=lambda entry: (not _fits(entry, model), folded(entry.display_title)))
    return [
        Suggestion(
            kind="lora",
            insert=tag_of(entry.simplify_name, entry.default_weight),
            replaces=replaces,
            title=entry.display_title.strip(),
            note=", ".join(triggers_of(entry)),
            cover=covers.cover_of(entry),
            tint=covers.tint_of(entry.name),
            family=entry.base_model,
            fits=_fits(entry, model),
        )
        for entry in found[:MOST]
    ]


def _matches(entry: Lora, words: list[str]) -> bool:
    text = folded(f"{entry.display_title} {entry.name} {entry.trigger_words}")
    return all(word in text for word in words)


def _fits(entry: Entry, model: Checkpoint | None) -> bool:
    return model is None or catalog.fits(entry, model)


def _words(actor: Actor, text: str, model: Checkpoint | None) -> list[Suggestion]:
    """For the whole clause, then for its last word, each thing once."""
    found: dict[str, Suggestion] = {}
    for query in _queries(text):
        for each in _for_query(actor, query, model):
            if folded(each.insert) != folded(query):  # what is written already
                found.setdefault(folded(each.insert), each)
    return list(found.values())[:MOST]


def _queries(text: str) -> Iterator[str]:
    clause = text.lstrip()
    last = clause.rpartition(" ")[2]
    for query in dict.fromkeys((clause, last)):
        if len(query) >= _SHORTEST or any("\u3400" <= sign <= "\u9fff" for sign in query):
            yield query


def _for_query(actor: Actor, query: str, model: Checkpoint | None) -> Iterator[Suggestion]:
    wanted = folded(query)
    for entry in catalog.choices(Kind.EMBEDDING, actor.tenant_id):
        if folded(entry.simplify_name).startswith(wanted):
            yield Suggestion(
                kind="embedding",
                insert=entry.simplify_name,
                replaces=len(query),
                title=entry.simplify_name,
                family=entry.base_model,
                fits=_fits(entry, model),
            )
    yield from _plain("own", query, recent.own_words(actor, wanted))
    for tag in tags.find(wanted, MOST):
        yield Suggestion(
            kind="tag", insert=tag.name, replaces=len(query), title=tag.name, note=tag.note
        )


def _plain(kind: str, query: str, words: Iterable[str]) -> Iterator[Suggestion]:
    for word in words:
        yield Suggestion(kind=kind, insert=word, replaces=len(query), title=word)
