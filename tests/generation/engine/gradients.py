"""Small real painters: gradients out of prompt and seed, at a pace that a test sets."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence

from PIL import Image, ImageOps

from generation.backends.base import FEATURES
from generation.engine.painter import (
    Control,
    Extra,
    ModelCard,
    OutOfMemory,
    PaintJob,
    Report,
    Stock,
)

CARD = ModelCard(
    name="gradients.easel",
    title="Gradients",
    base_model="Gradients",
    sha256=hashlib.sha256(b"gradients").hexdigest(),
    description="Draws gradients; is not a neural network",
)
OTHER = ModelCard(
    name="stripes.easel",
    title="Stripes",
    base_model="Gradients",
    sha256=hashlib.sha256(b"stripes").hexdigest(),
    description="Draws gradients too",
)
PLAIN = Stock(features=frozenset({"txt2img", "img2img", "clip_skip", "previews"}))
HASH = hashlib.sha256(b"weights").hexdigest()
FULL = Stock(
    features=FEATURES | {"refiner", "sampler_noise", "skip_uncond"},
    loras=(Extra("ink", "Gradients", HASH), Extra("folder/oil", "Other", HASH)),
    vaes=(Extra("soft.safetensors", "Gradients", HASH),),
    embeddings=(Extra("ugly", "Gradients", HASH, vectors=4), Extra("other", "Other", vectors=2)),
    controlnets=(Extra("control_canny", "Gradients", HASH), Extra("control_depth", "Gradients")),
    modules=("none", "canny", "depth"),
    latent_upscalers=("Latent", "Latent (nearest)"),
    upscalers=(Extra("None"), Extra("Lanczos"), Extra("Nearest")),
    face_restorers=("GFPGAN",),
    detectors=("face_yolov8n.onnx", "hand_yolov8n.onnx"),
    max_side=1024,
    rng="CPU",
)


class Gradients:
    """Refuses the prompt "refuse me"; fails on "fail"; eats memory on "oom"."""

    name = "gradients"

    def __init__(self, seconds_per_step: float = 0.002, stock: Stock = PLAIN) -> None:
        self.seconds_per_step = seconds_per_step
        self.warmed = threading.Event()
        self.painted: list[PaintJob] = []
        self.calls: list[int] = []
        """How many pictures each call of `paint` had."""
        self.steps = 0
        self.previews = 0
        self.refreshed = 0
        self.joins = False
        self._stock = stock
        self._pace = threading.Event()

    def cards(self) -> list[ModelCard]:
        return [CARD, OTHER]

    def warm(self) -> None:
        self.warmed.set()

    def refuse(self, job: PaintJob) -> str | None:
        return "prompt: this painter does not draw that" if job.prompt == "refuse me" else None

    def stock(self) -> Stock:
        return self._stock

    def refresh(self) -> None:
        self.refreshed += 1

    def may_join(self, first: PaintJob, other: PaintJob) -> bool:
        alike = all(
            getattr(first, name) == getattr(other, name) for name in ("size", "steps", "checkpoint")
        )
        return self.joins and alike

    def paint(self, jobs: Sequence[PaintJob], report: Report) -> list[Image.Image]:
        self.painted += jobs
        self.calls.append(len(jobs))
        pictures = [self._picture(job) for job in jobs]
        steps = jobs[0].steps
        for step in range(1, steps + 1):
            self._pace.wait(self.seconds_per_step)
            self.steps += 1
            report(step, steps, lambda: self._preview(pictures[0]))
        for job in jobs:
            if job.prompt == "fail":
                raise RuntimeError("the brush broke")
            if job.prompt == "oom":
                raise MemoryError("CUDA out of memory. Tried to allocate 9 GiB")
            if job.prompt == "broken file":
                raise ValueError("checkpoint: gradients.easel is cut off")
        most = {"two fit": 2, "too large": 0}.get(jobs[0].prompt, len(jobs))
        if len(jobs) > most:
            raise OutOfMemory(f"no room for more than {most}")
        return pictures

    def _preview(self, picture: Image.Image) -> Image.Image:
        self.previews += 1
        return picture

    def _picture(self, job: PaintJob) -> Image.Image:
        if job.init_image and job.denoising_strength == 0:
            return job.init_image.resize(job.size)
        key = f"{job.prompt}/{job.seed}/{job.checkpoint}".encode()
        corners = Image.frombytes("RGB", (2, 2), hashlib.shake_256(key).digest(12))
        return corners.resize(job.size, Image.Resampling.BILINEAR)


class Capable(Gradients):
    """Has everything on offer that a painter may have."""

    def __init__(self, seconds_per_step: float = 0.002, stock: Stock = FULL) -> None:
        super().__init__(seconds_per_step, stock)
        self.unloaded = 0
        self.prefetched: list[str] = []

    def prefetch(self, job: PaintJob) -> None:
        self.prefetched.append(job.checkpoint)
        if job.prompt == "broken file":
            raise ValueError("cut off")

    def preprocess(self, control: Control) -> Image.Image:
        assert control.image is not None
        return ImageOps.invert(control.image)

    def restore_faces(
        self, image: Image.Image, name: str, visibility: float, weight: float
    ) -> Image.Image:
        return Image.blend(image, Image.new("RGB", image.size, "white"), visibility)

    def unload(self) -> None:
        self.unloaded += 1
