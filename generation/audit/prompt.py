"""The audit of prompts: rules that operators edit, in Chinese and English.

A prompt is folded first, so that full-width letters, letters with blanks between them, zero-width
characters and weights in brackets hide nothing. English words match at word boundaries, Chinese
anywhere. The negative prompt is never judged: it names what is not wanted.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from generation.models import PromptRule
from generation.snapshot import Label
from generation.states import Verdict

SECONDS = 5.0  # rules are kept this long in a process
_TAG = re.compile(r"<[a-z]+:([^:>]*)[^>]*>")  # <lora:name:1>: the name is judged too
_WEIGHT = re.compile(r":\s*[0-9.]+\s*(?=[)\]])")
_BRACKETS = re.compile(r"[(){}\[\]\\|]+")
_BLANKS = re.compile(r"[\s_\-‐-―·•.]+")
_SPACED = re.compile(r"\b(?:\w ){2,}\w\b")  # "p o r n"
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_BETWEEN_CJK = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
_IGNORED = {"Cf", "Mn"}  # zero-width and combining characters


@dataclass(frozen=True, kw_only=True)
class PromptFinding:
    """``matched`` are the rules' patterns, for the log and the review; never shown to callers."""

    verdict: Verdict
    labels: tuple[Label, ...] = ()
    matched: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Rule:
    pattern: str
    needles: tuple[str, ...]
    whole_words: bool
    blocks: bool
    label: str

    def hits(self, text: str, words: frozenset[str]) -> bool:
        return all(self._in(needle, text, words) for needle in self.needles)

    def _in(self, needle: str, text: str, words: frozenset[str]) -> bool:
        if not self.whole_words or _CJK.search(needle):
            return needle in text
        if " " in needle:
            return f" {needle} " in f" {text} "
        return needle in words


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
    """One form for all ways of writing the same: see the module."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = "".join(c for c in text if unicodedata.category(c) not in _IGNORED or c in "\t\n")
    text = _TAG.sub(r" \1 ", text)
    text = _BRACKETS.sub(" ", _WEIGHT.sub("", text))
    text = re.sub(r"[,;!?，。；！？、\"'“”‘’/]+", " , ", text)
    text = _BLANKS.sub(" ", text).strip()
    text = _SPACED.sub(lambda match: match[0].replace(" ", ""), text)
    while _BETWEEN_CJK.search(text):
        text = _BETWEEN_CJK.sub("", text)
    return text


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
    parts = rule.pattern.split("+") if rule.kind == "pair" else [rule.pattern]
    return _Rule(
        pattern=rule.pattern,
        needles=tuple(fold(part) for part in parts),
        whole_words=rule.kind != "phrase",
        blocks=rule.verdict == "block",
        label=rule.label,
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
