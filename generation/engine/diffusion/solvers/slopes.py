"""Solvers that follow dx / dsigma.

Sources: Karras et al. 2022, algorithms 1 and 2 (Euler, Heun, DPM2 as the midpoint in log sigma),
Song et al. 2020 (ancestral noise, DDIM), Liu et al. 2022 (PLMS), Xu et al. 2023 (Restart), Luo et
al. 2023 (LCM), Chung et al. 2024 (CFG++). Names and defaults as in k-diffusion.
"""

from __future__ import annotations

import math

import numpy as np

from generation.engine.diffusion.schedules import karras
from generation.engine.diffusion.solvers.walking import (
    Sigmas,
    Tensor,
    Walk,
    between,
    slope,
    split,
)


def euler(walk: Walk, x: Tensor, sigmas: Sigmas) -> Tensor:
    for i, (sigma, to) in enumerate(zip(sigmas, sigmas[1:], strict=False)):
        x, sigma = walk.stirred(x, sigma, len(sigmas) - 1)
        clean = walk.clean(x, sigma)
        x = walk.after(i + 1, x + (to - sigma) * slope(x, clean, sigma), to, clean)
    return x


def euler_ancestral(walk: Walk, x: Tensor, sigmas: Sigmas) -> Tensor:
    for i, (sigma, to) in enumerate(zip(sigmas, sigmas[1:], strict=False)):
        clean = walk.clean(x, sigma)
        if walk.is_flow:
            x = _flow_ancestral(walk, x, clean, sigma, to)
        else:
            down, up = split(sigma, to, walk.eta)
            x = x + (down - sigma) * slope(x, clean, sigma)
            if up > 0:
                x = x + up * walk.noise()
        x = walk.after(i + 1, x, to, clean)
    return x


def _flow_ancestral(walk: Walk, x: Tensor, clean: Tensor, sigma: float, to: float) -> Tensor:
    if to == 0:
        return clean
    down = to * (1 + (to / sigma - 1) * walk.eta)
    ratio = (1 - to) / (1 - down)
    x = (x + (down - sigma) * slope(x, clean, sigma)) * ratio
    up = math.sqrt(max(to**2 - (down * ratio) ** 2, 0.0))
    return x + up * walk.noise() if up > 0 else x


def cfg_pp(walk: Walk, x: Tensor, sigmas: Sigmas) -> Tensor:
    """The noise that is put back is what the negative prompt sees, not the guided one."""
    for i, (sigma, to) in enumerate(zip(sigmas, sigmas[1:], strict=False)):
        clean = walk.clean(x, sigma)
        x = clean + to * slope(x, walk.unguided(), sigma)
        x = walk.after(i + 1, x, to, clean)
    return x


def _heun_step(walk: Walk, x: Tensor, sigma: float, to: float) -> tuple[Tensor, Tensor]:
    clean = walk.clean(x, sigma)
    first = slope(x, clean, sigma)
    guess = x + (to - sigma) * first
    if to == 0:
        return guess, clean
    clean = walk.clean(guess, to)
    return x + (to - sigma) * (first + slope(guess, clean, to)) / 2, clean


def heun(walk: Walk, x: Tensor, sigmas: Sigmas) -> Tensor:
    for i, (sigma, to) in enumerate(zip(sigmas, sigmas[1:], strict=False)):
        x, sigma = walk.stirred(x, sigma, len(sigmas) - 1)
        x, clean = _heun_step(walk, x, sigma, to)
        x = walk.after(i + 1, x, to, clean)
    return x


def dpm2(walk: Walk, x: Tensor, sigmas: Sigmas) -> Tensor:
    return _midpoint(walk, x, sigmas, 0.0)


def dpm2_ancestral(walk: Walk, x: Tensor, sigmas: Sigmas) -> Tensor:
    return _midpoint(walk, x, sigmas, walk.eta)


def _midpoint(walk: Walk, x: Tensor, sigmas: Sigmas, eta: float) -> Tensor:
    for i, (sigma, to) in enumerate(zip(sigmas, sigmas[1:], strict=False)):
        if eta == 0:
            x, sigma = walk.stirred(x, sigma, len(sigmas) - 1)
        down, up = split(sigma, to, eta)
        clean = walk.clean(x, sigma)
        change = slope(x, clean, sigma)
        if down > 0:
            middle = between(sigma, down)
            half = x + (middle - sigma) * change
            clean = walk.clean(half, middle)
            change = slope(half, clean, middle)
        x = x + (down - sigma) * change
        if up > 0:
            x = x + up * walk.noise()
        x = walk.after(i + 1, x, to, clean)
    return x


def lms(walk: Walk, x: Tensor, sigmas: Sigmas, order: int = 4) -> Tensor:
    """Adams-Bashforth on uneven steps: the polynomial through the last slopes, integrated."""
    slopes: list[Tensor] = []
    for i, (sigma, to) in enumerate(zip(sigmas, sigmas[1:], strict=False)):
        clean = walk.clean(x, sigma)
        slopes = [slope(x, clean, sigma), *slopes][:order]
        weights = lagrange_weights([sigmas[i - k] for k in range(len(slopes))], sigma, to)
        for weight, past in zip(weights, slopes, strict=True):
            x = x + weight * past
        x = walk.after(i + 1, x, to, clean)
    return x


def lagrange_weights(points: Sigmas, start: float, end: float) -> list[float]:
    """The integrals from start to end of the polynomials that are 1 at one point, 0 at others."""
    weights = []
    for k, own in enumerate(points):
        others = [p for j, p in enumerate(points) if j != k]
        basis = np.poly1d(others, r=True) / math.prod(own - p for p in others)
        integral = np.poly1d(basis).integ()
        weights.append(float(integral(end) - integral(start)))
    return weights


ADAMS = ((3 / 2, -1 / 2), (23 / 12, -16 / 12, 5 / 12), (55 / 24, -59 / 24, 37 / 24, -9 / 24))


def plms(walk: Walk, x: Tensor, sigmas: Sigmas) -> Tensor:
    """Adams-Bashforth with the weights of even steps; the first step twice, averaged."""
    slopes: list[Tensor] = []
    for i, (sigma, to) in enumerate(zip(sigmas, sigmas[1:], strict=False)):
        clean = walk.clean(x, sigma)
        slopes = [slope(x, clean, sigma), *slopes][:4]
        if i == 0 and to > 0:
            guess = x + (to - sigma) * slopes[0]
            clean = walk.clean(guess, to)
            change = (slopes[0] + slope(guess, clean, to)) / 2
        elif i == 0:
            change = slopes[0]
        else:
            weights = ADAMS[len(slopes) - 2]
            change = sum((w * s for w, s in zip(weights, slopes, strict=True)), x * 0)
        x = walk.after(i + 1, x + (to - sigma) * change, to, clean)
    return x


def lcm(walk: Walk, x: Tensor, sigmas: Sigmas) -> Tensor:
    """Straight to the picture, and as much noise again as the next sigma wants."""
    for i, (sigma, to) in enumerate(zip(sigmas, sigmas[1:], strict=False)):
        clean = walk.clean(x, sigma)
        x = clean
        if to > 0:
            x = walk.alpha(to) * clean + to * walk.noise()
        x = walk.after(i + 1, x, to, clean)
    return x


def restart(walk: Walk, x: Tensor, sigmas: Sigmas) -> Tensor:
    """Heun; from 20 steps on part of the way is walked again with new noise."""
    path = restart_path(sigmas)
    at = path[0][0]
    for i, (sigma, to) in enumerate(path):
        if sigma > at:
            x = x + math.sqrt(sigma**2 - at**2) * walk.noise()
        x, clean = _heun_step(walk, x, sigma, to)
        at = to
        x = walk.after(i + 1, x, to, clean)
    return x


def restart_path(sigmas: Sigmas) -> list[tuple[float, float]]:
    """(from, to) of each step, as many as there were. Where a step begins above the end of the
    one before, noise is added first. The figures (sigma 0.1 to 2) are the paper's for latents.
    """
    steps = len(sigmas) - 1
    if steps < 20:
        return list(zip(sigmas, sigmas[1:], strict=False))
    extra, times = (steps // 4, 2) if steps >= 36 else (9, 1)
    outer = [*karras(sigmas[-2], sigmas[0], steps - extra * times), 0.0]
    low = min(range(len(outer)), key=lambda i: abs(outer[i] - 0.1))
    high = min(range(len(outer)), key=lambda i: abs(outer[i] - 2.0))
    path: list[tuple[float, float]] = []
    for i, step in enumerate(zip(outer, outer[1:], strict=False)):
        path.append(step)
        if i + 1 == low and high < low:
            again = karras(outer[low], outer[high], extra + 1)
            path += list(zip(again, again[1:], strict=False)) * times
    return path
