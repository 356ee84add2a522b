"""How large a thing looks beside the others."""

from __future__ import annotations

from . import art
from .scene import Thing

SIZES = {"": 1.0, "giant": 1.9, "big": 1.25, "small": 0.74, "tiny": 0.5}


def looks(thing: Thing) -> float:
    """How large a thing looks: real sizes, squeezed, so that an ant beside an elephant is still
    seen; what the prompt stresses is larger.
    """
    facts = art.nature(thing.art)
    said = min(max(thing.weight, 0.4), 2.0) ** 0.7
    return float(max(facts.metres, 0.06) ** 0.42 * SIZES[thing.size] * said)
