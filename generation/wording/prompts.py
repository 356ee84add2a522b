"""WebUI's prompt syntax → what is encoded at each step. Pure: no torch, never raises.

    (a)  (a:1.2)  [a]     more weight: × 1.1, × 1.2, ÷ 1.1; they nest and multiply
    \\(  \\)  \\[  \\]  \\\\    the sign itself
    a BREAK b             b begins a new chunk
    [a|b]                 a at the first step, b at the second, a at the third …
    [a:b:0.5]  [a:b:5]    a up to half of the steps, or up to step 5; then b
    [b:5]  [a::5]         b only after step 5, a only up to step 5
    <lora:name:te:unet>   the LoRA `name` with its weights in text encoder and denoiser

Braces have no meaning, a line break is a blank. What does not close or does not fit (`[a`, `b)`,
`(a:1.2.3)`) is text, as WebUI has it. Two things differ:
AND is a word, and a BREAK inside round brackets breaks (WebUI weighs it as a word there).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

CHUNK = 75
"""Tokens that CLIP reads at once, without start and end."""
BACKTRACK = 20
"""A chunk that is full ends at a comma, when there is one among its last so many tokens."""
MAX_WEIGHT = 1e4
"""Beyond this half precision overflows whatever is multiplied by it."""

_TAG = re.compile(r"<(\w+):([^<>]+)>")
LINE_BREAK = re.compile(r"\r\n|\r|\n")
_BREAK = re.compile(r"\s*\bBREAK\b\s*")
_ATTENTION = re.compile(
    r"\\[()\[\]\\]"  # an escaped sign
    r"|\\"  # a backslash that escapes nothing is dropped
    r"|:\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*\)"
    r"|[()\[\]:]"
    r"|[^\\()\[\]:]+"
)


@dataclass(frozen=True)
class LoraTag:
    name: str
    text_encoder: float = 1.0
    denoiser: float = 1.0
    fault: str = ""
    """Why the tag cannot be obeyed; empty when it can."""


@dataclass(frozen=True)
class Piece:
    """A stretch of text of one weight."""

    text: str
    weight: float = 1.0
    opens_chunk: bool = False
    """It stands after a BREAK."""


# --- tags -------------------------------------------------------------------------------------


def extract_loras(prompt: str) -> tuple[str, list[LoraTag]]:
    """The prompt without its tags, and the tags in order."""
    tags: list[LoraTag] = []

    def take(match: re.Match[str]) -> str:
        tags.append(_tag(match[1].casefold(), match[2]))
        return ""

    return _TAG.sub(take, prompt), tags


def _tag(kind: str, arguments: str) -> LoraTag:
    """`name:te:unet`, either weight also as `te=0.5`, `unet=0.5`. One weight counts for both."""
    name, *rest = (part.strip() for part in arguments.split(":"))
    if kind not in ("lora", "lyco"):
        return LoraTag(name, fault=f"<{kind}:{name}>: {kind} is not supported")
    named = dict(part.split("=", 1) for part in rest if "=" in part)
    positional = [part for part in rest if "=" not in part]
    first = named.get("te", positional[0] if positional else "1")
    second = named.get("unet", positional[1] if len(positional) > 1 else first)
    try:
        weights = float(first), float(second)
    except ValueError:
        weights = (math.nan, math.nan)
    if not all(map(math.isfinite, weights)):
        return LoraTag(name, fault=f"<lora:{name}>: {first}, {second} is no weight")
    return LoraTag(name, *weights)


# --- weights ----------------------------------------------------------------------------------


def weigh(text: str) -> list[Piece]:
    """The text's pieces with their weights; neighbours of the same weight are one."""
    tokens = list(_ATTENTION.finditer(LINE_BREAK.sub(" ", text)))
    factors = _factors(tokens)
    pieces: list[Piece] = []
    weights: list[float] = []
    inside: dict[str, list[float]] = {"(": [1.0], "[": [1.0]}
    for number, match in enumerate(tokens):
        token = match[0]
        if number in factors:
            sign, factor = factors[number]
            if factor is None:
                inside[sign].pop()
            else:
                weight = inside[sign][-1] * factor
                inside[sign].append(max(-MAX_WEIGHT, min(weight, MAX_WEIGHT)))
            continue
        new = [Piece(token[1:])] if token[0] == "\\" else _between_breaks(token)
        weight = inside["("][-1] * inside["["][-1]
        pieces += new
        weights += [max(-MAX_WEIGHT, min(weight, MAX_WEIGHT))] * len(new)
    return _merged(pieces, weights)


def _factors(tokens: Sequence[re.Match[str]]) -> dict[int, tuple[str, float | None]]:
    """Of each token that is a bracket: its kind, and what it multiplies by; None for those that
    close. Brackets of the two kinds may cross, and what is not closed reaches to the end.
    """
    factors: dict[int, tuple[str, float | None]] = {}
    opened: dict[str, list[int]] = {"(": [], "[": []}
    for number, match in enumerate(tokens):
        token = match[0]
        sign = token if token in opened else "[" if token == "]" else "("
        closes = token in (")", "]") or match[1] is not None
        if token in opened:
            opened[sign].append(number)
            factors[number] = sign, 1.1 if sign == "(" else 1 / 1.1
        elif closes and opened[sign]:
            start = opened[sign].pop()
            factors[number] = sign, None
            if match[1] is not None:
                factors[start] = sign, float(match[1])
    return factors


def _between_breaks(text: str) -> list[Piece]:
    first, *others = _BREAK.split(text)
    return [Piece(first), *(Piece(part, opens_chunk=True) for part in others)]


def _merged(pieces: list[Piece], weights: list[float]) -> list[Piece]:
    merged: list[Piece] = []
    for piece, weight in zip(pieces, weights, strict=True):
        if not piece.text and not piece.opens_chunk:
            continue
        last = merged[-1] if merged else None
        if last and last.weight == weight and not piece.opens_chunk:
            merged[-1] = Piece(last.text + piece.text, weight, last.opens_chunk)
        else:
            merged.append(Piece(piece.text, weight, piece.opens_chunk))
    return merged or [Piece("")]


# --- chunks -----------------------------------------------------------------------------------

T = TypeVar("T")


@dataclass(frozen=True)
class Weighted(Generic[T]):
    """A token, or an embedding that takes the place of `length` tokens."""

    token: T
    weight: float = 1.0
    length: int = 1
    comma: bool = False


Line = Sequence[Weighted[T] | Literal["BREAK"]]


def chunks(line: Line[T], size: int = CHUNK, backtrack: int = BACKTRACK) -> list[list[Weighted[T]]]:
    """The tokens in chunks of at most `size`, at least one chunk, none filled up.

    A chunk that is full breaks behind its last comma when that is not more than `backtrack`
    tokens away. What is longer than a chunk by itself stands alone.
    """
    done: list[list[Weighted[T]]] = []
    chunk: list[Weighted[T]] = []
    for item in line:
        if item == "BREAK":
            done.append(chunk)
            chunk = []
            continue
        if _length(chunk) + item.length > size and chunk:
            full = _length(chunk) >= size and not item.comma
            kept = _comma_break(chunk, backtrack) if full else len(chunk)
            done.append(chunk[:kept])
            chunk = chunk[kept:]
            if chunk and _length(chunk) + item.length > size:
                done.append(chunk)
                chunk = []
        chunk.append(item)
    return [*done, chunk] if chunk or not done else done


def _comma_break(chunk: list[Weighted[T]], backtrack: int) -> int:
    """How many items stay; all of them when no comma is near the end."""
    behind = 0
    for index in range(len(chunk) - 1, -1, -1):
        behind += chunk[index].length
        if behind > backtrack:
            break
        if chunk[index].comma:
            return index + 1
    return len(chunk)


def _length(chunk: Sequence[Weighted[T]]) -> int:
    return sum(item.length for item in chunk)
