"""Words that prompts are often made of, with their Chinese: one table, data/tags.tsv."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

_FILE = Path(__file__).parent / "data/tags.tsv"


@dataclass(frozen=True)
class Tag:
    """``others``: further words that it is found by."""

    name: str
    chinese: str
    others: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """For who reads Chinese: models are told the English word."""
        return self.chinese if (get_language() or "").startswith("zh") else ""


def find(beginning: str, most: int) -> list[Tag]:
    """Those that begin so before those of which a later word does. Chinese is found anywhere."""
    ranked = ((rank, tag) for tag in tags() if (rank := _rank(tag, beginning)) is not None)
    return [tag for _rank_, tag in sorted(ranked, key=lambda pair: pair[0])][:most]


def _rank(tag: Tag, beginning: str) -> int | None:
    if tag.name.startswith(beginning):
        return 0
    if any(other.startswith(beginning) for other in (tag.chinese, *tag.others)):
        return 1
    if f" {beginning}" in tag.name or (not beginning.isascii() and beginning in tag.chinese):
        return 2
    return None


@cache
def tags() -> tuple[Tag, ...]:
    return tuple(_read())


def _read() -> Iterator[Tag]:
    """Lines of ``name⇥Chinese[⇥other, other]``; those with # are headings."""
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, chinese, *others = line.split("\t")
            words = others[0].split(", ") if others else []
            yield Tag(name, chinese, tuple(words))
