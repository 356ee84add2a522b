"""The painters that an engine offers: one literal table, imported on first use."""

from __future__ import annotations

import logging
from importlib import import_module
from pathlib import Path

from generation.engine.painter import Painter

log = logging.getLogger(__name__)

PAINTERS: dict[str, str] = {
    "sketch": "generation.engine.sketch.painter.SketchPainter",
}
WEIGHTS = frozenset({".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf"})


def open_painters(models: Path, device: str) -> list[Painter]:
    """One of each, the default first.

    ``models`` and ``device`` are for painters that load weights. Sketch loads none, so what lies
    in the folder is named in the log instead of being passed over in silence.
    """
    if device == "cuda":
        log.warning("--device cuda: no painter of this engine uses a GPU; it paints on the CPU")
    for file in unused_weights(models):
        log.warning("%s: no painter of this engine can load it", file)
    return [_open(path) for path in PAINTERS.values()]


def unused_weights(models: Path) -> list[Path]:
    """Weight files below ``models``; none where the folder does not exist."""
    return sorted(file for file in models.rglob("*") if file.suffix in WEIGHTS)


def _open(path: str) -> Painter:
    module, _, name = path.rpartition(".")
    painter: Painter = getattr(import_module(module), name)()
    return painter
