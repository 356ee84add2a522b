"""A1111 prompt syntax → plain clauses with weights. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TAG = re.compile(r"<[a-z]+:[^<>]*>", re.IGNORECASE)
_SCHEDULE = re.compile(r"\[([^\[\]:|]*):([^\[\]:|]*):[\d.]+\]")
_CHOICE = re.compile(r"\[([^\[\]|]*)(?:\|[^\[\]]*)\]")
_WEIGHTED = re.compile(r"[(（]([^()（）]*?)[:：]\s*([\d.]+)\s*[)）]")
_BREAK = re.compile(r"\bBREAK\b|\bAND\b(?=\s)")
_SPLIT = re.compile(r"[,，、;；。.!！?？\n\r|]+")
_PEOPLE = re.compile(r"\b(\d+)\+?(girl|boy|other)s?\b", re.IGNORECASE)
_WEIGHT = re.compile("\x01([\\d.]+)\x02")
_STRESSED = re.compile("\x04([^\x04\x01]*)\x01([\\d.]+)\x02")
_MARKS = re.compile("\x01[\\d.]+\x02|\x04")

LIMIT = 4000
"""Characters read; nobody draws more than this in one scene, and every pattern stays fast."""


@dataclass(frozen=True)
class Clause:
    """A stretch of the prompt between commas."""

    text: str
    """Lower case, single spaces, no markup."""
    weight: float = 1.0
    """The first one in it."""
    stressed: tuple[tuple[str, float], ...] = ()
    """Parts of `text` with weights of their own."""

    def weight_of(self, phrase: str) -> float:
        """What the prompt gave a word of this clause; 1 where it gave nothing."""
        return next((weight for part, weight in self.stressed if phrase in part), 1.0)


def clauses(prompt: str) -> list[Clause]:
    """The prompt's clauses in order, without syntax, empty ones left out."""
    text = _TAG.sub(" ", prompt[:LIMIT])
    text = text.replace("\\(", " ").replace("\\)", " ")
    text = _SCHEDULE.sub(r"\2", text)
    text = _CHOICE.sub(r"\1", text)
    text = _BREAK.sub(",", text)
    for _ in range(4):
        text = _WEIGHTED.sub(_stress, text)
    text = re.sub(r"[(){}\[\]（）【】《》“”\"<>*_~#]+", " ", text)
    text = _PEOPLE.sub(_people, text)
    found = []
    for part in _SPLIT.split(re.sub(r"(?<=\d)\.(?=\d)", "\x03", text)):
        part = part.replace("\x03", ".")
        weights = [_number(match) for match in _WEIGHT.findall(part)]
        stressed = tuple((_plain(said), _number(by)) for said, by in _STRESSED.findall(part))
        if plain := _plain(part):
            found.append(Clause(plain, weights[0] if weights else 1.0, stressed))
    return found


def _stress(match: re.Match[str]) -> str:
    """(a cat, a dog:1.3): both have the weight."""
    said, by = match.group(1), match.group(2)
    return re.sub(r"[^,，、]+", lambda part: f"\x04{part.group()}\x01{by}\x02", said)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", _MARKS.sub(" ", text)).strip().lower()


def _people(match: re.Match[str]) -> str:
    """1girl → 1 girl; "1other" names nobody that could be drawn."""
    count, who = match.group(1), match.group(2).lower()
    return f"{count} {'person' if who == 'other' else who}"


def _number(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 3.0)
    except ValueError:
        return 1.0
