"""The samplers against diffusers' schedulers, and against walks whose end is known."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import diffusers
import pytest
import torch

from generation.engine.diffusion import schedules
from generation.engine.diffusion.samplers import SAMPLERS, SCHEDULES, plan, refusal
from generation.engine.diffusion.schedules import FLOW
from generation.engine.diffusion.solvers.slopes import lagrange_weights, restart_path
from generation.engine.diffusion.solvers.walking import Walk
from generation.engine.diffusion.spaces import Continuous, Discrete, Flow, Space
from generation.engine.samplers import SAMPLERS as LISTED

# diffusers' own schedulers, with the numpy of this year.
pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:__array_wrap__ must accept:DeprecationWarning"),
]

CONFIG: dict[str, Any] = {
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "prediction_type": "epsilon",
}
LEADING = {"steps_offset": 1, "timestep_spacing": "leading", "set_alpha_to_one": False}
SOLVER = {"algorithm_type": "dpmsolver++", "solver_type": "midpoint"}
SDE = {"algorithm_type": "sde-dpmsolver++", "solver_type": "midpoint"}
SHAPE = (2, 4, 6, 6)
SPREAD = 0.7
"""Standard deviation of the pictures whose denoiser is known exactly."""

# WebUI's name → diffusers' class and what sets it apart.
DIFFUSERS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "Euler": ("EulerDiscreteScheduler", {}),
    "Euler a": ("EulerAncestralDiscreteScheduler", {}),
    "Heun": ("HeunDiscreteScheduler", {}),
    "DPM2": ("KDPM2DiscreteScheduler", {}),
    "DPM2 a": ("KDPM2AncestralDiscreteScheduler", {}),
    "DPM++ 2M": ("DPMSolverMultistepScheduler", SOLVER),
    "DPM++ 2M SDE": ("DPMSolverMultistepScheduler", SDE),
    "DPM++ 2M SDE Heun": ("DPMSolverMultistepScheduler", SDE | {"solver_type": "heun"}),
    "DDIM": ("DDIMScheduler", LEADING | {"clip_sample": False}),
    "PLMS": ("PNDMScheduler", LEADING | {"skip_prk_steps": True}),
    "UniPC": ("UniPCMultistepScheduler", {}),
    "LCM": ("LCMScheduler", {}),
}
# Those of them that know Karras' schedule.
KARRAS = ("Euler", "Heun", "DPM2", "DPM2 a", "DPM++ 2M", "DPM++ 2M SDE", "UniPC")
ANCESTRAL = ("Euler a", "DPM2 a", "DPM++ 2S a", "DPM++ SDE", "DPM++ 2M SDE", "DPM++ 2M SDE Heun",
             "DPM++ 3M SDE", "LCM")  # fmt: skip


@dataclass
class Asked:
    sampler: str
    scheduler: str = "Automatic"
    steps: int = 12
    eta: float | None = None
    width: int = 64
    height: int = 64
    walked: int = 12
    begin_at: int = 0
    end_at: int | None = None


def ask(sampler: str, scheduler: str = "Automatic", steps: int = 12, **more: Any) -> Asked:
    return Asked(sampler, scheduler, steps, **({"walked": steps} | more))


def network(x: torch.Tensor, time: torch.Tensor | float) -> torch.Tensor:
    """Smooth, and not linear in anything."""
    return torch.tanh(1.3 * x + 0.4 * torch.sin(torch.as_tensor(time, dtype=x.dtype) / 150))


def ours(asked: Asked, space: Space, seed: int = 3) -> torch.Tensor:
    way = plan(space, asked)
    generator = torch.Generator().manual_seed(seed)
    start = torch.randn(SHAPE, generator=generator)
    sigma = way.sigmas[0]
    x = start * (math.sqrt(sigma**2 + 1) if way.sampler.unit and not space.is_flow else sigma)

    def clean(x: torch.Tensor, sigma: float) -> torch.Tensor:
        time = way.route.times.get(sigma, None)
        out = network(space.scaled(x, sigma), space.time(sigma) if time is None else time)
        return space.clean(x, out, sigma)

    x = way.sampler.solve(walk(clean, generator, way.eta, space), x, way.sigmas)
    last = way.sigmas[-1]
    return x / math.sqrt(last**2 + 1) if last > 0 and not space.is_flow else x


def walk(
    clean: Callable[[torch.Tensor, float], torch.Tensor],
    generator: torch.Generator,
    eta: float,
    space: Space,
) -> Walk:
    seen: list[torch.Tensor] = []

    def remembered(x: torch.Tensor, sigma: float) -> torch.Tensor:
        seen.append(clean(x, sigma))
        return seen[-1]

    return Walk(
        clean=remembered,
        unguided=lambda: 0.9 * seen[-1],
        noise=lambda: torch.randn(SHAPE, generator=generator),
        after=lambda done, x, sigma, clean: x,
        eta=eta,
        is_flow=space.is_flow,
    )


def theirs(name: str, steps: int = 12, seed: int = 3, **more: Any) -> torch.Tensor:
    kind, options = DIFFUSERS[name]
    scheduler = getattr(diffusers, kind)(**(CONFIG | options | more))
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(SHAPE, generator=generator)
    scheduler.set_timesteps(steps)
    x = x * scheduler.init_noise_sigma
    for time in scheduler.timesteps:
        out = network(scheduler.scale_model_input(x, time), time)
        words: dict[str, Any] = {"generator": generator} if name in ANCESTRAL else {}
        x = scheduler.step(out, time, x, **words).prev_sample
    return x


def furthest(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).abs().max())


@pytest.mark.parametrize("name", DIFFUSERS)
def test_a_sampler_is_diffusers_own(name: str) -> None:
    """To a hundredth, where the largest value is some 30: both count in float32."""
    assert furthest(ours(ask(name), Discrete(CONFIG)), theirs(name)) < 1e-2


@pytest.mark.parametrize("name", KARRAS)
def test_with_karras_sigmas_too(name: str) -> None:
    mine = ours(ask(name, "Karras"), Discrete(CONFIG))
    assert furthest(mine, theirs(name, use_karras_sigmas=True)) < 1e-2


@pytest.mark.parametrize("name", ["Euler", "DPM++ 2M"])
def test_with_exponential_sigmas_too(name: str) -> None:
    mine = ours(ask(name, "Exponential"), Discrete(CONFIG))
    assert furthest(mine, theirs(name, use_exponential_sigmas=True)) < 1e-2


def test_3m_without_new_noise_is_diffusers_third_order() -> None:
    """Not diffusers' own 3M SDE: up to 0.42 its last term has the wrong sign (-0.5 for +0.5), as
    twice the step in the formula above it shows."""
    kind, options = "DPMSolverMultistepScheduler", SOLVER | {"solver_order": 3}
    scheduler = getattr(diffusers, kind)(**CONFIG, **options, lower_order_final=False)
    x = torch.randn(SHAPE, generator=torch.Generator().manual_seed(3))
    scheduler.set_timesteps(12)
    for time in scheduler.timesteps:
        x = scheduler.step(network(x, time), time, x).prev_sample
    assert furthest(ours(ask("DPM++ 3M SDE", eta=0.0), Discrete(CONFIG)), x) < 1e-2


def test_v_prediction_is_diffusers_own() -> None:
    config = CONFIG | {"prediction_type": "v_prediction"}
    mine = ours(ask("Euler"), Discrete(config))
    assert furthest(mine, theirs("Euler", prediction_type="v_prediction")) < 1e-2


def test_sigmas_without_a_last_signal_are_diffusers_own() -> None:
    config = CONFIG | {"rescale_betas_zero_snr": True, "prediction_type": "v_prediction"}
    scheduler = diffusers.EulerDiscreteScheduler(**config, timestep_spacing="trailing")
    assert Discrete(config).sigma_max == pytest.approx(float(scheduler.sigmas[0]), rel=1e-4)


# --- walks whose end is known -------------------------------------------------------------------


def gaussian(x: torch.Tensor, sigma: float) -> torch.Tensor:
    """The exact denoiser of pictures that are noise of the deviation SPREAD."""
    return x * SPREAD**2 / (SPREAD**2 + sigma**2)


def gauss_error(name: str, steps: int) -> float:
    """The largest relative distance from the exact end, of a walk without new noise that stops
    at sigma 0.1: the last step, to 0, is of the first order in every sampler."""
    space = Discrete(CONFIG)
    sigmas = schedules.exponential(0.1, 10.0, steps + 1)
    x = torch.full(SHAPE, 10.0, dtype=torch.float64)
    run = walk(gaussian, torch.Generator().manual_seed(1), 0.0, space)
    end = SAMPLERS[name].solve(run, x, sigmas)
    exact = 10.0 * math.sqrt((SPREAD**2 + 0.1**2) / (SPREAD**2 + 10.0**2))
    return float((end / exact - 1).abs().max())


@pytest.mark.parametrize(
    "name", [name for name in SAMPLERS if name not in ("LCM", "Restart", "DDIM CFG++")]
)
def test_more_steps_come_nearer_to_the_known_end(name: str) -> None:
    assert gauss_error(name, 96) < 0.05
    if name != "DPM adaptive":  # it chooses its own
        assert gauss_error(name, 96) < gauss_error(name, 12)


@pytest.mark.parametrize(
    ("name", "order"),
    [("Euler", 1), ("Heun", 2), ("DPM2", 2), ("DPM++ 2M", 2), ("DPM++ 2S a", 2), ("DPM fast", 2),
     ("LMS", 3)],
)  # fmt: skip
def test_the_error_falls_as_fast_as_the_order_promises(name: str, order: int) -> None:
    """Twice the steps divide the error by 2 ** order, or nearly."""
    assert gauss_error(name, 48) / gauss_error(name, 96) > 0.7 * 2**order


@pytest.mark.parametrize("name", [*ANCESTRAL[:-1], "Restart"])
def test_new_noise_keeps_the_spread_of_the_pictures(name: str) -> None:
    space = Discrete(CONFIG)
    way = plan(space, ask(name, "Karras", 40))
    generator = torch.Generator().manual_seed(5)
    shape = (40_000,)
    run = Walk(
        clean=gaussian,
        unguided=lambda: torch.zeros(shape),
        noise=lambda: torch.randn(shape, generator=generator, dtype=torch.float64),
        after=lambda done, x, sigma, clean: x,
        eta=way.eta,
    )
    x = torch.randn(shape, generator=generator, dtype=torch.float64) * way.sigmas[0]
    assert float(way.sampler.solve(run, x, way.sigmas).std()) == pytest.approx(SPREAD, rel=0.1)


def test_lms_weights_are_adams_bashforths_on_even_steps() -> None:
    weights = lagrange_weights([3.0, 4.0, 5.0], 3.0, 2.0)
    assert weights == pytest.approx([-23 / 12, 16 / 12, -5 / 12])


@pytest.mark.parametrize("steps", [20, 36, 50])
def test_restart_takes_as_many_steps_as_asked(steps: int) -> None:
    sigmas = [*map(float, torch.linspace(14.6, 0.03, steps)), 0.0]
    path = restart_path(sigmas)
    assert len(path) == steps
    assert any(after[0] > before[1] for before, after in zip(path, path[1:], strict=False))


# --- flow ---------------------------------------------------------------------------------------


def test_flow_sigmas_are_diffusers_own() -> None:
    scheduler = diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0)
    scheduler.set_timesteps(7)
    way = plan(Flow({"shift": 3.0}), ask("Euler", steps=7))
    assert way.sigmas == pytest.approx([float(s) for s in scheduler.sigmas], abs=1e-6)


def test_heun_on_straight_paths_is_diffusers_own() -> None:
    scheduler = diffusers.FlowMatchHeunDiscreteScheduler(shift=3.0)
    scheduler.set_timesteps(7)
    space = Flow({"shift": 3.0})
    way = plan(space, ask("Heun", steps=7))
    x = y = torch.linspace(-2, 2, 50, dtype=torch.float64)
    for time in scheduler.timesteps:
        x = scheduler.step(network(x, time), time, x).prev_sample.double()
    run = walk(
        lambda x, sigma: space.clean(x, network(x, space.time(sigma)), sigma),
        torch.Generator(), 0.0, space,
    )  # fmt: skip
    sigmas = [float(s) for s in scheduler.sigmas[:1]] + [float(s) for s in scheduler.sigmas[1::2]]
    assert way.sampler.solve(run, y, [*sigmas[:-1], 0.0]) == pytest.approx(x, abs=2e-3)


@pytest.mark.parametrize("name", [name for name, row in SAMPLERS.items() if row.flow])
def test_samplers_of_straight_paths_reach_the_known_end(name: str) -> None:
    """Pictures that are one point: every path leads there."""
    space = Flow({"shift": 3.0})
    way = plan(space, ask(name))
    point = torch.full(SHAPE, 0.3, dtype=torch.float64)
    run = walk(lambda x, sigma: point, torch.Generator().manual_seed(2), way.eta, space)
    end = way.sampler.solve(run, torch.randn(SHAPE, dtype=torch.float64), way.sigmas)
    assert furthest(end, point) < 1e-9


# --- every name ---------------------------------------------------------------------------------


def test_every_listed_sampler_is_here() -> None:
    assert set(SAMPLERS) == set(LISTED)


def test_every_sampler_differs_from_every_other() -> None:
    """21 steps: below 20 Restart is Heun."""
    ends = {name: ours(ask(name, steps=21), Discrete(CONFIG)) for name in SAMPLERS}
    for name, end in ends.items():
        for other, its in ends.items():
            assert name == other or furthest(end, its) > 1e-4, (name, other)


@pytest.mark.parametrize("name", SAMPLERS)
def test_the_same_seed_gives_the_same_walk(name: str) -> None:
    one, two = (ours(ask(name, steps=6), Discrete(CONFIG)) for _ in range(2))
    assert torch.equal(one, two)


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("name", SAMPLERS)
def test_few_steps_end_without_noise(name: str, steps: int) -> None:
    """Pictures that are one point are reached in any number of steps."""
    space = Discrete(CONFIG)
    way = plan(space, ask(name, steps=steps))
    point = torch.full(SHAPE, 0.3)
    run = replace(
        walk(lambda x, sigma: point, torch.Generator().manual_seed(2), 0.0, space),
        unguided=lambda: point,
    )
    end = way.sampler.solve(run, torch.randn(SHAPE) * way.sigmas[0], way.sigmas)
    # Some stop at the sigma of timestep 0, 0.03.
    assert furthest(end, point) < 0.15


@pytest.mark.parametrize("label", sorted(SCHEDULES))
def test_a_schedule_falls_from_noise_to_none(label: str) -> None:
    space = Discrete(CONFIG)
    sigmas = plan(space, ask("Euler", label, 9)).sigmas
    assert len(sigmas) == 10
    assert all(a > b for a, b in zip(sigmas, sigmas[1:], strict=False))
    assert sigmas[-1] == 0


def test_beta_sigmas_are_the_distributions_quantiles() -> None:
    space = Discrete(CONFIG)
    sigmas = plan(space, ask("Euler", "Beta", 5)).sigmas[:-1]
    shares = [(s - space.sigma_min) / (space.sigma_max - space.sigma_min) for s in sigmas]
    torch.manual_seed(0)
    drawn = torch.distributions.Beta(0.6, 0.6).sample((200_000,))
    quantiles = [float(drawn.quantile(level)) for level in (1.0, 0.75, 0.5, 0.25, 0.0)]
    assert shares == pytest.approx(quantiles, abs=5e-3)


def test_an_img2img_walks_the_end_of_the_way() -> None:
    whole = plan(Discrete(CONFIG), ask("Euler", steps=20)).sigmas
    assert plan(Discrete(CONFIG), ask("Euler", steps=20, walked=15)).sigmas == whole[5:]


def test_a_video_model_is_told_a_quarter_of_the_logarithm() -> None:
    space = Continuous({"sigma_min": 0.002, "sigma_max": 700.0})
    assert plan(space, ask("Euler")).sigmas[0] == pytest.approx(700.0)
    assert space.time(1.0) == 0


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, row in SAMPLERS.items() if not row.flow])
def test_a_sampler_without_meaning_for_straight_paths_is_refused_by_name(name: str) -> None:
    reason = refusal(name, "Automatic", is_flow=True)
    assert reason is not None
    assert reason.startswith(f"sampler: {name} has no meaning")


@pytest.mark.parametrize("label", sorted(set(SCHEDULES) - FLOW))
def test_so_is_a_schedule(label: str) -> None:
    with pytest.raises(ValueError, match=f"scheduler: {label} has no meaning"):
        plan(Flow({}), ask("Euler", label))


def test_unknown_names_are_refused() -> None:
    assert refusal("Eulr", "Automatic", is_flow=False) == "sampler: 'Eulr' is not known"
    assert refusal("Euler", "Karas", is_flow=False) == "scheduler: 'Karas' is not known"
