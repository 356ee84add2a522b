from __future__ import annotations

from tests.generation.dialects.live import door, live

__all__ = ["door", "live"]
