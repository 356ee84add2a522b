"""The families' adapters: one literal table, imported on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from generation.engine.diffusion.adapters.base import Adapter
from generation.engine.diffusion.families import Family
from generation.engine.diffusion.loading import Loaded

if TYPE_CHECKING:
    from generation.engine.diffusion.passes import Pass

ADAPTERS: dict[Family, str] = {
    Family.SD1: "sd.StableDiffusion",
    Family.SD2: "sd.StableDiffusion",
    Family.SDXL: "sd.StableDiffusion",
    Family.SD3: "sd3.StableDiffusion3",
    Family.FLUX: "flux.Flux",
    Family.SVD: "svd.StableVideoDiffusion",
}


def adapter_for(loaded: Loaded, one: Pass) -> Adapter:
    module, _, name = ADAPTERS[loaded.family].rpartition(".")
    kind: type[Adapter] = getattr(import_module(f"{__name__}.{module}"), name)
    return kind(loaded, one)
