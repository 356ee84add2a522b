"""The samplers by name: which solver, how timesteps are counted, and how it begins.

Every one goes with every schedule. Where diffusers has the sampler, timesteps, sigmas and steps
are its scheduler's (tests/generation/engine/diffusion/test_samplers.py holds them together);
what differs is that here a step is arithmetic on floats, and noise comes from the picture's own
generator on the CPU. An img2img walks the last `steps × denoising_strength` steps, as there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from generation.engine.diffusion import schedules
from generation.engine.diffusion.solvers import dpm, singlestep, slopes
from generation.engine.diffusion.solvers.walking import Solver
from generation.engine.diffusion.spaces import Continuous, Discrete, Flow, Route, Space


@dataclass(frozen=True)
class Sampler:
    solve: Solver
    spacing: str = "linspace"
    """How timesteps are spread where no schedule is named; see schedules."""
    eta: float = 0.0
    """Where the job names none."""
    unit: bool = False
    """Noise and picture together have the variance of both at the start (diffusers'
    `init_noise_sigma` 1), instead of the noise alone that of sigma."""
    flow: bool = False
    """It means something for SD 3 and Flux too."""
    joins: bool = True
    """Several pictures in one batch are what they would be alone."""


SAMPLERS: dict[str, Sampler] = {
    "Euler a": Sampler(slopes.euler_ancestral, eta=1.0, flow=True),
    "Euler": Sampler(slopes.euler, flow=True),
    "LMS": Sampler(slopes.lms),
    "Heun": Sampler(slopes.heun, flow=True),
    "DPM2": Sampler(slopes.dpm2),
    "DPM2 a": Sampler(slopes.dpm2_ancestral, eta=1.0),
    "DPM++ 2S a": Sampler(dpm.dpmpp_2s_ancestral, eta=1.0),
    "DPM++ 2M": Sampler(dpm.dpmpp_2m, "solver", unit=True, flow=True),
    "DPM++ SDE": Sampler(dpm.dpmpp_sde, eta=1.0),
    "DPM++ 2M SDE": Sampler(dpm.dpmpp_2m_sde, "solver", eta=1.0, unit=True),
    "DPM++ 2M SDE Heun": Sampler(dpm.dpmpp_2m_sde_heun, "solver", eta=1.0, unit=True),
    "DPM++ 3M SDE": Sampler(dpm.dpmpp_3m_sde, "solver", eta=1.0, unit=True),
    "DPM fast": Sampler(singlestep.dpm_fast),
    "DPM adaptive": Sampler(singlestep.dpm_adaptive, joins=False),
    "Restart": Sampler(slopes.restart),
    "DDIM": Sampler(slopes.euler_ancestral, "leading", unit=True),
    "DDIM CFG++": Sampler(slopes.cfg_pp, "leading", unit=True),
    "PLMS": Sampler(slopes.plms, "leading", unit=True),
    "UniPC": Sampler(dpm.unipc, "solver", unit=True, flow=True),
    "LCM": Sampler(slopes.lcm, "lcm", unit=True, flow=True),
}
SCHEDULES = tuple({"Automatic", "Uniform", "Simple", "Normal", "SGM Uniform", "DDIM",
                   "Align Your Steps", *schedules.SHAPES})  # fmt: skip


class Walked(Protocol):
    """What is read of a Pass."""

    sampler: str
    scheduler: str
    steps: int
    eta: float | None
    width: int
    height: int

    begin_at: int
    end_at: int | None

    @property
    def walked(self) -> int: ...


@dataclass(frozen=True)
class Plan:
    sampler: Sampler
    route: Route
    eta: float

    @property
    def sigmas(self) -> tuple[float, ...]:
        return tuple(self.route.sigmas)


def refusal(sampler: str, scheduler: str, is_flow: bool) -> str | None:
    """Why a model cannot be sampled so, as "field: reason"."""
    if sampler not in SAMPLERS:
        return f"sampler: {sampler!r} is not known"
    if scheduler not in SCHEDULES:
        return f"scheduler: {scheduler!r} is not known"
    if is_flow and not SAMPLERS[sampler].flow:
        names = ", ".join(name for name, row in SAMPLERS.items() if row.flow)
        return f"sampler: {sampler} has no meaning for this family of models; use {names}"
    if is_flow and scheduler not in schedules.FLOW:
        return f"scheduler: {scheduler} has no meaning for this family of models"
    return None


def plan(space: Space, one: Walked, *, is_xl: bool = False) -> Plan:
    """The way of a pass. Raises ValueError, as `refusal` words it."""
    if reason := refusal(one.sampler, one.scheduler, isinstance(space, Flow)):
        raise ValueError(reason)
    sampler = SAMPLERS[one.sampler]
    route = schedules.route(space, one.scheduler, one.steps, sampler.spacing, is_xl=is_xl)
    sigmas = list(route.sigmas)[one.steps - one.walked :]
    if isinstance(space, Continuous | Discrete) and sampler.solve is slopes.restart:
        sigmas = _karras_ends(space, sigmas)
    until = None if one.end_at is None else one.end_at + 1
    sigmas = sigmas[one.begin_at : until]
    eta = sampler.eta if one.eta is None else one.eta
    return Plan(sampler, Route(sigmas, route.times), eta)


def _karras_ends(space: Space, sigmas: list[float]) -> list[float]:
    """Restart walks Karras' sigmas between the ends that the schedule gives."""
    count = len(sigmas) - 1
    if count < 2:
        return sigmas
    return [*schedules.karras(space.sigma_min, sigmas[0], count), 0.0]
