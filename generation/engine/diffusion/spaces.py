"""How a family counts noise: sigmas, timesteps, and what the network's output says of the picture.

Two kinds. Where x = x0 + sigma × noise (Stable Diffusion to SDXL, SVD) the network is given
x / √(sigma² + 1) and predicts the noise or v. Where x = (1 - sigma) × x0 + sigma × noise (SD 3,
Flux) it is given x and predicts noise - x0. Sigmas are Python floats: nothing here waits for a
device.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Space(Protocol):
    is_flow: bool

    @property
    def sigma_min(self) -> float:
        """Of the least noise that was trained."""

    @property
    def sigma_max(self) -> float: ...

    def scaled(self, x: torch.Tensor, sigma: float) -> torch.Tensor:
        """What the network is given."""

    def time(self, sigma: float) -> float:
        """The timestep that the network is told."""

    def clean(self, x: torch.Tensor, out: torch.Tensor, sigma: float) -> torch.Tensor:
        """The picture x0 in x, by the network's output."""

    def noised(self, clean: torch.Tensor, noise: torch.Tensor, sigma: float) -> torch.Tensor: ...

    def alpha(self, sigma: float) -> float:
        """The factor of x0 in x."""


class _Spread:
    """x = x0 + sigma × noise."""

    is_flow = False
    prediction: str

    def scaled(self, x: torch.Tensor, sigma: float) -> torch.Tensor:
        return x / math.sqrt(sigma**2 + 1)

    def clean(self, x: torch.Tensor, out: torch.Tensor, sigma: float) -> torch.Tensor:
        if self.prediction == "epsilon":
            return x - sigma * out
        if self.prediction == "sample":
            return out
        return x / (sigma**2 + 1) - out * (sigma / math.sqrt(sigma**2 + 1))

    def noised(self, clean: torch.Tensor, noise: torch.Tensor, sigma: float) -> torch.Tensor:
        return clean + sigma * noise

    def alpha(self, sigma: float) -> float:
        return 1.0


class Discrete(_Spread):
    """Trained at whole timesteps 0 … 999; between them sigma is interpolated."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """`config`: a diffusers scheduler's. Raises ValueError: betas or a prediction unknown."""
        self.prediction = config.get("prediction_type", "epsilon")
        if self.prediction not in ("epsilon", "v_prediction", "sample"):
            raise ValueError(f"prediction_type {self.prediction!r} is not known")
        self.trained: Floats = _sigmas(config)
        self._logs = np.log(self.trained)

    @property
    def sigma_min(self) -> float:
        return float(self.trained[0])

    @property
    def sigma_max(self) -> float:
        return float(self.trained[-1])

    def sigma(self, time: float) -> float:
        return float(np.interp(time, np.arange(len(self.trained)), self.trained))

    def time(self, sigma: float) -> float:
        return float(np.interp(math.log(max(sigma, 1e-10)), self._logs, np.arange(len(self._logs))))


def _sigmas(config: Mapping[str, Any]) -> Floats:
    """In float32 as diffusers counts them, so that both see the same noise."""
    count = int(config.get("num_train_timesteps", 1000))
    start, end = config.get("beta_start", 0.00085), config.get("beta_end", 0.012)
    schedule = config.get("beta_schedule", "scaled_linear")
    if config.get("trained_betas") is not None:
        betas = torch.tensor(config["trained_betas"], dtype=torch.float32)
    elif schedule == "scaled_linear":
        betas = torch.linspace(start**0.5, end**0.5, count, dtype=torch.float32) ** 2
    elif schedule == "linear":
        betas = torch.linspace(start, end, count, dtype=torch.float32)
    else:
        raise ValueError(f"beta_schedule {schedule!r} is not known")
    kept = torch.cumprod(1 - betas, 0)
    if config.get("rescale_betas_zero_snr"):
        root = kept.sqrt()
        kept = ((root - root[-1]) * root[0] / (root[0] - root[-1])) ** 2
        kept[-1] = 2**-24  # not 0: sigma stays finite
    sigmas: Floats = (((1 - kept) / kept) ** 0.5).double().numpy()
    return sigmas


class Continuous(_Spread):
    """Trained at any sigma (SVD): the network is told a quarter of its logarithm."""

    prediction = "v_prediction"

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config

    @property
    def sigma_min(self) -> float:
        return float(self.config.get("sigma_min") or 0.002)

    @property
    def sigma_max(self) -> float:
        return float(self.config.get("sigma_max") or 700.0)

    def time(self, sigma: float) -> float:
        return 0.25 * math.log(sigma)


@dataclass
class Flow:
    """x = (1 - sigma) × x0 + sigma × noise, sigma from 1 to 0."""

    config: Mapping[str, Any]
    scale: float = 1000.0
    """Of the timestep that the network is told: SD 3 is told 0 … 1000, Flux 0 … 1."""
    mu: float | None = None
    """Flux: the shift that belongs to the size of the picture; None: the configured one."""
    is_even: bool = False
    """Flux: before the shift all steps are of one length, also the last one."""
    is_flow = True

    @property
    def sigma_max(self) -> float:
        return 1.0

    @property
    def sigma_min(self) -> float:
        return self.shifted(1.0 / int(self.config.get("num_train_timesteps", 1000)))

    def shifted(self, sigma: float) -> float:
        """More steps where there is much noise, the larger the picture."""
        if sigma <= 0 or sigma >= 1:
            return min(max(sigma, 0.0), 1.0)
        if self.mu is None:
            shift = float(self.config.get("shift", 1.0))
            return shift * sigma / (1 + (shift - 1) * sigma)
        if self.config.get("time_shift_type", "exponential") == "linear":
            return self.mu / (self.mu + (1 / sigma - 1))
        return math.exp(self.mu) / (math.exp(self.mu) + (1 / sigma - 1))

    def time(self, sigma: float) -> float:
        return sigma * self.scale

    def scaled(self, x: torch.Tensor, sigma: float) -> torch.Tensor:
        return x

    def clean(self, x: torch.Tensor, out: torch.Tensor, sigma: float) -> torch.Tensor:
        return x - sigma * out

    def noised(self, clean: torch.Tensor, noise: torch.Tensor, sigma: float) -> torch.Tensor:
        return (1 - sigma) * clean + sigma * noise

    def alpha(self, sigma: float) -> float:
        return 1.0 - sigma


@dataclass(frozen=True)
class Route:
    """The sigmas that a pass walks down, and what the network is told at them."""

    sigmas: Sequence[float]
    """One more than steps."""
    times: Mapping[float, float]
    """sigma → timestep, where it is not simply Space.time's."""
