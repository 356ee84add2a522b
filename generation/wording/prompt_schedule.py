"""`[a:b:0.5]`, `[a|b]` … → which text is painted at which step, as WebUI reads them. Pure.

What does not close, or is no schedule, stays in the text for prompts.weigh.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby

from generation.wording.prompts import LINE_BREAK

_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*")


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
        return [
            one
            for is_text, run in groupby(nodes, key=lambda node: isinstance(node, str))
            for one in (["".join(map(str, run))] if is_text else run)
        ]

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
    nodes = _tree(LINE_BREAK.sub(" ", prompt))
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
    # What was never closed is text; each frame is the end of the one before it.
    return [node for frame in stack for node in (frame.opened, *frame.plain())]


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
