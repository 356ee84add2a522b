"""Noise schedules by their labels: at which sigmas a pass stops on its way.

Sources: Karras et al. 2022 (Karras), k-diffusion (Exponential, Polyexponential), Sabour et al.
2024 (Align Your Steps, with its published figures), diffusers' schedulers for the spacing of
timesteps ("linspace", "leading"), Lee et al. 2024 (Beta).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from generation.engine.diffusion.spaces import Discrete, Flow, Route, Space

RHO = 7.0
BETA = 0.6
LCM_MET = 50
# Of SD 1.5 and SDXL, ten steps.
ALIGNED = (
    (14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029),
    (14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0.029),
)
FLOW = frozenset({"Automatic", "Uniform", "Simple", "Normal", "SGM Uniform", "Karras",
                  "Exponential", "Beta"})  # fmt: skip
"""Labels that mean something where the network was trained on straight paths."""

Sigmas = list[float]


def karras(low: float, high: float, count: int, rho: float = RHO) -> Sigmas:
    """`count` sigmas from high down to low."""
    ramp = np.linspace(0, 1, count)
    ends = low ** (1 / rho), high ** (1 / rho)
    return [float(s) for s in (ends[1] + ramp * (ends[0] - ends[1])) ** rho]


def exponential(low: float, high: float, count: int) -> Sigmas:
    return [float(s) for s in np.exp(np.linspace(math.log(high), math.log(low), count))]


def kl_optimal(low: float, high: float, count: int) -> Sigmas:
    return [float(s) for s in np.tan(np.linspace(math.atan(high), math.atan(low), count))]


def beta(low: float, high: float, count: int) -> Sigmas:
    """Quantiles of the Beta distribution (0.6, 0.6): dense at both ends."""
    return [low + q * (high - low) for q in _beta_quantiles(1 - np.linspace(0, 1, count))]


def _beta_quantiles(levels: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Sigmas:
    # x = sin² a makes the density finite at both ends; the sum is then inverted by look-up.
    angle = np.linspace(0, math.pi / 2, 20_001)
    middle = (angle[1:] + angle[:-1]) / 2
    density = (np.sin(middle) * np.cos(middle)) ** (2 * BETA - 1)
    total = np.concatenate([[0.0], np.cumsum(density)])
    return [float(x) for x in np.sin(np.interp(levels, total / total[-1], angle)) ** 2]


SHAPES: dict[str, Callable[[float, float, int], Sigmas]] = {
    "Karras": karras,
    "Exponential": exponential,
    "Polyexponential": exponential,  # of the exponent 1, as WebUI has it
    "KL Optimal": kl_optimal,
    "Beta": beta,
}


def aligned(count: int, is_xl: bool) -> Sigmas:
    """The published ten steps, interpolated in the logarithm."""
    table = ALIGNED[is_xl]
    at = np.linspace(0, len(table) - 1, count)
    return [float(s) for s in np.exp(np.interp(at, range(len(table)), np.log(table)))]


def _timesteps(label: str, count: int, total: int) -> Sequence[float]:
    """Timesteps, the largest first."""
    if label in ("linspace", "Normal"):
        # Of float32, as diffusers has them: a float64 is another sigma in the seventh digit.
        return [float(t) for t in np.linspace(0, total - 1, count, dtype=np.float32)[::-1]]
    if label == "solver":
        return [float(t) for t in np.linspace(0, total - 1, count + 1).round()[::-1][:-1]]
    if label == "leading":
        if count == 1:
            return [float(total - 1)]  # where diffusers would begin at the end of the way
        ratio = total // count
        return [float(min(t, total - 1)) for t in (np.arange(count) * ratio)[::-1] + 1]
    if label == "lcm":
        # The distilled model has met 50 timesteps only, 19, 39 … 999.
        met = max(LCM_MET, count)
        known = (np.arange(1, met + 1) * (total // met) - 1)[::-1]
        return [float(known[int(i)]) for i in np.linspace(0, met, count, endpoint=False)]
    if label == "SGM Uniform":
        return [float(t) for t in np.linspace(total - 1, 0, count + 1)[:-1]]
    if label == "Simple":
        return [float(total - 1 - int(i * total / count)) for i in range(count)]
    if label == "DDIM":
        return [float(t) for t in range(1, total, max(total // count, 1))][::-1][-count:]
    raise ValueError(f"scheduler: {label!r} is not known here")


def discrete(space: Discrete, label: str, count: int, spacing: str, *, is_xl: bool) -> Route:
    """`spacing`: how the sampler counts where the label is Automatic or Uniform."""
    total = len(space.trained)
    if label in SHAPES:
        sigmas = SHAPES[label](space.sigma_min, space.sigma_max, count)
    elif label == "Align Your Steps":
        sigmas = aligned(count, is_xl)
    else:
        kind = spacing if label in ("Automatic", "Uniform") else label
        times = _timesteps(kind, count, total)
        sigmas = [space.sigma(t) for t in times]
        # The way of DDIM and PLMS ends at timestep 0, whose sigma is not quite none.
        last = space.sigma_min if kind == "leading" else 0.0
        return Route([*sigmas, last], dict(zip(sigmas, times, strict=True)))
    times = [space.time(s) for s in sigmas]
    if spacing == "solver":  # diffusers tells these samplers' networks whole timesteps only
        times = [float(round(t)) for t in times]
    return Route([*sigmas, 0.0], dict(zip(sigmas, times, strict=True)))


def flow(space: Flow, label: str, count: int) -> Route:
    if label not in FLOW:
        raise ValueError(f"scheduler: {label!r} has no meaning for this family of models")
    if label in SHAPES:
        sigmas = SHAPES[label](space.sigma_min, 1.0, count)
    elif space.is_even or label in ("SGM Uniform", "Simple"):
        sigmas = [space.shifted(float(s)) for s in np.linspace(1.0, 1 / count, count)]
    else:
        # diffusers' default: the lowest timestep is shifted twice.
        sigmas = [space.shifted(float(s)) for s in np.linspace(1.0, space.sigma_min, count)]
    return Route([*sigmas, 0.0], {})


def route(space: Space, label: str, count: int, spacing: str, *, is_xl: bool = False) -> Route:
    """Raises ValueError, "scheduler: …": the label has no meaning for the space."""
    if isinstance(space, Flow):
        return flow(space, label, count)
    if isinstance(space, Discrete):
        return discrete(space, label, count, spacing, is_xl=is_xl)
    shape = SHAPES.get("Karras" if label in ("Automatic", "Uniform") else label)
    if shape is None:
        raise ValueError(f"scheduler: {label!r} has no meaning for this family of models")
    return Route([*shape(space.sigma_min, space.sigma_max, count), 0.0], {})
