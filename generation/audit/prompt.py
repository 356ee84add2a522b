"""The audit of prompts: rules that operators edit, in Chinese and English.

A prompt is folded first, so that full-width letters, letters with blanks between them, accents,
zero-width characters, digits in place of letters and weights in brackets hide nothing. English
words match at word boundaries, Chinese anywhere. The negative prompt is never judged: it names
what is not wanted.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from generation.models import PromptRule
from generation.snapshot import Label
from generation.states import Verdict

SECONDS = 5.0  # rules are kept this long in a process
ADULT = 18
_TAG = re.compile(r"<[a-z]+:([^:<>]*)[^<>]*>")  # <lora:name:1>: the name is judged too
_WEIGHT = re.compile(r":\s*[0-9.]+\s*(?=[)\]])")
_BRACKETS = re.compile(r"[(){}\[\]\\|]+")
_PUNCTUATION = re.compile(r"[,:;!?，。；！？、\"'“”‘’/]+")
_BLANKS = re.compile(r"[\s_\-‐-―·•.*~]+")
_SPACED = re.compile(r"\b(?:[a-z] ){2,}[a-z]\b")  # "p o r n"
_HAN = "\u3400-\u9fff\uf900-\ufaff"
_KANA = "\u3040-\u30ff"
_CJK = re.compile(f"[{_HAN}{_KANA}]")
_BETWEEN_HAN = re.compile(f"(?<=[{_HAN}]) (?=[{_HAN}])")
_LEET = re.compile(r"(?<=[a-z])[013457@$](?=[a-z])")
_LETTER_OF = str.maketrans("013457@$", "oieastas")
# "画nude画", "1loli", "10yo": a word ends where the script changes.
_SEAM = re.compile(
    rf"(?<=[a-z])(?=[0-9{_HAN}{_KANA}])|(?<=[0-9])(?=[a-z])|(?<=[{_HAN}{_KANA}])(?=[a-z])"
)
_AGE = re.compile(
    r"\b([0-9]{1,3}) ?(?:years? old|yrs? old|yo\b|y o\b|year olds?)|([0-9]{1,3}) ?(?:周岁|岁|歲)"
)
_AGE_IN_HAN = re.compile(
    "(?<![一二三四五六七八九十百])(?:[一二三四五六七八九]|十[一二三四五六七]?)(?:周岁|岁|歲)"
)
_IGNORED = {"Cf", "Mn"}  # zero-width and combining characters


@dataclass(frozen=True, kw_only=True)
class PromptFinding:
    """``matched`` are the rules' patterns, for the log and the review; never shown to callers."""

    verdict: Verdict
    labels: tuple[Label, ...] = ()
    matched: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Needles:
    """Of one side of a rule: one of them is enough."""

    words: frozenset[str]  # at word boundaries
    phrases: tuple[str, ...]  # the same, of several words
    parts: tuple[str, ...]  # anywhere

    def hit(self, text: str, words: frozenset[str]) -> bool:
        return (
            not self.words.isdisjoint(words)
            or any(part in text for part in self.parts)
            or any(f" {phrase} " in f" {text} " for phrase in self.phrases)
        )


@dataclass(frozen=True)
class _Rule:
    pattern: str
    sides: tuple[_Needles, ...]
    blocks: bool
    label: str

    def hits(self, text: str, words: frozenset[str]) -> bool:
        return all(side.hit(text, words) for side in self.sides)


_kept: dict[int, tuple[float, list[_Rule]]] = {}


def judge(tenant_id: int, prompt: str) -> PromptFinding:
    """Whether the prompt may run for this tenant: block before flag before allow."""
    text = fold(prompt)
    words = frozenset(re.findall(r"\w+", text))
    hits = [rule for rule in _rules(tenant_id) if rule.hits(text, words)]
    if not hits:
        return PromptFinding(verdict=Verdict.ALLOW)
    blocked = any(rule.blocks for rule in hits)
    names = dict.fromkeys(rule.label for rule in hits)
    return PromptFinding(
        verdict=Verdict.BLOCK if blocked else Verdict.FLAG,
        labels=tuple(Label(name=name) for name in names),
        matched=tuple(rule.pattern for rule in hits),
    )


def fold(text: str) -> str:
    """One form for all ways of writing the same: see the module. An age below 18 adds the word
    "underage"."""
    text = unicodedata.normalize("NFKD", text).casefold()
    text = "".join(c for c in text if unicodedata.category(c) not in _IGNORED or c in "\t\n")
    text = _TAG.sub(r" \1 ", text)
    text = _BRACKETS.sub(" ", _WEIGHT.sub("", text))
    text = _PUNCTUATION.sub(" , ", text)
    text = _BLANKS.sub(" ", text).strip()
    text = _SPACED.sub(lambda match: match[0].replace(" ", ""), text)
    text = _LEET.sub(lambda match: match[0].translate(_LETTER_OF), text)
    text = _SEAM.sub(" ", _BETWEEN_HAN.sub("", text))
    return f"{text} , underage" if _is_underage(text) else text


def _is_underage(text: str) -> bool:
    ages = (int(match[1] or match[2]) for match in _AGE.finditer(text))
    return any(0 < age < ADULT for age in ages) or bool(_AGE_IN_HAN.search(text))


def invalidate() -> None:
    """After a change of the rules: in force at once in this process, elsewhere within SECONDS."""
    _kept.clear()


def _rules(tenant_id: int) -> list[_Rule]:
    at, rules = _kept.get(tenant_id, (0.0, []))
    if time.monotonic() - at > SECONDS or not at:
        rules = [_compiled(rule) for rule in PromptRule.objects.in_force(tenant_id)]
        if len(_kept) > 5000:
            _kept.clear()
        _kept[tenant_id] = (time.monotonic(), rules)
    return rules


def _compiled(rule: PromptRule) -> _Rule:
    return _Rule(
        pattern=rule.pattern,
        sides=_sides(rule.kind, rule.pattern),
        blocks=rule.verdict == "block",
        label=rule.label,
    )


@lru_cache(8192)  # most rules are everyone's: folded once, not once a tenant
def _sides(kind: str, pattern: str) -> tuple[_Needles, ...]:
    sides = pattern.split("+") if kind == "pair" else [pattern]
    return tuple(_needles(side, anywhere=kind == "phrase") for side in sides)


def _needles(side: str, *, anywhere: bool) -> _Needles:
    folded = [needle for word in side.split("|") if (needle := fold(word))]
    parts = [needle for needle in folded if anywhere or _CJK.search(needle)]
    whole = [needle for needle in folded if needle not in parts]
    return _Needles(
        words=frozenset(needle for needle in whole if " " not in needle),
        phrases=tuple(needle for needle in whole if " " in needle),
        parts=tuple(parts),
    )


def install(apps: Any, rules: Iterable[tuple[str, str, str, str]]) -> None:
    """Writes whatever of the default rules is missing; ``apps`` is a registry of models."""
    model = apps.get_model("generation", "PromptRule")
    model._default_manager.bulk_create(
        [
            model(kind=kind, pattern=pattern, verdict=verdict, label=label)
            for kind, pattern, verdict, label in rules
        ],
        ignore_conflicts=True,
    )
