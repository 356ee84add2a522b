"""A1111's parameters text: what a picture was made with, in the form that every client reads.

    prompt, over as many lines as it has
    Negative prompt: likewise (the line is left out where there is none)
    Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512, Model: name, …

A value with a comma, a colon or a line break is written as a JSON text. ``write`` and ``parse``
are inverses, except for what WebUI itself cannot tell apart: spaces at the ends of lines and
empty lines at the ends, a prompt line that begins with ``Negative prompt:``, and a last prompt
line that itself looks like three parameters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# A key is bounded (WebUI's own are under 40) so that a long line costs linear time.
_PARAMETER = re.compile(r'(\w[\w \-/]{1,79}):[ \t]*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
_FEWEST = 3  # parameters that make a last line one of parameters, in WebUI's own reading
_NEGATIVE = "Negative prompt:"


@dataclass(frozen=True, kw_only=True)
class Infotext:
    """``parameters`` in the order of the text; every value as text, ``Size`` not split."""

    prompt: str = ""
    negative_prompt: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


def quote(value: object) -> str:
    """The value as it stands behind its key."""
    text = str(value)
    if not any(mark in text for mark in (",", "\n", ":")):
        return text
    return json.dumps(text, ensure_ascii=False)


def unquote(text: str) -> str:
    """The inverse of ``quote``; a text that only looks quoted is returned as it is."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str) else text


def write(prompt: str, negative_prompt: str, parameters: Mapping[str, object]) -> str:
    """The parameters text. A parameter that is None is left out, as WebUI leaves it out."""
    pairs = ((key, value) for key, value in parameters.items() if value is not None)
    last_line = ", ".join(f"{key}: {quote(value)}" for key, value in pairs)
    negative = f"\n{_NEGATIVE} {negative_prompt}" if negative_prompt else ""
    return f"{prompt}{negative}\n{last_line}".strip()


def parse(text: str) -> Infotext:
    """Reads any text: one without parameters is a prompt. Never raises."""
    *lines, last_line = text.strip().split("\n")
    found = _PARAMETER.findall(last_line)
    if len(found) < _FEWEST:
        lines.append(last_line)
        found = []
    prompt: list[str] = []
    negative: list[str] = []
    part = prompt
    for line in (line.strip() for line in lines):
        if line.startswith(_NEGATIVE):
            part = negative
            line = line.removeprefix(_NEGATIVE).strip()
        part.append(line)
    return Infotext(
        prompt="\n".join(prompt),
        negative_prompt="\n".join(negative),
        parameters={key: unquote(value.strip()) for key, value in found},
    )
