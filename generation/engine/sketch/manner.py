"""In which manner things are drawn now: modelled in light, or flat."""

from __future__ import annotations

from contextvars import ContextVar

MODELLED, FLAT = "3d", "flat"

manner: ContextVar[str] = ContextVar("manner", default=MODELLED)
"""Set by styles.wearing around a drawing; caches of pictures are kept apart by it."""


def is_flat() -> bool:
    return manner.get() == FLAT
