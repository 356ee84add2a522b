"""The samplers of the published calls are the engine's own, each with its schedule."""

from __future__ import annotations

import pytest

from generation.engine.refusal import Refusal
from generation.engine.samplers import resolve

PUBLISHED = {
    "Euler a": ("Euler a", "Automatic"),
    "Euler": ("Euler", "Automatic"),
    "LMS": ("LMS", "Automatic"),
    "Heun": ("Heun", "Automatic"),
    "DPM2": ("DPM2", "Automatic"),
    "DPM2 a": ("DPM2 a", "Automatic"),
    "DPM++ 2S a": ("DPM++ 2S a", "Automatic"),
    "DPM++ 2M": ("DPM++ 2M", "Automatic"),
    "DPM++ SDE": ("DPM++ SDE", "Automatic"),
    "DPM fast": ("DPM fast", "Automatic"),
    "DPM adaptive": ("DPM adaptive", "Automatic"),
    "LMS Karras": ("LMS", "Karras"),
    "DPM2 Karras": ("DPM2", "Karras"),
    "DPM2 a Karras": ("DPM2 a", "Karras"),
    "DPM++ 2S a Karras": ("DPM++ 2S a", "Karras"),
    "DPM++ SDE Karras": ("DPM++ SDE", "Karras"),
    "DPM++ 2M Karras": ("DPM++ 2M", "Karras"),
}


@pytest.mark.parametrize(("name", "meant"), PUBLISHED.items())
def test_a_published_name_is_its_sampler_and_schedule(name: str, meant: tuple[str, str]) -> None:
    assert resolve(name, "") == meant
    assert resolve(f" {name.upper()} ", "") == meant


def test_there_are_seventeen() -> None:
    assert len(set(PUBLISHED.values())) == 17


def test_a_schedule_that_is_named_goes_before_the_names_own() -> None:
    assert resolve("DPM++ 2M Karras", "Exponential") == ("DPM++ 2M", "Exponential")


@pytest.mark.parametrize("name", ["", "Euler b", "Karras", "Euler a Caras"])
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(Refusal, match="Sampler not found"):
        resolve(name, "")
