"""What a person asked for lately: his prompts, and the words that come again in them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from django.core.cache import cache

from accounts.actor import Actor
from catalog.kinds import folded
from generation import access

MOST_PROMPTS = 20
_TASKS = 60  # looked at
_KEPT_SECONDS = 60
_CLAUSE = re.compile(r"[,，、;；。\n|]+")
_SYNTAX = re.compile(r"<[^<>]*>|:[\d.]+\)|[()\[\]{}]|\bBREAK\b")
_LENGTHS = range(2, 41)  # characters of a word worth suggesting


@dataclass(frozen=True)
class Prompts:
    prompt: str
    negative_prompt: str


def prompts(actor: Actor) -> list[Prompts]:
    """The newest first, each once."""
    return list(dict.fromkeys(found for found in _asked(actor) if found.prompt))[:MOST_PROMPTS]


def own_words(actor: Actor, beginning: str) -> list[str]:
    """Clauses that he wrote twice and more and that begin so, the most frequent first."""
    if actor.user_id is None:
        return []
    key = f"studio.own-words.{actor.tenant_id}.{actor.user_id}"
    words = cache.get(key)
    if words is None:
        words = _counted(actor)
        cache.set(key, words, _KEPT_SECONDS)
    return [word for word in words if folded(word).startswith(beginning)]


def _counted(actor: Actor) -> list[str]:
    counts: Counter[str] = Counter()
    for found in dict.fromkeys(_asked(actor)):
        text = _SYNTAX.sub(" ", f"{found.prompt}\n{found.negative_prompt}")
        clauses = (" ".join(clause.split()) for clause in _CLAUSE.split(text))
        counts.update({clause for clause in clauses if len(clause) in _LENGTHS})
    return [word for word, times in counts.most_common(300) if times > 1]


def _asked(actor: Actor) -> list[Prompts]:
    """As he typed them: a style's words are in the request, not in what he sent."""
    rows = (
        access.own_tasks(actor)
        .shown()
        .filter(kind="image")
        .order_by("-created_at", "-id")
        .values_list("raw__prompt", "raw__negative_prompt", "request__prompt")
    )
    return [
        Prompts(_text(said) or _text(final), _text(negative))
        for said, negative, final in rows[:_TASKS]
    ]


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
