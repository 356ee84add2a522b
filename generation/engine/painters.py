"""The painters that an engine may have: one literal table, imported on first use."""

from __future__ import annotations

import logging
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from generation.engine.painter import Painter

log = logging.getLogger(__name__)

PAINTERS: dict[str, str] = {
    "diffusers": "generation.engine.diffusion.painter.DiffusersPainter",
    "sketch": "generation.engine.sketch.painter.SketchPainter",
}
WEIGHTS = frozenset({".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf"})


def open_painter(models: Path, device: str, name: str = "auto") -> Painter:
    """The painter of this name. ``auto``: diffusers where its packages are installed and a
    checkpoint that it can load lies below ``models``, else sketch; weights that nothing here loads
    are named in the log instead of being passed over in silence.
    """
    if name == "auto":
        if can_diffuse() and weights(models):
            painter = _made("diffusers", models, device)
            if painter.cards():
                return painter
            log.warning("%s: no checkpoint among the weights there", models)
        name = "sketch"
    if name == "sketch":
        if device == "cuda":
            log.warning("--device cuda: the sketch painter paints on the CPU")
        for file in weights(models):
            log.warning("%s: the sketch painter cannot load it", file)
    return _made(name, models, device)


def _made(name: str, models: Path, device: str) -> Painter:
    module, _, kind = PAINTERS[name].rpartition(".")
    painter: Painter = getattr(import_module(module), kind)(models, device)
    return painter


def can_diffuse() -> bool:
    """Whether ``make engine`` was run here."""
    return all(find_spec(name) is not None for name in ("torch", "diffusers"))


def weights(models: Path) -> list[Path]:
    """Weight files below ``models``; none where the folder does not exist. What lies in a hidden
    folder was fetched for single requests."""
    found = (file for file in models.rglob("*") if file.suffix in WEIGHTS)
    below = ((file, file.relative_to(models).parts) for file in found)
    return sorted(file for file, parts in below if not any(part[0] == "." for part in parts))
