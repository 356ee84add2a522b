"""DPM fast and DPM adaptive: DPM-Solver's own single steps, of order one to three.

Source: Lu et al. 2022, "DPM-Solver", algorithms 1 to 3 and appendix C; the step control is the
proportional-integral one of k-diffusion. t = -log sigma. Only for x = x0 + sigma × noise.
"""

from __future__ import annotations

import math

import torch

from generation.engine.diffusion.solvers.walking import Sigmas, Tensor, Walk, slope, split

RELATIVE, ABSOLUTE = 0.05, 0.0078
"""How far the steps of second and third order may be apart."""
FIRST_STEP = 0.05
SAFETY = 0.81
MOST_CALLS = 1000
"""Of DPM adaptive; a walk that wants more has lost its way."""


class _Steps:
    """Single steps from t to t + h. Slopes are kept for the step that shares them."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.clean: Tensor | None = None

    def slope(self, x: Tensor, t: float) -> Tensor:
        sigma = math.exp(-t)
        self.clean = self.walk.clean(x, sigma)
        return slope(x, self.clean, sigma)

    def first(self, x: Tensor, t: float, h: float, here: Tensor) -> Tensor:
        return x - math.exp(-t - h) * math.expm1(h) * here

    def second(self, x: Tensor, t: float, h: float, here: Tensor, at: float = 0.5) -> Tensor:
        there = self.slope(self.first(x, t, at * h, here), t + at * h)
        return self.second_from(x, t, h, here, there, at)

    def second_from(
        self, x: Tensor, t: float, h: float, here: Tensor, there: Tensor, at: float
    ) -> Tensor:
        """With the slope at t + at × h in hand."""
        change = math.exp(-t - h) * math.expm1(h)
        return x - change * here - change / (2 * at) * (there - here)

    def third(self, x: Tensor, t: float, h: float, here: Tensor) -> tuple[Tensor, Tensor]:
        """And the second order's result, which costs nothing more."""
        near, far = 1 / 3, 2 / 3
        one = self.slope(self.first(x, t, near * h, here), t + near * h)
        bend = math.expm1(far * h) / (far * h) - 1
        guess = self.first(x, t, far * h, here)
        guess = guess - math.exp(-t - far * h) * (far / near) * bend * (one - here)
        two = self.slope(guess, t + far * h)
        whole = math.exp(-t - h) / far * (math.expm1(h) / h - 1)
        result = self.first(x, t, h, here) - whole * (two - here)
        return result, self.second_from(x, t, h, here, one, near)


def dpm_fast(walk: Walk, x: Tensor, sigmas: Sigmas) -> Tensor:
    """As many calls as there are steps: orders three, the rest two or one."""
    calls = len(sigmas) - 1
    if sigmas[0] <= _lowest(sigmas):
        return _at_once(walk, x, sigmas[0])
    start, end = -math.log(sigmas[0]), -math.log(_lowest(sigmas))
    orders = [3] * (calls // 3 - 1) + [2, 1] if calls % 3 == 0 else [3] * (calls // 3)
    orders += [calls % 3] if calls % 3 else []
    stops = [start + (end - start) * i / len(orders) for i in range(len(orders) + 1)]
    steps, done = _Steps(walk), 0
    for order, t, until in zip(orders, stops, stops[1:], strict=False):
        down, up = split(math.exp(-t), math.exp(-until), walk.eta)
        h = -math.log(down) - t
        here = steps.slope(x, t)
        clean = steps.clean
        assert clean is not None
        if order == 1:
            x = steps.first(x, t, h, here)
        elif order == 2:
            x = steps.second(x, t, h, here)
        else:
            x, _ = steps.third(x, t, h, here)
        if up > 0:
            x = x + up * walk.noise()
        done += order
        x = walk.after(done, x, math.exp(-until), clean)
    return x


def dpm_adaptive(walk: Walk, x: Tensor, sigmas: Sigmas) -> Tensor:
    """As many steps as the picture wants; `sigmas` gives start and end. Reads one number off
    the device for each: the error decides the next step.
    """
    if sigmas[0] <= _lowest(sigmas):
        return _at_once(walk, x, sigmas[0])
    t, end, count = -math.log(sigmas[0]), -math.log(_lowest(sigmas)), len(sigmas) - 1
    begun, steps, h, before = t, _Steps(walk), FIRST_STEP, x
    told = 1
    for _ in range(MOST_CALLS // 3):
        h = min(h, end - t)
        here = steps.slope(x, t)
        clean = steps.clean
        assert clean is not None
        high, low = steps.third(x, t, h, here)
        allowed = torch.clamp(RELATIVE * torch.maximum(low.abs(), before.abs()), min=ABSOLUTE)
        error = float((((low - high) / allowed) ** 2).mean().sqrt())
        factor = (1 / (1e-8 + error)) ** (1 / 3)
        factor = 1 + math.atan(factor - 1)
        if factor >= SAFETY:
            t, x, before = t + h, high, low
            share = (t - begun) / (end - begun)
            told = max(told, min(count, math.floor(share * count + 1e-6)))
            x = walk.after(told, x, math.exp(-t), clean)
        if t >= end - 1e-5:
            return x
        h *= factor
    raise ValueError(f"sampler: DPM adaptive found no way in {MOST_CALLS} calls")


def _at_once(walk: Walk, x: Tensor, sigma: float) -> Tensor:
    """A way of one step: there is nothing between its ends."""
    clean = walk.clean(x, sigma)
    return walk.after(1, clean, 0.0, clean)


def _lowest(sigmas: Sigmas) -> float:
    """The last sigma that is not zero: time would be infinite there."""
    return sigmas[-1] or sigmas[-2]
