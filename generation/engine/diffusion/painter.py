"""The diffusers painter: Stable Diffusion 1 to 3.5, Flux and SVD on one device."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from generation.engine.canvas import networks
from generation.engine.diffusion import lora, memory, passes, speed
from generation.engine.diffusion.adapters import adapter_for
from generation.engine.diffusion.cache import ModelCache
from generation.engine.diffusion.checks import BadWeights
from generation.engine.diffusion.controls.units import ControlNets
from generation.engine.diffusion.families import Family, Kind
from generation.engine.diffusion.finishing import Finishing
from generation.engine.diffusion.loading import Loaded, load, load_vae, with_vae
from generation.engine.diffusion.offer import Offer
from generation.engine.diffusion.painting import Painting, film, first_pass, steps_of
from generation.engine.diffusion.progress import Progress
from generation.engine.diffusion.refusals import BUILT_IN_VAE, Refusals, checkpoint, named_files
from generation.engine.diffusion.samplers import SAMPLERS
from generation.engine.diffusion.shelf import Item, Shelf
from generation.engine.painter import (
    Control,
    Extra,
    ModelCard,
    OutOfMemory,
    PaintJob,
    Report,
    Stock,
)
from generation.wording.prompts import extract_loras

log = logging.getLogger(__name__)

VAES = 2
"""Chosen VAEs kept loaded; one has 170 MB in halves."""
JOINED = ("width", "height", "steps", "cfg_scale", "distilled_cfg_scale", "sampler", "scheduler",
          "eta", "checkpoint", "vae", "clip_skip", "tiling", "files", "s_churn",
          "s_tmin", "s_tmax", "s_noise", "s_min_uncond")  # fmt: skip
"""What jobs of one batch share."""
ALONE = ("init_image", "mask", "hires", "controls", "details", "restore_faces", "extra", "refiner")
"""What a job of a batch has not."""


class DiffusersPainter:
    """A Painter. A joined picture is what it would be alone within 2 of 255 in each colour: on a
    GPU a batch is added up in another order. Noise is the same bit by bit.
    """

    name = "diffusers"

    def __init__(
        self,
        models: Path,
        device: str = "auto",
        *,
        budget_bytes: int | None = None,
        compiled: bool | None = None,
    ) -> None:
        """`budget_bytes`: of checkpoints kept in memory, by default half of what is free;
        `compiled`: see speed.py, by default as EASEL_ENGINE_COMPILE says.
        """
        self.device = torch.device(_device(device))
        self.shelf = Shelf(models)
        self.shelf.scan()
        self.speed = speed.Speed(self.device, compiled)
        budget = memory.free_bytes("cpu") // 2 if budget_bytes is None else budget_bytes
        self.cache = ModelCache(budget, self._load, self.device, self.speed.warmed)
        self.nets = ControlNets(self.shelf)
        self._vaes: OrderedDict[tuple[str, Family, torch.dtype], Any] = OrderedDict()
        self._look()

    def _look(self) -> None:
        self.offer = Offer(self.shelf, self.nets)
        self.finishing = Finishing(self.shelf, self.offer.face_restorers, str(self.device))
        self.refusals = Refusals(self.shelf, self.nets, self.offer.upscalers)

    def _load(self, item: Item) -> Loaded:
        from generation.engine.diffusion.loading import dtype_for

        assert item.family is not None
        loaded = load(item, "cpu", dtype_for(item.family, self.device))
        return self.speed.prepared(loaded)

    # --- what is on offer ------------------------------------------------------------------

    def cards(self) -> list[ModelCard]:
        return self.offer.cards()

    def stock(self) -> Stock:
        return replace(
            self.offer.stock,
            features=self.offer.stock.features | self.finishing.features,
            face_restorers=tuple(extra.name for extra in self.finishing.restorers),
            detectors=self.finishing.detectors.names(),
        )

    def refresh(self) -> None:
        self.shelf.scan()
        self._look()

    def warm(self) -> None:
        """Loads the first checkpoint; where networks are compiled, before it one of each other
        family, so that no request waits for that.
        """
        firsts: dict[Family | None, Item] = {}
        for item in self.shelf.checkpoints:
            firsts.setdefault(item.family, item)
        items = list(firsts.values()) if self.speed.compiled else self.shelf.checkpoints[:1]
        for item in reversed(items):
            try:
                self.cache.get(item)
            except (BadWeights, OutOfMemory) as error:  # named again to whoever asks for it
                log.warning("not warmed: %s", error)

    def unload(self) -> None:
        self._vaes.clear()
        networks.free()
        self.nets.free()
        self.cache.free()

    def prefetch(self, job: PaintJob) -> None:
        """Loads in the background what a waiting job will want."""
        self.cache.prefetch(checkpoint(self.shelf, job.checkpoint))

    def refuse(self, job: PaintJob) -> str | None:
        return next(chain(self.refusals.reasons(job), self.finishing.refuse(job)), None)

    def may_join(self, first: PaintJob, other: PaintJob) -> bool:
        if not SAMPLERS[first.sampler].joins or self._family(first) is Family.SVD:
            return False
        alike = all(getattr(first, name) == getattr(other, name) for name in JOINED)
        plain = not any(getattr(job, name) for job in (first, other) for name in ALONE)
        # Flux is called once where nothing is painted against, twice where something is.
        guided = bool(first.negative_prompt) == bool(other.negative_prompt)
        loras = extract_loras(first.prompt)[1] == extract_loras(other.prompt)[1]
        return alike and plain and guided and loras

    # --- painting --------------------------------------------------------------------------

    def paint(self, jobs: Sequence[PaintJob], report: Report) -> list[Image.Image]:
        for job in jobs:
            if reason := self.refuse(job):
                raise ValueError(reason)
        try:
            return self._paint(jobs, report)
        except (torch.OutOfMemoryError, MemoryError) as error:
            reason = str(error).partition("\n")[0]
        # Outside of the handler: the traceback would keep what is to be freed.
        log.warning("out of memory; the cache is freed: %s", reason)
        self.unload()
        raise OutOfMemory(f"{jobs[0].width} x {jobs[0].height} x {len(jobs)} does not fit")

    def _paint(self, jobs: Sequence[PaintJob], report: Report) -> list[Image.Image]:
        if len(jobs) > 1:
            return self._together(jobs, report)
        (job,) = jobs
        progress = Progress(report, steps_of(job))
        if self._family(job) is Family.SVD:
            return [film(job, self, progress)]
        return [self._finished(job, progress)]

    def _finished(self, job: PaintJob, progress: Progress) -> Image.Image:
        image = Painting(job, self, progress).paint()
        return self.finishing.finished(image, job, lambda one: self._finished(one, progress))

    def _together(self, jobs: Sequence[PaintJob], report: Report) -> list[Image.Image]:
        """In one batch, or in several where prompts are of different numbers of chunks."""
        loaded = self.loaded(jobs[0], jobs[0].checkpoint, jobs[0].prompt)
        batches: dict[torch.Size, list[tuple[int, passes.Pass]]] = {}
        for number, job in enumerate(jobs):
            one = first_pass(job, self)
            with torch.inference_mode():
                read = adapter_for(loaded, one).condition(one)
            shape = read.at(1)["prompt_embeds"].shape
            batches.setdefault(shape, []).append((number, replace(one, conditioning=read)))
        progress = Progress(report, len(batches) * jobs[0].steps)
        done: dict[int, Image.Image] = {}
        for batch in batches.values():
            pictures = passes.run_batch([one for _, one in batch], loaded, progress)
            done |= dict(zip((number for number, _ in batch), pictures, strict=True))
        return [done[number] for number in range(len(jobs))]

    # --- pictures that are given -----------------------------------------------------------

    def restore_faces(
        self, image: Image.Image, name: str, visibility: float, weight: float
    ) -> Image.Image:
        return self.finishing.restored(image, name, visibility, weight)

    def preprocess(self, control: Control) -> Image.Image:
        return self.nets.preprocess(control)

    # --- a painting's workshop -------------------------------------------------------------

    @property
    def upscalers(self) -> Sequence[Extra]:
        return self.offer.upscalers

    def loaded(self, job: PaintJob, checkpoint_name: str, prompt: str) -> Loaded:
        item = checkpoint(self.shelf, checkpoint_name)
        found = self.cache.get(item)
        lora.apply(found, self._wanted(job, prompt))
        if job.vae.casefold() not in BUILT_IN_VAE and item.family is self._family(job):
            found = with_vae(found, self._vae(job.vae, found))
        return found

    def _wanted(self, job: PaintJob, prompt: str) -> list[lora.Wanted]:
        wanted = []
        for tag in extract_loras(prompt)[1]:
            if tag.name in job.files:
                path, sha256 = Path(job.files[tag.name]), ""
            else:
                item = self.shelf.find(Kind.LORA, tag.name)
                path, sha256 = item.path, item.sha256
            wanted.append(lora.Wanted(tag.name, path, sha256, tag.denoiser, tag.text_encoder))
        return wanted

    def _vae(self, name: str, loaded: Loaded) -> Any:
        item = self.shelf.find(Kind.VAE, name)
        key = (item.sha256, loaded.family, loaded.dtype)
        if key not in self._vaes:
            self._vaes[key] = load_vae(item, self.device, loaded.dtype, family=loaded.family)
        self._vaes.move_to_end(key)
        while len(self._vaes) > VAES:
            self._vaes.popitem(last=False)
        return self._vaes[key]

    def controls(
        self,
        loaded: Loaded,
        job: PaintJob,
        size: tuple[int, int],
        init: Image.Image | None,
        mask: Image.Image | None,
    ) -> tuple[Any, ...]:
        return self.nets.prepare(loaded, job.controls, size, init, mask)

    def embeddings(self, job: PaintJob) -> dict[str, Path]:
        return named_files(job, {item.name: item.path for item in self.shelf.embeddings})

    def _family(self, job: PaintJob) -> Family | None:
        return checkpoint(self.shelf, job.checkpoint).family


def _device(name: str) -> str:
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return name
