from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from generation.engine.diffusion.families import Kind
from generation.engine.diffusion.loading import Loaded, load
from generation.engine.diffusion.memory import Offload
from generation.engine.diffusion.painter import DiffusersPainter
from generation.engine.diffusion.passes import Pass, sample
from generation.engine.diffusion.shelf import Shelf
from generation.engine.diffusion.speed import VARIABLE, Speed

CPU = torch.device("cpu")


@pytest.mark.parametrize(("word", "compiled"), [("on", True), ("off", False), ("", False)])
def test_compiling_is_what_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, word: str, compiled: bool
) -> None:
    monkeypatch.setenv(VARIABLE, word)
    assert Speed(CPU).compiled is compiled


def test_sizes_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "512x512, 768x1024")
    assert Speed(CPU).compiled and Speed(CPU).sizes == ((512, 512), (768, 1024))
    assert not Speed(CPU, compiled=False).compiled
    monkeypatch.setenv(VARIABLE, "on")
    assert Speed(CPU).sizes == ()


def test_nothing_is_compiled_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert not Speed(torch.device("cuda")).compiled


def test_an_argument_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "on")
    assert not Speed(CPU, compiled=False).compiled


class Network(torch.nn.Module):
    """As a UNet is called, and compiled in a second."""

    config = SimpleNamespace(in_channels=4, time_cond_proj_dim=None)

    def __init__(self) -> None:
        super().__init__()
        self.mix = torch.nn.Conv2d(4, 4, 1)

    def forward(
        self, sample: torch.Tensor, time: torch.Tensor, *, return_dict: bool,
        encoder_hidden_states: torch.Tensor,
    ) -> tuple[torch.Tensor]:  # fmt: skip
        words = encoder_hidden_states.mean(dim=(1, 2))[:, None, None, None]
        return (self.mix(sample) * words + 1e-3 * time[:, None, None, None],)


class Compiler:
    """Counts what it is asked to compile, and how often that is called."""

    def __init__(self) -> None:
        self.compiled = self.called = 0

    def __call__(self, graph: torch.fx.GraphModule, inputs: object) -> Callable[..., Any]:
        self.compiled += 1

        def call(*given: Any) -> Any:
            self.called += 1
            return graph.forward(*given)

        return call


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """What is compiled, and how, holds for the whole process."""
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()
    torch.compiler.set_stance("default")
    torch._dynamo.config.suppress_errors = False


@pytest.fixture(scope="module")
def sd1(tiny_models: Path) -> Loaded:
    shelf = Shelf(tiny_models)
    shelf.scan()
    return load(shelf.find(Kind.CHECKPOINT, "tiny-sd1.safetensors"))


def latents(loaded: Loaded, **fields: Any) -> torch.Tensor:
    wanted = {"prompt": "a boat", "width": 512, "height": 512, "steps": 1, "sampler": "Euler"}
    return sample([Pass(**(wanted | fields))], loaded, lambda *_: None)


def test_all_is_compiled_before_the_first_request(sd1: Loaded) -> None:
    compiler = Compiler()
    speed = Speed(CPU, compiled=True, backend=compiler)
    loaded, other = (replace(sd1, unet=Network()) for _ in range(2))
    plain = latents(loaded, width=640)
    assert speed.prepared(loaded).unet is loaded.unet  # LoRAs and the cache know it by itself
    latents(loaded)
    assert (compiler.compiled, compiler.called) == (0, 0)  # a request never compiles
    speed.warmed(loaded)
    assert (compiler.compiled, compiler.called) == (2, 2)
    speed.warmed(loaded)
    speed.warmed(speed.prepared(other))
    assert (compiler.compiled, compiler.called) == (2, 4)  # other weights, the same code
    for size in ({"width": 640}, {"cfg_scale": 1.0}, {"prompt": "a boat " * 60}):
        before = compiler.called
        latents(loaded, **size)
        assert (compiler.compiled, compiler.called) == (2, before + 1), size
    assert (latents(loaded, width=640) - plain).abs().max() < 1e-5


def test_named_sizes_are_what_is_compiled(sd1: Loaded) -> None:
    compiler = Compiler()
    speed = Speed(CPU, compiled=True, sizes=((64, 64), (128, 64)), backend=compiler)
    loaded = replace(sd1, unet=Network())
    speed.warmed(speed.prepared(loaded))
    compiled, called = compiler.compiled, compiler.called
    for size in speed.sizes:
        latents(loaded, width=size[0], height=size[1])
    assert (compiler.compiled, compiler.called) == (compiled, called + 2)


def test_what_is_not_covered_runs_as_it_is(sd1: Loaded) -> None:
    compiler = Compiler()
    speed = Speed(CPU, compiled=True, backend=compiler)
    loaded = replace(sd1, unet=Network())
    speed.warmed(speed.prepared(loaded))
    before = compiler.called
    latents(loaded, tiling=True)
    assert (compiler.compiled, compiler.called) == (2, before)


def test_parts_that_take_turns_are_not_compiled(sd1: Loaded) -> None:
    compiler = Compiler()
    loaded = replace(sd1, unet=Network(), offload=Offload.MODELS)
    Speed(CPU, compiled=True, backend=compiler).warmed(loaded)
    assert compiler.compiled == 0


@pytest.mark.parametrize(("compiled", "families"), [(True, 6), (False, 1)])
def test_where_networks_are_compiled_one_of_each_family_is_warmed(
    monkeypatch: pytest.MonkeyPatch, tiny_models: Path, compiled: bool, families: int
) -> None:
    painter = DiffusersPainter(tiny_models, "cpu", compiled=compiled)
    asked: list[str] = []
    monkeypatch.setattr(painter.cache, "get", lambda item: asked.append(item.family.value))
    painter.warm()
    assert len(asked) == len(set(asked)) == families
    assert asked[-1] == painter.cards()[0].base_model  # the default one stays for certain


WRONG = ("sometimes", "512", "512x", "12x512", "500x512", "on,512x512", ",")


@pytest.mark.parametrize("word", WRONG)
def test_another_word_is_refused(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv(VARIABLE, word)
    with pytest.raises(ValueError, match="EASEL_ENGINE_COMPILE: '"):
        Speed(CPU)
