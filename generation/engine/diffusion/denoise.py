"""The walk of a batch: one network call at a time, guided, reported after every step."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from PIL import Image

from generation.engine.diffusion.adapters.base import Adapter, Call
from generation.engine.diffusion.noise import Source
from generation.engine.diffusion.samplers import Plan
from generation.engine.diffusion.solvers.walking import Churn, Walk
from generation.engine.diffusion.spaces import Space

if TYPE_CHECKING:
    from generation.engine.diffusion.passes import Pass

Report = Callable[[int, int, Callable[[], Image.Image]], None]
IMAGE_SCALE = 1.5
"""image_cfg_scale of edit models where the job names none, as in WebUI."""


def begin(
    space: Space, plan: Plan, noise: torch.Tensor, given: torch.Tensor | None, one: Pass
) -> torch.Tensor:
    """What the walk begins with. A denoising strength of 1 takes nothing from `given`."""
    sigma = plan.sigmas[0]
    if given is not None and one.denoising_strength < 1:
        return space.noised(given, noise * one.noise_multiplier, sigma)
    if given is not None:
        noise = noise * one.noise_multiplier
    unit = plan.sampler.unit and not space.is_flow
    return noise * (math.sqrt(sigma**2 + 1) if unit else sigma)


@dataclass(frozen=True)
class Repaint:
    """Keeps latents outside of a mask, at the noise of each step."""

    given: torch.Tensor
    noise: torch.Tensor
    mask: torch.Tensor
    """1 is repainted."""

    def mend(self, space: Space, x: torch.Tensor, sigma: float) -> torch.Tensor:
        kept = space.noised(self.given, self.noise, sigma) if sigma > 0 else self.given
        return x * self.mask + kept * (1 - self.mask)


class Denoiser:
    """x0 in a batch's x, as the prompts want it."""

    def __init__(
        self, adapter: Adapter, passes: Sequence[Pass], plan: Plan, extra: torch.Tensor | None
    ) -> None:
        """`extra`: channels beside the latents, (1 or batch, channels, …)."""
        self.adapter, self.passes, self.plan, self.extra = adapter, passes, plan, extra
        self.one = passes[0]
        self.conditions = [adapter.condition(one) for one in passes]
        self.step = 1 + self.one.begin_at
        self.calls = 0
        self.is_guided = adapter.guided(self.one)
        self.unguided: torch.Tensor | None = None
        self._texts: tuple[list[Mapping[str, torch.Tensor]], torch.Tensor, torch.Tensor | None]
        self._texts = [], torch.empty(0), None

    def groups(self, sigma: float) -> int:
        """How many times each picture is in the next call."""
        if not self.is_guided:
            return 1
        if self.calls % 2 and sigma < self.one.s_min_uncond:
            return 1  # near the end the negative prompt changes little
        return 3 if self.adapter.edits else 2

    def __call__(self, x: torch.Tensor, sigma: float) -> torch.Tensor:
        space, groups = self.adapter.space, self.groups(sigma)
        dtype = self.adapter.loaded.dtype
        hidden, pooled = self._text()
        if groups == 1:  # positives stand last
            hidden, pooled = hidden[-len(x) :], None if pooled is None else pooled[-len(x) :]
        sample = space.scaled(x, sigma).to(dtype)
        time = self.plan.route.times.get(sigma)
        call = Call(
            sample=torch.cat([sample] * groups) if groups > 1 else sample,
            # Filled in by a kernel: a tensor made here would have to be copied over.
            time=torch.full(
                (len(x) * groups,),
                space.time(sigma) if time is None else time,
                dtype=torch.float32,
                device=x.device,
            ),
            hidden=hidden,
            pooled=pooled,
            guided=groups > 1,
            sigma=sigma,
            progress=(self.step - 1) / max(len(self.plan.sigmas) - 1, 1),
            one=self.one,
            extra=self._beside(len(x), groups, dtype),
        )
        self.calls += 1
        return self._guide(x, self.adapter.forward(call), sigma, groups)

    def _guide(self, x: torch.Tensor, out: torch.Tensor, sigma: float, groups: int) -> torch.Tensor:
        space, scale = self.adapter.space, self.adapter.scale(self.one)
        if groups == 1:
            self.unguided = clean = space.clean(x, out, sigma)
            return clean
        if groups == 2:
            without, with_ = out.chunk(2)
            mixed = without + scale * (with_ - without)
        else:
            without, image, with_ = out.chunk(3)
            by_image = self.one.image_cfg_scale
            by_image = IMAGE_SCALE if by_image is None else by_image
            mixed = without + scale * (with_ - image) + by_image * (image - without)
        self.unguided = space.clean(x, without, sigma)
        return space.clean(x, mixed, sigma)

    def _text(self) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Negatives, then positives; put together again only where a schedule goes on."""
        now = [condition.at(self.step) for condition in self.conditions]
        known, hidden, pooled = self._texts
        if len(known) == len(now) and all(a is b for a, b in zip(known, now, strict=True)):
            return hidden, pooled
        hidden = self._stacked(now, "prompt_embeds")
        pooled = None
        if "pooled_prompt_embeds" in now[0]:
            pooled = self._stacked(now, "pooled_prompt_embeds")
        self._texts = now, hidden, pooled
        return hidden, pooled

    def _stacked(self, now: list[Mapping[str, torch.Tensor]], name: str) -> torch.Tensor:
        negatives = (2 if self.adapter.edits else 1) if self.is_guided else 0
        against = [one[f"negative_{name}"] for one in now] if negatives else []
        return torch.cat([*against * negatives, *(one[name] for one in now)])

    def _beside(self, count: int, groups: int, dtype: torch.dtype) -> torch.Tensor | None:
        if self.extra is None:
            return None
        extra = self.extra.to(dtype).expand(count, *self.extra.shape[1:])
        if groups == 1:
            return extra
        # Edit models, and SVD, are guided away from a picture of nothing.
        blank = torch.zeros_like(extra) if self.adapter.blank_negative else extra
        return torch.cat([blank, *[extra] * (groups - 1)])


def sent(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """From the CPU to the device, without waiting for what the device still does."""
    if device.type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)


def walk(
    denoiser: Denoiser, x: torch.Tensor, source: Source, repaint: Repaint | None, report: Report
) -> torch.Tensor:
    """The latents at the end of the way. Raises what `report` raises, before the next step."""
    adapter, plan = denoiser.adapter, denoiser.plan
    one, space, steps = denoiser.one, adapter.space, len(plan.sigmas) - 1

    def after(done: int, x: torch.Tensor, sigma: float, clean: torch.Tensor) -> torch.Tensor:
        if repaint is not None:
            x = repaint.mend(space, x, sigma)
        denoiser.step = one.begin_at + done + 1
        report(done, steps, lambda: adapter.preview(clean[0]))
        return x

    def unguided() -> torch.Tensor:
        assert denoiser.unguided is not None
        return denoiser.unguided

    road = Walk(
        clean=denoiser,
        unguided=unguided,
        noise=lambda: sent(source.next(), x.device) * one.s_noise,
        after=after,
        eta=plan.eta,
        churn=Churn(one.s_churn, one.s_tmin, one.s_tmax) if one.s_churn else None,
        is_flow=space.is_flow,
    )
    x = plan.sampler.solve(road, x, plan.sigmas)
    last = plan.sigmas[-1]
    if (
        last > 0 and one.end_at is None and not space.is_flow
    ):  # DDIM ends at timestep 0, where a trace of noise is left
        x = x / math.sqrt(last**2 + 1)
    return x
