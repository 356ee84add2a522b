"""One job, from its prompts to its finished picture: which passes it takes, and what is done to
pixels between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import torch
from PIL import Image

from generation.engine.canvas import masks, upscale
from generation.engine.canvas.fit import fit
from generation.engine.diffusion import decode, latents, passes, video
from generation.engine.diffusion.loading import Loaded
from generation.engine.diffusion.passes import Pass
from generation.engine.diffusion.progress import Progress
from generation.engine.diffusion.refusals import grid
from generation.engine.diffusion.tiling import seamless
from generation.engine.painter import Extra, Hires, MaskFill, PaintJob, ResizeMode
from generation.wording.prompts import extract_loras

Size = tuple[int, int]


class Workshop(Protocol):
    """What a painting takes from its painter."""

    device: torch.device

    @property
    def upscalers(self) -> Sequence[Extra]: ...

    def loaded(self, job: PaintJob, checkpoint: str, prompt: str) -> Loaded:
        """The checkpoint with the job's VAE and the prompt's LoRAs."""

    def controls(self, loaded: Loaded, job: PaintJob, size: Size, init: Image.Image | None,
                 mask: Image.Image | None) -> tuple[Any, ...]: ...  # fmt: skip

    def embeddings(self, job: PaintJob) -> dict[str, Path]: ...


@dataclass
class Painting:
    job: PaintJob
    shop: Workshop
    progress: Progress

    def paint(self) -> Image.Image:
        """Without `restore_faces` and `details`: see finishing.py."""
        job = self.job
        if job.init_image is None:
            return self._from_text()
        canvas = masks.prepare(job)
        if canvas is None:
            return self._over(job.init_image)
        return canvas.finish(self._repainted(canvas))

    def _run(self, one: Pass, loaded: Loaded) -> Image.Image:
        """The picture of a pass; its end is left to the job's refiner, where it has one."""
        job = self.job
        switch = round(one.walked * job.refiner_switch_at)
        if not job.refiner or switch >= one.walked:
            return passes.run(self._steered(one, loaded), loaded, self.progress)
        noisy = None
        if switch > 0:
            begun = replace(self._steered(one, loaded), end_at=switch)
            noisy = passes.sample([begun], loaded, self.progress)
        loaded = self.shop.loaded(job, job.refiner, job.prompt)
        rest = replace(self._steered(one, loaded), begin_at=switch, carried=noisy)
        return passes.run(rest, loaded, self.progress)

    # --- text to image ---------------------------------------------------------------------

    def _from_text(self) -> Image.Image:
        job = self.job
        loaded = self.shop.loaded(job, job.checkpoint, job.prompt)
        if job.hires is None:
            return self._run(first_pass(job, self.shop), loaded)
        one = self._steered(first_pass(job, self.shop), loaded)
        return self._enlarged(passes.sample([one], loaded, self.progress), loaded, job.hires)

    def _enlarged(self, small: torch.Tensor, first: Loaded, hires: Hires) -> Image.Image:
        job = self.job
        prompt = hires.prompt or job.prompt
        step = grid(first.family)
        width, height = (-(-side // step) * step for side in (hires.width, hires.height))
        picture: Image.Image | None = None
        name = hires.checkpoint or job.checkpoint
        is_latent = hires.upscaler in latents.LATENT_UPSCALERS
        if not is_latent or (hires.checkpoint and hires.checkpoint != job.checkpoint):
            with seamless(first, job.tiling):
                picture = decode.pictures(first, small)[0]
            upscaler = "Lanczos" if is_latent else hires.upscaler
            picture = upscale.upscale(
                picture, upscaler, (width, height), self.shop.upscalers,
                device=str(self.shop.device), report=self.progress.tick,
            )  # fmt: skip
        loaded = self.shop.loaded(job, name, prompt)
        init: Image.Image | torch.Tensor
        if picture is None:
            factor = decode.factor(loaded.vae)
            init = latents.resized(small, height // factor, width // factor, hires.upscaler)
        else:
            init = picture
        if hires.denoising_strength == 0:
            if not isinstance(init, Image.Image):
                init = decode.pictures(loaded, init)[0]
            return _exactly(init, hires.width, hires.height)
        one = replace(larger_pass(job, hires, self.shop), width=width, height=height, init=init)
        painted = self._run(one, loaded)
        return _exactly(painted, hires.width, hires.height)

    # --- over a given picture --------------------------------------------------------------

    def _over(self, given: Image.Image) -> Image.Image:
        job = self.job
        if job.denoising_strength == 0:
            return fit(given.convert("RGB"), job.width, job.height, job.resize_mode)
        loaded = self.shop.loaded(job, job.checkpoint, job.prompt)
        one = first_pass(job, self.shop)
        if job.resize_mode == ResizeMode.LATENT_UPSCALE:
            one = replace(one, init=self._stretched(given, loaded))
        else:
            one = replace(one, init=fit(given.convert("RGB"), job.width, job.height,
                                        job.resize_mode))  # fmt: skip
        return self._run(one, loaded)

    def _stretched(self, given: Image.Image, loaded: Loaded) -> torch.Tensor:
        """Encoded in its own size, then brought to the job's."""
        step, factor = grid(loaded.family), decode.factor(loaded.vae)
        size = [max(side // step, 1) * step for side in given.size]
        whole = fit(given.convert("RGB"), size[0], size[1], ResizeMode.CROP_AND_RESIZE)
        encoded = decode.latents(loaded, whole)
        return latents.resized(encoded, self.job.height // factor, self.job.width // factor)

    def _repainted(self, canvas: masks.Canvas) -> Image.Image:
        job = self.job
        assert job.mask is not None
        if job.denoising_strength == 0 and job.mask.fill in (MaskFill.FILL, MaskFill.ORIGINAL):
            return canvas.image
        loaded = self.shop.loaded(job, job.checkpoint, job.prompt)
        one = replace(
            first_pass(job, self.shop),
            init=canvas.image,
            mask=canvas.mask,
            mask_round=canvas.is_round,
            fill=job.mask.fill,
        )
        return self._run(one, loaded)

    def _steered(self, one: Pass, loaded: Loaded) -> Pass:
        if not self.job.controls:
            return one
        init = one.init if isinstance(one.init, Image.Image) else self.job.init_image
        units = self.shop.controls(loaded, self.job, (one.width, one.height), init, one.mask)
        return replace(one, controls=units)


def film(job: PaintJob, shop: Workshop, progress: Progress) -> Image.Image:
    """A video model's frames; see video.film."""
    assert job.init_image is not None
    loaded = shop.loaded(job, job.checkpoint, "")
    numbers = video.asked(job.extra)
    one = replace(
        first_pass(job, shop),
        init=fit(job.init_image.convert("RGB"), job.width, job.height, job.resize_mode),
        frames=int(numbers["frames"]),
        fps=int(numbers["fps"]),
        motion=int(numbers["motion"]),
        augmentation=numbers["augmentation"],
    )
    return video.film(passes.run_video(one, loaded, progress), int(numbers["fps"]))


def first_pass(job: PaintJob, shop: Workshop) -> Pass:
    """Without init, mask and controls."""
    return Pass(
        prompt=extract_loras(job.prompt)[0],
        negative_prompt=extract_loras(job.negative_prompt)[0],
        width=job.width,
        height=job.height,
        steps=job.steps,
        seed=job.seed,
        subseed=job.subseed,
        subseed_strength=job.subseed_strength,
        seed_resize_from=job.seed_resize_from,
        cfg_scale=job.cfg_scale,
        distilled_cfg_scale=job.distilled_cfg_scale,
        image_cfg_scale=job.image_cfg_scale,
        sampler=job.sampler,
        scheduler=job.scheduler,
        eta=job.eta,
        s_churn=job.s_churn,
        s_tmin=job.s_tmin,
        s_tmax=job.s_tmax,
        s_noise=job.s_noise,
        s_min_uncond=job.s_min_uncond,
        clip_skip=job.clip_skip,
        tiling=job.tiling,
        denoising_strength=job.denoising_strength,
        noise_multiplier=1.0 if job.noise_multiplier is None else job.noise_multiplier,
        embeddings=shop.embeddings(job),
    )


def larger_pass(job: PaintJob, hires: Hires, shop: Workshop) -> Pass:
    """Of hires fix, in the first one's size."""
    one = first_pass(job, shop)
    cfg, distilled = hires.cfg_scale, hires.distilled_cfg_scale
    return replace(
        one,
        prompt=extract_loras(hires.prompt or job.prompt)[0],
        negative_prompt=extract_loras(hires.negative_prompt or job.negative_prompt)[0],
        steps=hires.steps or job.steps,
        sampler=hires.sampler or job.sampler,
        scheduler=hires.scheduler or job.scheduler,
        cfg_scale=job.cfg_scale if cfg is None else cfg,
        distilled_cfg_scale=job.distilled_cfg_scale if distilled is None else distilled,
        denoising_strength=hires.denoising_strength,
        first_pass_steps=job.steps,
    )


def steps_of(job: PaintJob) -> int:
    """Steps of all passes, as far as they are known before."""

    if job.init_image is not None and not job.extra:
        return passes.walked(job.steps, job.denoising_strength)
    if job.hires is None:
        return job.steps
    return job.steps + passes.walked(job.hires.steps or job.steps, job.hires.denoising_strength)


def _exactly(image: Image.Image, width: int, height: int) -> Image.Image:
    if image.size == (width, height):
        return image
    return image.resize((width, height), Image.Resampling.LANCZOS)
