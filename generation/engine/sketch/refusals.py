"""What the sketch painter cannot do, by the name of the field that asks for it."""

from __future__ import annotations

from collections.abc import Iterator

from generation.engine.painter import Control, PaintJob

from . import accents, maps, weave
from .passes import RESAMPLING
from .styles import STYLES, style_of

SMALLEST, LARGEST, GRID = 64, 2048, 8
STEPS = 150
SEEDS = 2**32
NO_VAE = frozenset({"", "None", "Automatic"})
HEAVIEST = 2.0
NOISIEST = 1.5
"""WebUI's own slider of the initial noise multiplier ends here."""


def refuse(job: PaintJob) -> str | None:
    """Why it cannot be painted, as "field: reason"; None when it can."""
    return next(_reasons(job), None)


def _reasons(job: PaintJob) -> Iterator[str]:
    yield from _sizes(job)
    if not 1 <= job.steps <= STEPS:
        yield f"steps: {job.steps} is not from 1 to {STEPS}"
    for name in ("seed", "subseed"):
        if not 0 <= getattr(job, name) < SEEDS:
            yield f"{name}: {getattr(job, name)} is not from 0 to {SEEDS - 1}"
    for name in ("subseed_strength", "denoising_strength"):
        if not 0 <= getattr(job, name) <= 1:
            yield f"{name}: {getattr(job, name)} is not from 0 to 1"
    if job.noise_multiplier is not None and not 0 <= job.noise_multiplier <= NOISIEST:
        yield f"noise_multiplier: {job.noise_multiplier} is not from 0 to {NOISIEST}"
    yield from _names(job)
    yield from _lacking(job)
    for control in job.controls:
        yield from _control(control, job)


def _sizes(job: PaintJob) -> Iterator[str]:
    sizes = [("", (job.width, job.height))]
    if job.hires:
        sizes.append(("hires.", (job.hires.width, job.hires.height)))
    if job.seed_resize_from:
        sizes.append(("seed_resize_from.", job.seed_resize_from))
    for prefix, size in sizes:
        for side, length in zip(("width", "height"), size, strict=True):
            grid = 1 if prefix else GRID
            if not SMALLEST <= length <= LARGEST or length % grid:
                what = f"a multiple of {GRID} " if grid > 1 else ""
                yield f"{prefix}{side}: {length} is not {what}from {SMALLEST} to {LARGEST}"


def _names(job: PaintJob) -> Iterator[str]:
    named = [("checkpoint", job.checkpoint)]
    if job.hires:
        named.append(("hires.checkpoint", job.hires.checkpoint))
        if job.hires.upscaler not in RESAMPLING:
            yield f"hires.upscaler: no {job.hires.upscaler!r}; there is {', '.join(RESAMPLING)}"
        if not 0 <= job.hires.denoising_strength <= 1:
            yield f"hires.denoising_strength: {job.hires.denoising_strength} is not from 0 to 1"
        if not 0 <= job.hires.steps <= STEPS:
            yield f"hires.steps: {job.hires.steps} is not from 0 to {STEPS}"
    for field, name in named:
        try:
            style_of(name)
        except KeyError:
            yield f"{field}: no {name!r}; there is {', '.join(style.name for style in STYLES)}"
    try:
        loras = accents.named(job.prompt)
    except ValueError as error:
        yield f"prompt: the weight of a LoRA is no number: {error}"
        return
    for name, _ in loras:
        if name not in accents.ACCENTS:
            yield f"prompt: no LoRA {name!r}; there is {', '.join(accents.ACCENTS)}"


def _lacking(job: PaintJob) -> Iterator[str]:
    if job.vae not in NO_VAE:
        yield f"vae: {job.vae!r}: a drawing is not decoded by a VAE"
    if job.details:
        yield "details: ADetailer needs a model that detects; the sketch painter has none"
    if job.restore_faces:
        yield "restore_faces: the sketch painter has no model that restores faces"
    if job.mask and job.init_image is None:
        yield "mask: there is no init image to repaint"
    if job.init_image is not None and job.tiling:
        yield "tiling: a given picture is not made to wrap"
    if job.hires and job.tiling:
        yield "tiling: not together with a hires pass"
    if job.hires and job.init_image is not None:
        yield "hires: there is no second pass over a given picture"
    for name in job.extra:
        yield f"{name}: the sketch painter makes no videos and knows no such field"


def _control(control: Control, job: PaintJob) -> Iterator[str]:
    known = [extra.name for extra in weave.MODELS]
    # Clients append the hash in brackets, as WebUI lists its models.
    if control.model.split(" [")[0] not in known:
        yield f"controls.model: no {control.model!r}; there is {', '.join(known)}"
    if control.module not in maps.MODULES:
        yield f"controls.module: no {control.module!r}; there is {', '.join(maps.MODULES)}"
    if not 0 <= control.weight <= HEAVIEST:
        yield f"controls.weight: {control.weight} is not from 0 to {HEAVIEST}"
    for name in ("guidance_start", "guidance_end"):
        if not 0 <= getattr(control, name) <= 1:
            yield f"controls.{name}: {getattr(control, name)} is not from 0 to 1"
    if control.image is None and job.init_image is None:
        yield "controls.image: there is no picture to control with"
