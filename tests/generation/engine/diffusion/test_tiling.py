from __future__ import annotations

from pathlib import Path

import pytest
import torch

from generation.engine.diffusion.families import Kind
from generation.engine.diffusion.loading import Loaded, load
from generation.engine.diffusion.shelf import Shelf
from generation.engine.diffusion.tiling import seamless


@pytest.fixture(scope="module")
def loaded(tiny_models: Path) -> Loaded:
    shelf = Shelf(tiny_models)
    shelf.scan()
    return load(shelf.find(Kind.CHECKPOINT, "tiny-sd1.safetensors"))


def shift_error(loaded: Loaded, wanted: bool) -> float:
    """How far a shifted picture is from the picture of shifted latents: 0 where there is no edge
    that the network could know."""
    latents = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    with torch.no_grad(), seamless(loaded, wanted):
        plain, shifted = (loaded.vae.decode(x).sample for x in (latents, latents.roll(3, -1)))
    return float((plain.roll(24, -1) - shifted).abs().max() / plain.abs().max())


def test_there_is_no_seam(loaded: Loaded) -> None:
    assert shift_error(loaded, True) < 1e-4
    assert shift_error(loaded, False) > 1e-3


def test_it_is_undone_after_an_error(loaded: Loaded) -> None:
    with pytest.raises(RuntimeError), seamless(loaded, True):
        raise RuntimeError
    assert shift_error(loaded, False) > 1e-3
