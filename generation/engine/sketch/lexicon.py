"""Words → what they mean: the longest match wins, in Chinese by characters, in English by words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from . import words
from .assets import sprites
from .props import PROPS

_HAN = re.compile(r"[\u3400-\u9fff]")
_ENGLISH = re.compile(r"[a-z0-9'+&-]+")
LONGEST = 5
"""English words in the longest entry."""


@dataclass(frozen=True)
class Token:
    """One word or phrase and its meaning."""

    family: str
    """thing, place, time, weather, mood, colour, size, count, rel, spot, outfit, feature, and,
    of, plain; "?" unknown.
    """
    value: str
    text: str


Entries = dict[str, Token]


def _add(entries: Entries, family: str, value: str, listed: str) -> None:
    for word in listed.split(","):
        if word:
            entries.setdefault(word.lower(), Token(family, value, word.lower()))


def _grammar() -> tuple[Entries, Entries]:
    """Everything that is no noun of a sprite, English and Chinese; what is added first wins."""
    en: Entries = {}
    zh: Entries = {}
    for count, (english, chinese) in words.COUNTS.items():
        _add(en, "count", str(count), english)
        _add(zh, "count", str(count), chinese)
    tables = (
        ("rel", words.RELATIONS),
        ("spot", words.SPOTS),
        ("colour", words.COLOURS),
        ("size", words.SIZES),
        ("outfit", words.OUTFITS),
        ("time", words.TIMES),
        ("weather", words.WEATHER),
        ("place", words.PLACES),
    )
    for family, table in tables:
        for name, (english, chinese) in table.items():
            _add(en, family, name, english)
            _add(zh, family, name, chinese)
    return en, zh


@lru_cache(maxsize=1)
def entries() -> tuple[Entries, Entries]:
    """The English and the Chinese lexicon."""
    en, zh = _grammar()
    things: tuple[Entries, Entries] = ({}, {})
    for name, prop in PROPS.items():
        _add(things[0], "thing", f"prop:{name}", ",".join(prop.en))
        _add(things[1], "thing", f"prop:{name}", ",".join(prop.zh))
    for code, sprite in sprites().items():
        _add(things[0], "thing", f"sprite:{code}", ",".join(sprite.en))
        _add(things[1], "thing", f"sprite:{code}", ",".join(sprite.zh))
    for entry, found in ((en, things[0]), (zh, things[1])):
        for word, token in found.items():
            entry.setdefault(word, token)
    for name, (english, chinese) in words.MOODS.items():
        _add(en, "mood", name, english)
        _add(zh, "mood", name, chinese)
    _add(en, "feature", "", words.FEATURES[0])
    _add(zh, "feature", "", words.FEATURES[1])
    _add(en, "and", "", "and,&,plus")
    _add(zh, "and", "", "和,与,跟,及,以及,还有")
    _add(zh, "of", "", "的")
    _add(zh, "at", "", "在")
    _add(en, "plain", "", words.ORDINARY[0])
    _add(zh, "plain", "", words.ORDINARY[1])
    _tags(en, zh)
    return en, zh


def _tags(en: Entries, zh: Entries) -> None:
    """The labels and tags of emojibase, for words that nothing above has claimed."""
    for code, sprite in sprites().items():
        for tag in sprite.tags:
            if _HAN.search(tag):
                if len(tag) > 1:
                    zh.setdefault(tag, Token("thing", f"sprite:{code}", tag))
            elif len(tag) > 3 and not any(form in en for form in singulars(tag)):
                en.setdefault(tag, Token("thing", f"sprite:{code}", tag))


def tokens(text: str) -> list[Token]:
    """A clause in tokens; runs of unknown Chinese characters and unknown English words come as
    "?".
    """
    found: list[Token] = []
    at = 0
    while at < len(text):
        if _HAN.match(text[at]):
            token = _chinese(text, at)
        elif match := _ENGLISH.match(text, at):
            token = _english(text, at, match.group())
        else:
            at += 1
            continue
        at += len(token.text)
        if token.family == "?" and found and found[-1].family == "?" and _HAN.match(token.text[0]):
            token = Token("?", "", found.pop().text + token.text)
        found.append(token)
    return found


def _chinese(text: str, at: int) -> Token:
    zh = entries()[1]
    for length in range(min(8, len(text) - at), 0, -1):
        word = text[at : at + length]
        if token := zh.get(word):
            return token
    return Token("?", "", text[at])


def _english(text: str, at: int, first: str) -> Token:
    en = entries()[0]
    spans = list(_ENGLISH.finditer(text, at))[:LONGEST]
    for last in range(len(spans), 0, -1):
        phrase = text[at : spans[last - 1].end()]
        for form in singulars(phrase):
            if token := en.get(form):
                return Token(token.family, token.value, phrase)
    return Token("?", "", first)


@lru_cache(maxsize=2048)
def singulars(phrase: str) -> tuple[str, ...]:
    """The phrase itself, then what it may be the plural of."""
    forms = [phrase, phrase.replace("-", " ")]
    irregular = {
        "men": "man",
        "women": "woman",
        "people": "person",
        "children": "child",
        "leaves": "leaf",
    }
    head, _, tail = phrase.rpartition(" ")
    lead = f"{head} " if head else ""
    if tail in irregular:
        forms.append(lead + irregular[tail])
    if tail.endswith("'s"):
        forms.append(lead + tail[:-2])
    if tail.endswith("ies"):
        forms.append(lead + tail[:-3] + "y")
    if tail.endswith("ves"):
        forms += [lead + tail[:-3] + "f", lead + tail[:-3] + "fe"]
    if tail.endswith("es"):
        forms.append(lead + tail[:-2])
    if tail.endswith("s") and not tail.endswith("ss"):
        forms.append(lead + tail[:-1])
    return tuple(forms)


def plural(phrase: str) -> bool:
    """Whether an English phrase is found only as a plural ("cats", not "glasses")."""
    en = entries()[0]
    return phrase not in en and any(form in en for form in singulars(phrase))
