"""What the diffusers painter cannot do, by the name of the field that asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from generation.engine.canvas import upscale
from generation.engine.diffusion import samplers, video
from generation.engine.diffusion.checks import BadWeights
from generation.engine.diffusion.families import Family, Kind, identify
from generation.engine.diffusion.latents import LATENT_UPSCALERS
from generation.engine.diffusion.shelf import Item, Shelf
from generation.engine.painter import Extra, PaintJob, ResizeMode
from generation.wording.prompts import extract_loras

if TYPE_CHECKING:
    from generation.engine.diffusion.controls.units import ControlNets

SMALLEST, LARGEST = 64, 2048
GRIDS = {Family.SD3: 16, Family.FLUX: 16, Family.SVD: 64}
GRID = 8
STEPS = 150
SEEDS = 2**32
NOISIEST = 1.5
"""WebUI's own slider of the initial noise multiplier ends here."""
BUILT_IN_VAE = frozenset({"", "none", "automatic"})
CFG = 50.0
FLOW = (Family.SD3, Family.FLUX)


def grid(family: Family) -> int:
    """What width and height are multiples of."""
    return GRIDS.get(family, GRID)


class Refusals:
    """Judges jobs by what lies on a shelf."""

    def __init__(self, shelf: Shelf, controls: ControlNets, upscalers: Sequence[Extra]) -> None:
        self.shelf, self.controls, self.upscalers = shelf, controls, upscalers

    def reasons(self, job: PaintJob) -> Iterator[str]:
        """Each as "field: reason"."""
        try:
            item = checkpoint(self.shelf, job.checkpoint)
        except KeyError:
            yield f"checkpoint: there is no {job.checkpoint!r}"
            return
        family = item.family
        assert family is not None
        yield from _sizes(job, family)
        yield from _numbers(job)
        yield from _sampled(job, family)
        yield from self._vae(job, family)
        yield from self._loras(job, family)
        yield from self._hires(job, family)
        yield from _pictures(job, family)
        if reason := self.controls.refuse(job.controls, family, job.init_image is not None):
            yield reason
        for detail in job.details:
            if detail.control is None:
                continue
            if reason := self.controls.refuse([detail.control], family, True):
                yield reason.replace("controlnet.", "ADetailer.", 1)
        if job.refiner:
            yield from self._refiner(job, family)

    def _refiner(self, job: PaintJob, family: Family) -> Iterator[str]:
        try:
            other = checkpoint(self.shelf, job.refiner).family
        except KeyError:
            yield f"refiner: there is no {job.refiner!r}"
            return
        if other is not family:
            yield f"refiner: {job.refiner!r} is for {other}, the checkpoint is {family}"

    def _vae(self, job: PaintJob, family: Family) -> Iterator[str]:
        if job.vae.casefold() in BUILT_IN_VAE:
            return
        try:
            vae = self.shelf.find(Kind.VAE, job.vae)
        except KeyError:
            yield f"vae: there is no {job.vae!r}"
            return
        if vae.family is not None and vae.family is not family:
            yield f"vae: {job.vae!r} is for {vae.family}, the checkpoint is {family}"

    def _loras(self, job: PaintJob, family: Family) -> Iterator[str]:
        texts = [job.prompt, *([job.hires.prompt] if job.hires else [])]
        for tag in (tag for text in texts for tag in extract_loras(text)[1]):
            if tag.fault:
                yield f"prompt: {tag.fault}"
                continue
            try:
                theirs = self._lora_family(tag.name, job)
            except KeyError:
                yield f"prompt: there is no LoRA {tag.name!r}"
            except BadWeights as error:
                yield f"prompt: LoRA {tag.name!r}: {error}"
            else:
                if theirs is not None and theirs is not family:
                    yield f"prompt: LoRA {tag.name!r} is for {theirs}, not {family}"

    def _lora_family(self, name: str, job: PaintJob) -> Family | None:
        """Raises KeyError, BadWeights."""
        if name in job.files:
            return identify(Path(job.files[name])).family
        return self.shelf.find(Kind.LORA, name).family

    def _hires(self, job: PaintJob, family: Family) -> Iterator[str]:
        hires = job.hires
        if hires is None:
            return
        if job.init_image is not None:
            yield "hires: there is no second pass over a given picture"
        if not 0 <= hires.denoising_strength <= 1:
            yield f"hires.denoising_strength: {hires.denoising_strength} is not from 0 to 1"
        if not 0 <= hires.steps <= STEPS:
            yield f"hires.steps: {hires.steps} is not from 0 to {STEPS}"
        if hires.upscaler not in LATENT_UPSCALERS:
            try:
                upscale.find(hires.upscaler, self.upscalers)
            except ValueError as error:
                yield f"hires.{error}"
        if hires.checkpoint:
            try:
                family = checkpoint(self.shelf, hires.checkpoint).family or family
            except KeyError:
                yield f"hires.checkpoint: there is no {hires.checkpoint!r}"
        reason = samplers.refusal(
            hires.sampler or job.sampler, hires.scheduler or job.scheduler, family in FLOW
        )
        if reason:
            yield f"hires.{reason}"


def checkpoint(shelf: Shelf, name: str) -> Item:
    """The first of the shelf where no name is given. Raises KeyError."""
    if name:
        return shelf.find(Kind.CHECKPOINT, name)
    if not shelf.checkpoints:
        raise KeyError(name)
    return shelf.checkpoints[0]


def _sizes(job: PaintJob, family: Family) -> Iterator[str]:
    sizes = [("", (job.width, job.height), grid(family))]
    if job.hires:
        sizes.append(("hires.", (job.hires.width, job.hires.height), 1))
    if job.seed_resize_from:
        sizes.append(("seed_resize_from.", job.seed_resize_from, 1))
    for prefix, size, step in sizes:
        for side, length in zip(("width", "height"), size, strict=True):
            if not SMALLEST <= length <= LARGEST or length % step:
                what = f"a multiple of {step} " if step > 1 else ""
                yield f"{prefix}{side}: {length} is not {what}from {SMALLEST} to {LARGEST}"


def _numbers(job: PaintJob) -> Iterator[str]:
    if not 1 <= job.steps <= STEPS:
        yield f"steps: {job.steps} is not from 1 to {STEPS}"
    for name in ("seed", "subseed"):
        if not 0 <= getattr(job, name) < SEEDS:
            yield f"{name}: {getattr(job, name)} is not from 0 to {SEEDS - 1}"
    limits = {"subseed_strength": 1.0, "denoising_strength": 1.0, "noise_multiplier": NOISIEST,
              "cfg_scale": CFG, "distilled_cfg_scale": CFG, "image_cfg_scale": CFG,
              "eta": 1.0}  # fmt: skip
    for name, most in limits.items():
        value = getattr(job, name)
        if value is not None and not 0 <= value <= most:
            yield f"{name}: {value} is not from 0 to {most:g}"
    if not 1 <= job.clip_skip <= 12:
        yield f"clip_skip: {job.clip_skip} is not from 1 to 12"


def _sampled(job: PaintJob, family: Family) -> Iterator[str]:
    if reason := samplers.refusal(job.sampler, job.scheduler, family in FLOW):
        yield reason
    if family is Family.SVD and job.scheduler in ("DDIM", "Align Your Steps", "Simple", "Normal",
                                                  "SGM Uniform"):  # fmt: skip
        yield f"scheduler: {job.scheduler} has no meaning for a video model"


def _pictures(job: PaintJob, family: Family) -> Iterator[str]:
    if job.mask and job.init_image is None:
        yield "mask: there is no init image to repaint"
    if job.mask and job.resize_mode == ResizeMode.LATENT_UPSCALE and not job.mask.only_masked:
        yield "resize_mode: a masked picture is not resized as latents"
    if family is not Family.SVD:
        for name in job.extra:
            yield f"{name}: only a video model knows this field"
        return
    if job.init_image is None:
        yield "init_image: a video begins with a picture"
    for name in ("mask", "hires", "controls", "details", "tiling", "restore_faces"):
        if getattr(job, name):
            yield f"{name}: has no meaning for a video"
    try:
        video.asked(job.extra)
    except ValueError as error:
        yield str(error)


def named_files(job: PaintJob, folder: dict[str, Path]) -> dict[str, Path]:
    """Embeddings by name, the job's own before the shelf's."""
    return folder | {name: Path(path) for name, path in job.files.items()}
