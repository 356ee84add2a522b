"""The names of samplers and schedules that WebUI 1.10 lists, and how clients write them.

A painter that is no diffusion model is told the name and need not heed it; the names are here so
that every WebUI client finds what it sends.
"""

from __future__ import annotations

from typing import Any

from generation.engine.refusal import Refusal
from generation.wording.schedules import SCHEDULERS

SAMPLERS = (
    "DPM++ 2M",
    "DPM++ SDE",
    "DPM++ 2M SDE",
    "DPM++ 2M SDE Heun",
    "DPM++ 2S a",
    "DPM++ 3M SDE",
    "Euler a",
    "Euler",
    "LMS",
    "Heun",
    "DPM2",
    "DPM2 a",
    "DPM fast",
    "DPM adaptive",
    "Restart",
    "DDIM",
    "DDIM CFG++",
    "PLMS",
    "UniPC",
    "LCM",
)
_SAMPLER = {name.casefold(): name for name in SAMPLERS}
_SCHEDULE = SCHEDULERS | {label.casefold(): label for label in SCHEDULERS.values()}


def resolve(sampler: str, scheduler: str, *, field: str = "sampler_name") -> tuple[str, str]:
    """The listed names. ``DPM++ 2M Karras`` is a sampler and a schedule, as before WebUI 1.9.

    Raises Refusal 404, in WebUI's words, for a name that is not listed.
    """
    name, schedule = sampler.strip().casefold(), scheduler.strip().casefold()
    if name not in _SAMPLER:
        for ending, label in _SCHEDULE.items():
            if name.endswith(f" {ending}"):
                name, schedule = name.removesuffix(f" {ending}"), schedule or label.casefold()
                break
    if name not in _SAMPLER:
        raise Refusal(404, f"Sampler not found: {sampler}", field=field)
    return _SAMPLER[name], _schedule(schedule, scheduler, "scheduler")


def schedule(scheduler: str, *, field: str) -> str:
    """The listed label. Raises Refusal 404."""
    return _schedule(scheduler.strip().casefold(), scheduler, field)


def _schedule(name: str, given: str, field: str) -> str:
    if name and name not in _SCHEDULE:
        raise Refusal(404, f"Scheduler not found: {given}", field=field)
    return _SCHEDULE.get(name, "Automatic")


def sampler_rows() -> list[dict[str, Any]]:
    return [{"name": name, "aliases": [], "options": {}} for name in SAMPLERS]


def scheduler_rows() -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": label,
            "aliases": None,
            "default_rho": -1.0,
            "need_inner_model": False,
        }
        for name, label in SCHEDULERS.items()
    ]
