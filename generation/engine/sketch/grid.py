"""Finds an upright QR code in a picture, so that its modules can be treated one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]

FINDER = 7
"""Modules along the side of a finder pattern."""
SMALLEST, LARGEST = 21, 177
"""Modules along the side of versions 1 and 40."""


@dataclass(frozen=True)
class Grid:
    """A code in a picture."""

    left: float
    top: float
    module: float
    """Side of a module in pixels."""
    dark: Flags
    """(side, side): which modules are dark."""

    @property
    def side(self) -> int:
        return len(self.dark)

    def coordinates(self, width: int, height: int) -> tuple[NDArray[np.float32], ...]:
        """For each column and each row of pixels its place in modules; outside below 0 or above
        `side`."""
        across = (np.arange(width, dtype=np.float32) + np.float32(0.5) - self.left) / self.module
        down = (np.arange(height, dtype=np.float32) + np.float32(0.5) - self.top) / self.module
        return across.astype(np.float32), down.astype(np.float32)

    def in_finder(self) -> Flags:
        """(side, side): the modules of the three finder patterns."""
        flags = np.zeros((self.side, self.side), dtype=np.bool_)
        flags[:FINDER, :FINDER] = flags[:FINDER, -FINDER:] = flags[-FINDER:, :FINDER] = True
        return flags


def find(dark: Flags) -> Grid | None:
    """The code that fills the dark pixels' box; None where they make none."""
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    if not rows.size or not columns.size:
        return None
    top, left = int(rows[0]), int(columns[0])
    high, wide = int(rows[-1]) + 1 - top, int(columns[-1]) + 1 - left
    if abs(high - wide) > 0.03 * max(high, wide) or min(high, wide) < SMALLEST:
        return None
    module = _module(dark[top : top + high, left : left + wide])
    if not module:
        return None
    side = round((wide + high) / 2 / module)
    side = round((side - 17) / 4) * 4 + 17
    if not SMALLEST <= side <= LARGEST:
        return None
    step = (wide + high) / 2 / side
    places = ((np.arange(side) + 0.5) * step).astype(int)
    modules = dark[
        np.ix_(np.minimum(top + places, top + high - 1), left + places.clip(0, wide - 1))
    ]
    grid = Grid(float(left), float(top), step, modules)
    return grid if _has_finders(modules) else None


def _module(code: Flags) -> float:
    """From the upper edge of the upper left finder pattern: the dark run is seven modules."""
    lengths = []
    for line in (*code[: max(2, len(code) // 60)], *code.T[: max(2, len(code) // 60)]):
        light = np.flatnonzero(~line)
        if line[0] and light.size:
            lengths.append(int(light[0]))
    return float(np.median(lengths)) / FINDER if lengths else 0.0


def _has_finders(modules: Flags) -> bool:
    """Whether three corners show the rings of 7, 5 and 3 modules, but for a few errors."""
    pattern = np.ones((FINDER, FINDER), dtype=np.bool_)
    pattern[1:6, 1:6] = False
    pattern[2:5, 2:5] = True
    corners = (modules[:7, :7], modules[:7, -7:], modules[-7:, :7])
    return all(int((corner != pattern).sum()) <= 6 for corner in corners)
