"""Who among the things lives, has hands, wears clothes."""

from __future__ import annotations

from .art import nature
from .assets import sprites
from .kinds import CARRIERS
from .scene import Thing

PERSON_KINDS = ("head", "bust")


def animal(thing: Thing) -> bool:
    """Whether it is a living creature: the animal ranges of Unicode."""
    code = thing.art.removeprefix("sprite:").split("-")[0]
    return "1f400" <= code <= "1f43f" or "1f980" <= code <= "1f9ae"


def hands(thing: Thing) -> bool:
    """Whether it can carry something."""
    return animal(thing) or nature(thing.art).kind in PERSON_KINDS or thing.art in CARRIERS


def person(thing: Thing) -> bool:
    """Whether it is somebody who wears clothes."""
    code = thing.art.removeprefix("sprite:")
    sprite = sprites().get(code)
    return (
        sprite is not None
        and sprite.kind in PERSON_KINDS
        and code.startswith(("1f46", "1f47", "1f9d", "1f9b", "1f93"))
    )
