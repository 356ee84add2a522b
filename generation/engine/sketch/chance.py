"""Chance that is the same on every machine: streams named by seed and purpose."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """One named stream of numbers. Two streams of one seed do not disturb each other, so that an
    extra cloud does not move the cat."""

    def __init__(self, seed: int, *purpose: object) -> None:
        self._name = f"{seed}/" + "/".join(str(part) for part in purpose)
        digest = blake2b(self._name.encode(), digest_size=16).digest()
        # Random.random() is promised to stay the same over Python versions; choice() and
        # shuffle() are not.
        self._next = Random(int.from_bytes(digest, "big")).random

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
