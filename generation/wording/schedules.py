"""The noise schedules that WebUI 1.10 lists, and how clients write them. Pure."""

from __future__ import annotations

# name → label
SCHEDULERS = {
    "automatic": "Automatic",
    "uniform": "Uniform",
    "karras": "Karras",
    "exponential": "Exponential",
    "polyexponential": "Polyexponential",
    "sgm_uniform": "SGM Uniform",
    "kl_optimal": "KL Optimal",
    "align_your_steps": "Align Your Steps",
    "simple": "Simple",
    "normal": "Normal",
    "ddim": "DDIM",
    "beta": "Beta",
}
_LABELS = SCHEDULERS | {label.casefold(): label for label in SCHEDULERS.values()}


def scheduler(name: str) -> str | None:
    """The label behind a name or label in any letter case; "" where the sampler decides, None
    where nobody knows it."""
    wanted = name.strip().casefold()
    return "" if wanted in ("", "automatic") else _LABELS.get(wanted)
