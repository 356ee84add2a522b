"""Chance that is the same on every machine: streams named by seed and purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from random import Random
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Seeds:
    """Where chance comes from: a seed, and `strength` (0 … 1) of a second one in it."""

    seed: int
    subseed: int = 0
    strength: float = 0.0


class Chance:
    """One named stream of numbers. Two streams of one seed do not disturb each other, so that an
    extra cloud does not move the cat."""

    def __init__(self, seeds: Seeds | int, *purpose: object) -> None:
        seeds = Seeds(seeds) if isinstance(seeds, int) else seeds
        name = "/".join(str(part) for part in purpose)
        self._first, self._second = _stream(seeds.seed, name), _stream(seeds.subseed, name)
        self._share = min(max(seeds.strength, 0.0), 1.0)

    def _next(self) -> float:
        """A little of the second seed moves everything a little; all of it is its own picture."""
        if not self._share:
            return self._first.random()
        if self._share == 1:
            return self._second.random()
        return self._first.random() * (1 - self._share) + self._second.random() * self._share

    def __call__(self, low: float = 0.0, high: float = 1.0) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self._next()

    def whole(self, low: int, high: int) -> int:
        """A whole number in low … high, both included."""
        return low + int(self._next() * (high - low + 1))

    def maybe(self, share: float) -> bool:
        """True in `share` (0 … 1) of the cases."""
        return self._next() < share

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[int(self._next() * len(items))]

    def order(self, items: Sequence[T]) -> list[T]:
        """The items in another order."""
        keyed = [(self._next(), place) for place in range(len(items))]
        return [items[place] for _, place in sorted(keyed)]


def _stream(seed: int, name: str) -> Random:
    """Random.random() is promised to stay the same over Python versions; choice() and shuffle()
    are not."""
    digest = blake2b(f"{seed}/{name}".encode(), digest_size=16).digest()
    return Random(int.from_bytes(digest, "big"))
