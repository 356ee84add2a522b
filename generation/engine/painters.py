"""The painters that an engine may be given: one literal table, imported on first use.

Each path names a callable ``(models: Path, device: str) -> Painter``; ``models`` is the folder of
``--models``, ``device`` is auto, cpu or cuda.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from generation.engine.painter import Painter

PAINTERS: dict[str, str] = {
    "sketch": "generation.engine.sketch.painter.open_painter",
}


def open_painters(models: Path, device: str) -> list[Painter]:
    """One of each, the default first."""
    opened: list[Painter] = []
    for path in PAINTERS.values():
        module, _, name = path.rpartition(".")
        opened.append(getattr(import_module(module), name)(models, device))
    return opened
