"""How forms name what they are about: ``<task>/<index>`` for a picture, ``<task>`` for a task with
all that it made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from generation.access import parse_id
from generation.errors import NotFound

Place = tuple[UUID, int]


@dataclass(frozen=True)
class Named:
    tasks: tuple[UUID, ...]
    pictures: tuple[Place, ...]


def named(texts: Iterable[str]) -> Named:
    """NotFound for what is neither."""
    tasks: list[UUID] = []
    pictures: list[Place] = []
    for text in dict.fromkeys(texts):
        if "/" in text:
            pictures.append(picture(text))
        else:
            tasks.append(parse_id(text))
    return Named(tuple(tasks), tuple(pictures))


def picture(text: str) -> Place:
    """NotFound unless it names a picture."""
    task, _slash, index = text.partition("/")
    if not (index.isascii() and index.isdigit() and len(index) < 5):
        raise NotFound("no such picture")
    return parse_id(task), int(index)
