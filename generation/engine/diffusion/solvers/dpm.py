"""Solvers that count in λ = log(alpha / sigma) and take x0 as what changes slowly.

Sources: Lu et al. 2022, "DPM-Solver++" (2M, 2S, SDE), Zhao et al. 2023, "UniPC"; ancestral 2S, the
SDE of second kind and 3M SDE as in k-diffusion.
"""

from __future__ import annotations

import math

import numpy as np

from generation.engine.diffusion.solvers.walking import Sigmas, Tensor, Walk, between, jump, split


def dpmpp_2s_ancestral(walk: Walk, x: Tensor, sigmas: Sigmas) -> Tensor:
    for i, (sigma, to) in enumerate(zip(sigmas, sigmas[1:], strict=False)):
        down, up = split(sigma, to, walk.eta)
        clean = walk.clean(x, sigma)
        if down > 0:
            middle = between(sigma, down)
            clean = walk.clean(jump(walk, x, clean, sigma, middle), middle)
        x = jump(walk, x, clean, sigma, down)
        if up > 0:
            x = x + up * walk.noise()
        x = walk.after(i + 1, x, to, clean)
    return x


def dpmpp_sde(walk: Walk, x: Tensor, sigmas: Sigmas) -> Tensor:
    """Two calls a step. The noise of the half step is part of the whole step's: one Brownian
    path, whose increments are drawn in the order in which they are walked.
    """
    for i, (sigma, to) in enumerate(zip(sigmas, sigmas[1:], strict=False)):
        clean = walk.clean(x, sigma)
        if to == 0:
            x = walk.after(i + 1, clean, to, clean)
            continue
        middle = between(sigma, to)
        down, up = split(sigma, middle, walk.eta)
        first = walk.noise()
        half = jump(walk, x, clean, sigma, down) + up * first
        clean = walk.clean(half, middle)
        down, up = split(sigma, to, walk.eta)
        share = math.sqrt((sigma - middle) / (sigma - to))
        whole = share * first + math.sqrt(1 - share**2) * walk.noise()
        x = jump(walk, x, clean, sigma, down) + up * whole
        x = walk.after(i + 1, x, to, clean)
    return x


def dpmpp_2m(walk: Walk, x: Tensor, sigmas: Sigmas) -> Tensor:
    before: Tensor | None = None
    last = 0.0
    for i, (sigma, to) in enumerate(zip(sigmas, sigmas[1:], strict=False)):
        clean = walk.clean(x, sigma)
        step = walk.decay(to) - walk.decay(sigma)
        ahead = clean
        if before is not None and to > 0 and math.isfinite(last):
            ahead = clean + (step / last) / 2 * (clean - before)
        x = walk.after(i + 1, jump(walk, x, ahead, sigma, to), to, clean)
        before, last = clean, step
    return x


def dpmpp_2m_sde(walk: Walk, x: Tensor, sigmas: Sigmas) -> Tensor:
    return _multistep_sde(walk, x, sigmas, is_heun=False)


def dpmpp_2m_sde_heun(walk: Walk, x: Tensor, sigmas: Sigmas) -> Tensor:
    return _multistep_sde(walk, x, sigmas, is_heun=True)


def _multistep_sde(walk: Walk, x: Tensor, sigmas: Sigmas, *, is_heun: bool) -> Tensor:
    before: Tensor | None = None
    last = 0.0
    for i, (sigma, to) in enumerate(zip(sigmas, sigmas[1:], strict=False)):
        clean = walk.clean(x, sigma)
        if to == 0:
            x = clean
        else:
            step = math.log(sigma / to)
            both = step * (1 + walk.eta)
            x = (to / sigma) * math.exp(-walk.eta * step) * x - math.expm1(-both) * clean
            if before is not None:
                weight = -math.expm1(-both) / 2
                if is_heun:
                    weight = math.expm1(-both) / both + 1
                x = x + weight * (step / last) * (clean - before)
            if walk.eta:
                x = x + to * math.sqrt(-math.expm1(-2 * walk.eta * step)) * walk.noise()
            last = step
        before = clean
        x = walk.after(i + 1, x, to, clean)
    return x


def dpmpp_3m_sde(walk: Walk, x: Tensor, sigmas: Sigmas) -> Tensor:
    past: list[Tensor] = []
    steps: list[float] = []
    for i, (sigma, to) in enumerate(zip(sigmas, sigmas[1:], strict=False)):
        clean = walk.clean(x, sigma)
        if to == 0:
            x = clean
        else:
            step = math.log(sigma / to)
            both = step * (1 + walk.eta)
            x = math.exp(-both) * x - math.expm1(-both) * clean
            x = x + _bend(clean, past, step, steps, both)
            if walk.eta:
                x = x + to * math.sqrt(-math.expm1(-2 * walk.eta * step)) * walk.noise()
            steps = [step, *steps][:2]
        past = [clean, *past][:2]
        x = walk.after(i + 1, x, to, clean)
    return x


def _bend(
    clean: Tensor, past: list[Tensor], step: float, steps: list[float], both: float
) -> Tensor | float:
    """What the first and second derivative of x0 add."""
    if not past:
        return 0.0
    phi2 = math.expm1(-both) / both + 1
    ratio = steps[0] / step
    first = (clean - past[0]) / ratio
    if len(past) == 1:
        return phi2 * first
    other = steps[1] / step
    earlier = (past[0] - past[1]) / other
    second = (first - earlier) / (ratio + other)
    phi3 = phi2 / both - 0.5
    return phi2 * (first + second * ratio) - phi3 * second


def unipc(walk: Walk, x: Tensor, sigmas: Sigmas, order: int = 2) -> Tensor:
    """A predictor, corrected by the call that the next step makes anyway (bh2)."""
    seen: list[tuple[Tensor, float]] = []  # x0 and λ, the newest first
    start, used = x, 0
    steps = len(sigmas) - 1
    for i, (sigma, to) in enumerate(zip(sigmas, sigmas[1:], strict=False)):
        clean = walk.clean(x, sigma)
        if i:
            x = _uni_step(walk, start, seen, sigmas[i - 1], sigma, used, clean)
        seen = [(clean, walk.decay(sigma)), *seen][: order + 1]
        used = min(order, i + 1, steps - i)
        start = x
        x = _uni_step(walk, x, seen, sigma, to, used, None)
        x = walk.after(i + 1, x, to, clean)
    return x


def _uni_step(
    walk: Walk,
    x: Tensor,
    seen: list[tuple[Tensor, float]],
    sigma: float,
    to: float,
    order: int,
    target: Tensor | None,
) -> Tensor:
    """From sigma to `to`; with `target`, the x0 that was seen there, corrected by it."""
    clean, now = seen[0]
    step = walk.decay(to) - now
    base = (to / sigma) * x - walk.alpha(to) * math.expm1(-step) * clean
    finite = [(past, lam) for past, lam in seen[1:order] if math.isfinite(lam)]
    if not math.isfinite(step):
        return base
    ratios = [(lam - now) / step for _, lam in finite]
    bends = [(past - clean) / ratio for (past, _), ratio in zip(finite, ratios, strict=True)]
    if target is not None:
        ratios, bends = [*ratios, 1.0], [*bends, target - clean]
    if not bends:
        return base
    scale = walk.alpha(to) * math.expm1(-step)
    for weight, bend in zip(_uni_weights(ratios, step), bends, strict=True):
        base = base - scale * weight * bend
    return base


def _uni_weights(ratios: list[float], step: float) -> list[float]:
    if len(ratios) == 1:
        return [0.5]  # as the paper's authors have it at the second order
    phi = math.expm1(-step) / -step - 1
    wanted, factorial = [], 1
    for power in range(1, len(ratios) + 1):
        wanted.append(phi * factorial / math.expm1(-step))
        factorial *= power + 1
        phi = phi / -step - 1 / factorial
    rows = np.vander(ratios, increasing=True).T
    return [float(weight) for weight in np.linalg.solve(rows, wanted)]
