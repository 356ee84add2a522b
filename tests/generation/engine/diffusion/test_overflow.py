"""Numbers that overflow: a VAE's in halves are counted again, a model's are no picture."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest
import torch

from generation.engine.diffusion import decode
from generation.engine.diffusion.families import Kind
from generation.engine.diffusion.loading import Loaded, load
from generation.engine.diffusion.passes import Pass, run
from generation.engine.diffusion.shelf import Shelf

ONE = Pass(prompt="a boat", width=64, height=64, steps=2, sampler="Euler", seed=5)


@pytest.fixture
def loaded(tiny_models: Path) -> Loaded:
    shelf = Shelf(tiny_models)
    shelf.scan()
    return load(shelf.find(Kind.CHECKPOINT, "tiny-sd1.safetensors"))


def pixels(loaded: Loaded) -> np.ndarray[tuple[int, ...], np.dtype[np.int_]]:
    return np.asarray(run(ONE, loaded, lambda *_: None)).astype(int)


def test_a_vae_that_overflows_in_halves_goes_on_in_full_precision(loaded: Loaded) -> None:
    plain = pixels(loaded)
    # Between two of its layers the numbers are a million times as large, and the picture the same.
    convolution, norm = loaded.vae.decoder.conv_in, loaded.vae.decoder.mid_block
    convolution.register_forward_hook(lambda *call: call[-1] * 1e6)
    norm.register_forward_pre_hook(lambda module, given: (given[0] * 1e-6, *given[1:]))
    assert abs(pixels(loaded) - plain).max() <= 1
    loaded.vae.to(torch.float16)
    assert abs(pixels(loaded) - plain).max() <= 2
    assert loaded.vae.dtype == torch.float32
    loaded.vae.to(torch.float16)  # as after a change of the checkpoint
    calls: list[torch.dtype] = []
    convolution.register_forward_pre_hook(lambda module, given: calls.append(given[0].dtype))
    pixels(loaded)
    assert calls == [torch.float32]  # known by now


def test_encoding_too(loaded: Loaded) -> None:
    image = run(ONE, loaded, lambda *_: None)
    plain = decode.latents(loaded, image)
    encoder = loaded.vae.encoder
    encoder.conv_in.register_forward_hook(lambda *call: call[-1] * 1e6)
    encoder.down_blocks[0].register_forward_pre_hook(lambda module, given: (given[0] * 1e-6,))
    loaded.vae.to(torch.float16)
    assert (decode.latents(loaded, image) - plain).abs().max() < 1e-2


@pytest.mark.parametrize("part", ["unet", "vae.decoder"])
def test_what_is_no_number_is_no_picture(loaded: Loaded, part: str) -> None:
    attrgetter(part)(loaded).conv_out.bias.data += torch.nan
    with pytest.raises(ArithmeticError, match="overflowed"):
        pixels(loaded)
