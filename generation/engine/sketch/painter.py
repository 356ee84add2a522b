"""The sketch painter: a prompt is read, cast, composed and drawn. No neural network makes the
picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from generation.engine.painter import Control, Extra, ModelCard, PaintJob, Report, Stock

from . import accents, maps, meaning, passes, refusals, weave
from .assets import picture, sprites
from .stages import unveil
from .styles import STYLES

FEATURES = frozenset(
    {
        *("txt2img", "img2img", "inpaint", "hires", "tiling", "subseed", "loras", "controlnet"),
        *("clip_skip", "previews"),
    }
)
"""clip_skip is taken and has no effect: there is no text encoder."""

STOCK = Stock(
    features=FEATURES,
    loras=accents.OFFERED,
    controlnets=weave.MODELS,
    modules=maps.MODULES,
    latent_upscalers=tuple(name for name in passes.RESAMPLING if name.startswith("Latent")),
    upscalers=(Extra("None"), Extra("Lanczos"), Extra("Nearest")),
    max_side=refusals.LARGEST,
)


class SketchPainter:
    """A Painter that needs no GPU and no weights."""

    name = "sketch"
    quick = True

    def __init__(self, models: Path | None = None, device: str = "cpu") -> None:
        """Whatever the engine was started with: it loads no weights and paints on the CPU."""

    def cards(self) -> list[ModelCard]:
        return [style.card for style in STYLES]

    def stock(self) -> Stock:
        return STOCK

    def refresh(self) -> None:
        """What it draws from is part of Easel and does not change."""

    def warm(self) -> None:
        """Reads the index and loads the sentence encoder (2 s)."""
        picture(next(iter(sprites())))
        meaning.warm()

    def refuse(self, job: PaintJob) -> str | None:
        return refusals.refuse(job)

    def may_join(self, first: PaintJob, other: PaintJob) -> bool:
        return False

    def paint(self, jobs: Sequence[PaintJob], report: Report) -> list[Image.Image]:
        (job,) = jobs
        if reason := self.refuse(job):
            raise ValueError(reason)
        return [unveil(passes.paint(job), job, report)]

    def preprocess(self, control: Control) -> Image.Image:
        """As painter.Preprocesses: the map alone."""
        if control.image is None:
            raise ValueError("image: there is none")
        return maps.draw(control, control.image)
