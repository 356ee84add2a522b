from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.models.attention_processor import FusedAttnProcessor2_0

from generation.engine.diffusion import fusing, lora, memory
from generation.engine.diffusion.families import Kind
from generation.engine.diffusion.loading import Loaded, load
from generation.engine.diffusion.memory import Offload
from generation.engine.diffusion.passes import Pass, run
from generation.engine.diffusion.shelf import Shelf
from generation.engine.diffusion.speed import Speed

CPU = torch.device("cpu")
ONE = Pass(prompt="a red boat", width=64, height=64, steps=3, sampler="Euler", seed=5)


@pytest.fixture(scope="module")
def shelf(tiny_models: Path) -> Shelf:
    shelf = Shelf(tiny_models)
    shelf.scan()
    return shelf


@pytest.fixture
def loaded(shelf: Shelf, request: pytest.FixtureRequest) -> Loaded:
    name = getattr(request, "param", "tiny-sd1.safetensors")
    return load(shelf.find(Kind.CHECKPOINT, name))


def painted(loaded: Loaded) -> torch.Tensor:
    image = run(ONE, loaded, lambda *_: None)
    return torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8).int()


def boat(shelf: Shelf, weight: float = 1.0) -> lora.Wanted:
    item = shelf.find(Kind.LORA, "tiny-sd1-kohya")
    return lora.Wanted(item.name, item.path, item.sha256, weight, weight)


@pytest.mark.parametrize(
    "loaded", ["tiny-sd1.safetensors", "tiny-sdxl.safetensors", "tiny-flux.safetensors"],
    indirect=True,
)  # fmt: skip
def test_joined_projections_paint_the_same_within_1_of_255(loaded: Loaded) -> None:
    plain = painted(loaded)
    assert fusing.fuse(loaded.unet) > 0
    assert (painted(loaded) - plain).abs().max() <= 1


def test_the_joined_matrix_is_what_is_called(loaded: Loaded) -> None:
    fusing.fuse(loaded.unet)
    first = next(part for part in loaded.unet.modules() if "to_qkv" in vars(part))
    assert isinstance(first.processor, FusedAttnProcessor2_0)
    plain = painted(loaded)
    first.to_qkv.weight.mul_(1.5)
    assert (painted(loaded) - plain).abs().max() > 1


def test_a_lora_reaches_the_joined_matrix_and_leaves_no_trace(loaded: Loaded, shelf: Shelf) -> None:
    plain = painted(loaded)
    lora.apply(loaded, [boat(shelf)])
    wanted = painted(loaded)
    lora.remove(loaded)
    fusing.fuse(loaded.unet)
    before = painted(loaded)
    lora.apply(loaded, [boat(shelf)])
    assert (painted(loaded) - wanted).abs().max() <= 1
    assert (wanted - plain).abs().max() > 1
    lora.remove(loaded)
    assert torch.equal(painted(loaded), before)


def test_unfused_a_network_is_what_it_was(loaded: Loaded) -> None:
    plain, names = painted(loaded), list(loaded.unet.state_dict())
    size = loaded.bytes
    fusing.fuse(loaded.unet)
    assert (loaded.bytes, list(loaded.unet.state_dict())) == (size, names)  # nothing counts twice
    fusing.unfuse(loaded.unet)
    assert torch.equal(painted(loaded), plain)
    assert fusing.fuse(loaded.unet) > 0


def test_what_lies_on_a_device_is_joined_and_parked_apart(loaded: Loaded, shelf: Shelf) -> None:
    """The way to a GPU and back, walked on the CPU."""
    plain = painted(loaded)
    weights = {name: tensor.clone() for name, tensor in loaded.unet.state_dict().items()}
    loaded.fuses = True
    memory.bring(loaded, CPU, Offload.NONE)
    assert any("to_qkv" in vars(part) for part in loaded.unet.modules())
    assert (painted(loaded) - plain).abs().max() <= 1
    lora.apply(loaded, [boat(shelf)])
    memory.park(loaded)
    assert not any("to_qkv" in vars(part) for part in loaded.unet.modules())
    now: dict[str, Any] = loaded.unet.state_dict()
    assert all(torch.equal(now[name], weights[name]) for name in weights)
    assert torch.equal(painted(loaded), plain)


@pytest.mark.parametrize("loaded", ["tiny-sd3.safetensors", "tiny-flux.gguf"], indirect=True)
def test_what_cannot_be_joined_is_left_alone(loaded: Loaded) -> None:
    """SD 3.5's queries are normalised by themselves; quantised weights are no matrices."""
    plain = painted(loaded)
    assert fusing.fuse(loaded.unet) == 0
    assert torch.equal(painted(loaded), plain)


@pytest.mark.parametrize(("device", "joins"), [("cuda", True), ("cpu", False)])
def test_projections_are_joined_where_it_pays(loaded: Loaded, device: str, joins: bool) -> None:
    assert Speed(torch.device(device), compiled=False).prepared(loaded).fuses is joins
