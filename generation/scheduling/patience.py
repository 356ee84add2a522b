"""How long a claim may wait for its start before its cluster counts as hung."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

WINDOW_SECONDS = 600.0
MOST_SECONDS = 60.0


class Patience:
    """Doubled by each cluster that was ended as too late in the last ten minutes.

    A hung cluster is replaced at once. On a machine that is merely slow the new ones are late as
    well: without more patience each time, they would be restarted for ever and nothing be painted.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends: deque[float] = deque(maxlen=16)

    def seconds(self, first: float) -> float:
        """``first`` where none was ended lately, at most a minute (or ``first``, if longer)."""
        while self._ends and self._ends[0] < self._clock() - WINDOW_SECONDS:
            self._ends.popleft()
        return max(first, min(first * 2.0 ** len(self._ends), MOST_SECONDS))

    def ended_one(self) -> None:
        self._ends.append(self._clock())
