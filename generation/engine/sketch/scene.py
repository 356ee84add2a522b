"""What a prompt says, before anything is placed. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Thing:
    """Something to draw, perhaps several of it."""

    art: str
    """"sprite:1f408" or "prop:table"."""
    count: int = 1
    colour: str = ""
    """A name of words.COLOURS; empty: as it is."""
    size: str = ""
    """A name of words.SIZES; empty: as it is."""
    outfit: str = ""
    """A name of words.OUTFITS, for people."""
    outfit_colour: str = ""
    weight: float = 1.0
    word: str = ""
    """What the prompt called it."""


@dataclass(frozen=True)
class Relation:
    """things[a] stands `kind` (on, over, under, beside, behind, front, in, between, hold, wear)
    things[b].
    """

    kind: str
    a: int
    b: int


@dataclass
class Scene:
    """A prompt, understood."""

    things: list[Thing] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    place: str = ""
    time: str = ""
    weather: list[str] = field(default_factory=list)
    mood: str = ""
    staffage: bool = False
    """Nobody was named: who joins is small, and the place stays the subject."""
    left_out: set[str] = field(default_factory=set)
    """Concepts that the negative prompt names."""
