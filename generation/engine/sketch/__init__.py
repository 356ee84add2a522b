"""The sketch painter: draws scenes from shipped illustrations, by rules, on a CPU."""

from __future__ import annotations

from .painter import SketchPainter

__all__ = ["SketchPainter"]
