"""One pass: a walk from noise, or from a picture, to a picture. Text to image is one pass, hires
fix two, each place that ADetailer repaints one more.

    image = run(Pass(prompt="a boat", width=512, height=512), loaded, report)

`loaded` is taken as it is: LoRAs, VAE and device are chosen before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from PIL import Image

from generation.engine.diffusion import decode, noise
from generation.engine.diffusion.adapters import adapter_for
from generation.engine.diffusion.adapters.base import Adapter, Conditioning, ControlInput
from generation.engine.diffusion.denoise import Denoiser, Repaint, begin, walk
from generation.engine.diffusion.families import Family
from generation.engine.diffusion.loading import Loaded
from generation.engine.diffusion.samplers import plan
from generation.engine.diffusion.tiling import seamless
from generation.engine.painter import MaskFill

Report = Callable[[int, int, Callable[[], Image.Image]], None]
"""report(step, steps, preview), steps of this pass. May raise Interrupted."""


@dataclass(kw_only=True)
class Pass:
    """What one pass paints. Values have been judged: see DiffusersPainter.refuse."""

    prompt: str = ""
    """Without `<lora:…>`; weights and schedules are read by conditioning."""
    negative_prompt: str = ""
    width: int = 512
    height: int = 512
    steps: int = 20
    seed: int = 0
    subseed: int = 0
    subseed_strength: float = 0.0
    seed_resize_from: tuple[int, int] | None = None
    cfg_scale: float = 7.0
    distilled_cfg_scale: float = 3.5
    image_cfg_scale: float | None = None
    sampler: str = "Euler a"
    scheduler: str = "Automatic"
    eta: float | None = None
    s_churn: float = 0.0
    s_tmin: float = 0.0
    s_tmax: float = math.inf
    s_noise: float = 1.0
    s_min_uncond: float = 0.0
    clip_skip: int = 1
    tiling: bool = False
    init: Image.Image | torch.Tensor | None = None
    """RGB, width × height; or its latents, (1, channels, height / f, width / f), as `sample`
    gives them."""
    denoising_strength: float = 0.75
    """Without effect where there is no `init`."""
    noise_multiplier: float = 1.0
    """Of the noise that is laid over `init`."""
    mask: Image.Image | None = None
    """L, width × height; white is repainted, black keeps its latents. Blur, cutting out and
    pasting back are canvas.masks' business."""
    mask_round: bool = True
    """Whether the latents' mask is 0 or 1 only."""
    fill: MaskFill = MaskFill.ORIGINAL
    """Only the two latent fills act here; FILL has been done on the pixels."""
    controls: tuple[ControlInput, ...] = ()
    embeddings: Mapping[str, Path] = field(default_factory=dict)
    """Textual inversions of the model's family that a prompt may name."""
    first_pass_steps: int | None = None
    """In the second pass of hires fix: how many steps the first had; prompt schedules count on."""
    begin_at: int = 0
    """Walks on behind this step, with `carried` as the step left it (a refiner's part)."""
    end_at: int | None = None
    """Stops behind this step, noise and all."""
    carried: torch.Tensor | None = None
    conditioning: Conditioning | None = None
    """Takes the place of both prompts."""
    frames: int = 1
    """Video models only."""
    fps: int = 7
    motion: int = 127
    """Video models: how much moves, 0 … 255."""
    augmentation: float = 0.02
    """Video models: the noise on the first picture."""

    @property
    def walked(self) -> int:
        """How many steps are really taken: img2img begins in the middle."""
        if self.init is None or self.frames > 1:
            return self.steps
        return walked(self.steps, self.denoising_strength)


def walked(steps: int, strength: float) -> int:
    """How many steps an img2img really takes."""
    return min(steps, max(int(steps * strength), 1)) if strength else 0


def run(one: Pass, loaded: Loaded, report: Report) -> Image.Image:
    """The picture of a pass, RGB, width × height. Raises what `report` raises."""
    return run_batch([one], loaded, report)[0]


def run_batch(passes: Sequence[Pass], loaded: Loaded, report: Report) -> list[Image.Image]:
    """Several pictures in one go: passes that agree in everything but prompts and seeds, none
    with `init` or `controls`."""
    latents = sample(passes, loaded, report)
    with seamless(loaded, passes[0].tiling):
        return decode.pictures(loaded, latents)


def run_video(one: Pass, loaded: Loaded, report: Report) -> list[Image.Image]:
    """The frames of a video model's pass."""
    return decode.frames(loaded, sample([one], loaded, report)[0])


@torch.inference_mode()
def sample(passes: Sequence[Pass], loaded: Loaded, report: Report) -> torch.Tensor:
    """The latents, float32, (len(passes), channels, height / f, width / f)."""
    first = passes[0]
    with seamless(loaded, first.tiling):
        adapter = adapter_for(loaded, first)
        source = noise.Source(passes, adapter.latent_shape(first))
        route = plan(adapter.space, first, is_xl=loaded.family is Family.SDXL)
        given = _given(adapter, first)
        started = source.first().to(loaded.device)
        if given is not None and first.mask is not None:
            given = _filled(given, started, first)
        x = begin(adapter.space, route, started, given, first)
        if first.carried is not None:
            x = first.carried.to(loaded.device)
            source.skip(first.begin_at)
        repaint = None
        if given is not None and first.mask is not None and not adapter.sees_mask:
            repaint = Repaint(given, started, decode.latent_mask(first, given))
        denoiser = Denoiser(adapter, passes, route, adapter.extra_channels(first, given))
        return walk(denoiser, x, source, repaint, report)


def _given(adapter: Adapter, one: Pass) -> torch.Tensor | None:
    if one.init is None or one.frames > 1:
        return None
    if isinstance(one.init, torch.Tensor):
        return one.init.to(adapter.loaded.device)
    return adapter.encode(one.init)


def _filled(given: torch.Tensor, started: torch.Tensor, one: Pass) -> torch.Tensor:
    """Latent noise or nothing in place of what is masked."""
    if one.fill not in (MaskFill.LATENT_NOISE, MaskFill.LATENT_NOTHING):
        return given
    mask = decode.latent_mask(one, given)
    kept = given * (1 - mask)
    return kept + started * mask if one.fill == MaskFill.LATENT_NOISE else kept
