"""Food that the prompt counts or measures by the plate."""

from __future__ import annotations

from .art import nature
from .kinds import DISHED, PLATE
from .scene import Relation, Scene, Thing

HEAP, LARGE = 5, 0.16
"""How many small things lie on a plate, and from how many metres on it is one."""
PLATES = 2
"""The most plates that are laid out for one kind of food."""


def serve(scene: Scene, place: int) -> None:
    """一盘饺子: a plate with a heap of them, unless their illustration has a dish already."""
    thing = scene.things[place]
    facts = nature(thing.art)
    if thing.art in DISHED or facts.home != "table":
        return
    scene.things.append(Thing(PLATE, min(thing.count, PLATES), word="plate"))
    thing.count = HEAP if facts.metres < LARGE else 1
    scene.relations.append(Relation("on", place, len(scene.things) - 1))
