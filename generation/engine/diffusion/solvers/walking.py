"""What every solver is given, and the steps that several of them share."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

Tensor = torch.Tensor
Sigmas = Sequence[float]


@dataclass(frozen=True)
class Churn:
    """Karras et al.'s stochasticity: before a step some noise is added, and walked away again."""

    amount: float
    low: float = 0.0
    high: float = math.inf
    """Between these sigmas only."""

    def raised(self, sigma: float, steps: int) -> float:
        if not self.low <= sigma <= self.high:
            return sigma
        return sigma * (1 + min(self.amount / steps, math.sqrt(2) - 1))


@dataclass(frozen=True)
class Walk:
    """Sigmas are floats, so a solver never waits for a device."""

    clean: Callable[[Tensor, float], Tensor]
    """(x, sigma) → the picture x0 that the network sees in x. The costly call."""
    unguided: Callable[[], Tensor]
    """x0 of the last call, as only the negative prompt sees it."""
    noise: Callable[[], Tensor]
    """Fresh unit noise of x's shape and device."""
    after: Callable[[int, Tensor, float, Tensor], Tensor]
    """(steps walked, x, its sigma, the last x0) → x. Called once a step: reports, and mends what
    is masked."""
    eta: float = 1.0
    """How much of the noise that a step takes away is put back as new noise."""
    churn: Churn | None = None
    is_flow: bool = False
    """x = (1 - sigma) x0 + sigma noise, instead of x0 + sigma noise."""

    def stirred(self, x: Tensor, sigma: float, steps: int) -> tuple[Tensor, float]:
        """x at a sigma that is a little higher, where the walk is churned."""
        if self.churn is None:
            return x, sigma
        higher = self.churn.raised(sigma, steps)
        if higher > sigma:
            x = x + math.sqrt(higher**2 - sigma**2) * self.noise()
        return x, higher

    def alpha(self, sigma: float) -> float:
        return 1.0 - sigma if self.is_flow else 1.0

    def decay(self, sigma: float) -> float:
        """λ = log(alpha / sigma): the time in which the solvers of DPM count. ∞ at sigma 0."""
        if sigma <= 0:
            return math.inf
        alpha = self.alpha(sigma)
        return math.log(alpha / sigma) if alpha > 0 else -math.inf


Solver = Callable[[Walk, Tensor, Sigmas], Tensor]
"""Walks x from the first sigma to the last."""


def slope(x: Tensor, clean: Tensor, sigma: float) -> Tensor:
    """dx / dsigma, in both kinds of space."""
    return (x - clean) / sigma


def split(sigma: float, to: float, eta: float) -> tuple[float, float]:
    """(down, up): walk to `down`, then add `up` × noise, and the noise is that of `to`."""
    up = min(to, eta * math.sqrt(max(to**2 * (sigma**2 - to**2), 0.0)) / sigma)
    return math.sqrt(max(to**2 - up**2, 0.0)), up


def between(sigma: float, to: float, share: float = 0.5) -> float:
    """On the way in log sigma."""
    return math.exp(math.log(sigma) * (1 - share) + math.log(to) * share)


def jump(walk: Walk, x: Tensor, clean: Tensor, sigma: float, to: float) -> Tensor:
    """The exact way from sigma to `to`, if x0 did not change on it (DPM-Solver++, first order)."""
    step = walk.decay(to) - walk.decay(sigma)
    return (to / sigma) * x - walk.alpha(to) * math.expm1(-step) * clean
