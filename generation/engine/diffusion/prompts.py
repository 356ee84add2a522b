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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

CHUNK = 75
"""Tokens that CLIP reads at once, without start and end."""
BACKTRACK = 20
"""A chunk that is full ends at a comma, when there is one among its last so many tokens."""
MAX_WEIGHT = 1e4
"""Beyond this half precision overflows whatever is multiplied by it."""

_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*")
_TAG = re.compile(r"<(\w+):([^<>]+)>")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
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


# --- schedules --------------------------------------------------------------------------------


@dataclass
class _Frame:
    """A bracket that is open: its parts between the separators that stand directly in it."""

    opened: str = ""
    parts: list[list[_Node]] = field(default_factory=lambda: [[]])
    separators: list[str] = field(default_factory=list)

    def add(self, node: _Node) -> None:
        self.parts[-1].append(node)

    def separate(self, sign: str) -> None:
        self.separators.append(sign)
        self.parts.append([])

    def plain(self) -> list[_Node]:
        """What stands in it, separators as text, without the brackets."""
        nodes = list(self.parts[0])
        for sign, part in zip(self.separators, self.parts[1:], strict=True):
            nodes += [sign, *part]
        return nodes

    def joined(self, sign: str) -> list[list[_Node]]:
        """The parts between separators `sign`; the other separators are text."""
        groups = [list(self.parts[0])]
        for mark, part in zip(self.separators, self.parts[1:], strict=True):
            if mark == sign:
                groups.append(list(part))
            else:
                groups[-1] += [mark, *part]
        return groups


@dataclass
class _Switch:
    before: list[_Node]
    after: list[_Node]
    when: str


@dataclass
class _Turns:
    options: list[list[_Node]]


_Node = str | _Switch | _Turns


def schedule(prompt: str, steps: int, first_pass: int | None = None) -> list[tuple[int, str]]:
    """What is painted when: (last step, text), steps counted from 1, the last one `steps`.

    In the second pass of hires fix `first_pass` is the steps of the first: there whole numbers go
    on counting, and fractions are those above 1, as in WebUI.
    """
    steps = max(steps, 1)
    nodes = _tree(_LINE_BREAK.sub(" ", prompt))
    after = _clock(steps, first_pass)
    ends = sorted({steps} | {end for end in _ends(nodes, after, steps) if 1 <= end <= steps})
    spans: list[tuple[int, str]] = []
    for end in ends:
        text = _text_at(nodes, end, after)
        if spans and spans[-1][1] == text:
            spans.pop()
        spans.append((end, text))
    return spans


def _tree(prompt: str) -> list[_Node]:
    stack = [_Frame()]
    for token in re.findall(r"\\.|[\[\]():|]|[^\\\[\]():|]+|\\", prompt, re.DOTALL):
        top = stack[-1]
        if token in ("[", "("):
            stack.append(_Frame(token))
        elif token == {"[": "]", "(": ")"}.get(top.opened):
            stack.pop()
            for node in _closed(top):
                stack[-1].add(node)
        elif token in (":", "|") and top.opened == "[":
            top.separate(token)
        else:
            top.add(token)
    while len(stack) > 1:  # never closed: text
        frame = stack.pop()
        for node in [frame.opened, *frame.plain()]:
            stack[-1].add(node)
    return stack[0].plain()


def _closed(frame: _Frame) -> list[_Node]:
    if frame.opened == "(":
        return ["(", *frame.plain(), ")"]
    by_colon = frame.joined(":")
    last = by_colon[-1]
    when = "".join(node for node in last if isinstance(node, str))
    if len(by_colon) in (2, 3) and len(last) == 1 and _NUMBER.fullmatch(when):
        before = by_colon[0] if len(by_colon) == 3 else []
        return [_Switch(before, by_colon[-2], when.strip())]
    if "|" in frame.separators:
        return [_Turns(frame.joined("|"))]
    return ["[", *frame.plain(), "]"]


def _clock(steps: int, first_pass: int | None) -> Callable[[str], int]:
    def after(when: str) -> int:
        """The last step before the switch; below 1: the switch is over when the pass begins."""
        value = float(when)
        if "." in when:
            value = (value - (0.0 if first_pass is None else 1.0)) * steps
        else:
            value -= first_pass or 0
        return int(max(min(value, steps), -1))

    return after


def _ends(nodes: list[_Node], after: Callable[[str], int], steps: int) -> set[int]:
    ends: set[int] = set()
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if isinstance(node, _Switch):
            ends.add(after(node.when))
            stack += node.before + node.after
        elif isinstance(node, _Turns):
            ends.update(range(1, steps + 1))
            stack += [inner for option in node.options for inner in option]
    return ends


def _text_at(nodes: list[_Node], step: int, after: Callable[[str], int]) -> str:
    text: list[str] = []
    stack = list(reversed(nodes))
    while stack:
        node = stack.pop()
        if isinstance(node, _Switch):
            stack += reversed(node.before if step <= after(node.when) else node.after)
        elif isinstance(node, _Turns):
            stack += reversed(node.options[(step - 1) % len(node.options)])
        else:
            text.append(node)
    return "".join(text)


# --- weights ----------------------------------------------------------------------------------


def weigh(text: str) -> list[Piece]:
    """The text's pieces with their weights; neighbours of the same weight are one."""
    pieces: list[Piece] = []
    factors: list[float] = []  # of the pieces, as brackets close over them
    opened: dict[str, list[int]] = {"(": [], "[": []}

    def close(start: int, factor: float) -> None:
        for index in range(start, len(factors)):
            factors[index] = max(-MAX_WEIGHT, min(factors[index] * factor, MAX_WEIGHT))

    for match in _ATTENTION.finditer(_LINE_BREAK.sub(" ", text)):
        token = match[0]
        if token in opened:
            opened[token].append(len(pieces))
        elif match[1] and opened["("]:
            close(opened["("].pop(), float(match[1]))
        elif token == ")" and opened["("]:
            close(opened["("].pop(), 1.1)
        elif token == "]" and opened["["]:
            close(opened["["].pop(), 1 / 1.1)
        else:
            new = [Piece(token[1:])] if token[0] == "\\" else _between_breaks(token)
            pieces += new
            factors += [1.0] * len(new)
    for sign, factor in (("(", 1.1), ("[", 1 / 1.1)):
        for start in opened[sign]:  # never closed: up to the end
            close(start, factor)
    return _merged(pieces, factors)


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
