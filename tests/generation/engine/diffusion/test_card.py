"""The way over a GPU, on one that is pretended (card.py): everything lies where it is called, and
between two steps Python waits for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from generation.engine.diffusion import loading, memory
from generation.engine.diffusion.loading import Loaded
from generation.engine.diffusion.memory import Offload
from generation.engine.diffusion.painter import DiffusersPainter
from generation.engine.diffusion.refusals import checkpoint
from generation.engine.diffusion.samplers import SAMPLERS
from generation.engine.painter import Control, Hires, Interrupted, Mask, PaintJob
from tests.generation.engine.diffusion import card
from tests.generation.engine.diffusion.card import CUDA, Card, CardPainter, OnCard
from tests.generation.engine.diffusion.fields import photo, square


@pytest.fixture(scope="module")
def gpu() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        card.install(patch)
        yield patch


@pytest.fixture(scope="module")
def painter(gpu: pytest.MonkeyPatch, tiny_models: Path) -> CardPainter:
    return CardPainter(tiny_models, "cuda:0", compiled=False)


@pytest.fixture
def full_precision(painter: CardPainter, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pictures are compared; halves are slow on a CPU. Nothing stays loaded in the other type."""
    painter.unload()
    monkeypatch.setattr(loading, "dtype_for", lambda *_: torch.float32)
    yield
    painter.unload()


@pytest.fixture(scope="module")
def on_cpu(tiny_models: Path) -> DiffusersPainter:
    return DiffusersPainter(tiny_models, "cpu", compiled=False)


def job(checkpoint: str = "tiny-sd1.safetensors", **fields: Any) -> PaintJob:
    plain: dict[str, Any] = {
        "prompt": "a boat", "negative_prompt": "fog", "width": 64, "height": 64, "steps": 3,
        "sampler": "Euler", "seed": 5, "checkpoint": checkpoint,
    }  # fmt: skip
    return PaintJob(**(plain | fields))


def painted(painter: DiffusersPainter, one: PaintJob) -> tuple[np.ndarray[Any, Any], list[str]]:
    """The picture, and what Python waited for between the first step and the last."""
    waits: list[int] = []
    noted: list[str] = painter.card.waits if isinstance(painter, CardPainter) else []
    noted.clear()
    image = painter.paint([one], lambda *_: waits.append(len(noted)))[0]
    return np.asarray(image.convert("RGB")).astype(int), noted[waits[0] : waits[-1]]


def loaded(painter: DiffusersPainter, name: str) -> Loaded:
    return painter.cache.get(checkpoint(painter.shelf, name))


FAMILIES = [
    ("tiny-sd1.safetensors", 1), ("tiny-sd2-folder", 1), ("tiny-sdxl.safetensors", 6),
    ("tiny-sd3.safetensors", 1), ("tiny-flux-folder", 1),
]  # fmt: skip
"""With what joined projections and channels that lie last may change, of 255."""


@pytest.mark.usefixtures("full_precision")
@pytest.mark.parametrize(("name", "within"), FAMILIES)
def test_the_picture_is_the_cpus_and_no_step_waits(
    name: str, within: int, painter: CardPainter, on_cpu: DiffusersPainter
) -> None:
    mine, waits = painted(painter, job(name))
    assert waits == []
    assert loaded(painter, name).masters and loaded(painter, name).device == CUDA
    assert abs(mine - painted(on_cpu, job(name))[0]).max() <= within


@pytest.mark.parametrize("name", ["tiny-sdxl.safetensors", "tiny-sd3.safetensors"])
def test_in_halves(name: str, painter: CardPainter) -> None:
    mine, waits = painted(painter, job(name, steps=2))
    assert loaded(painter, name).dtype in (torch.float16, torch.bfloat16)
    assert waits == [] and mine.std() > 5


@pytest.mark.usefixtures("full_precision")
def test_no_sampler_waits_between_steps(painter: CardPainter) -> None:
    def between(name: str) -> list[str]:
        noted, seen = painter.card.waits, list[int]()

        def report(step: int, *_: object) -> None:
            seen.append(len(noted))
            if len(seen) == 4:
                raise Interrupted

        with suppress(Interrupted):
            painter.paint([job(sampler=name, steps=5)], report)
        return noted[seen[0] : seen[-1]]

    # Its error is what decides the next step.
    assert {name for name in SAMPLERS if between(name)} == {"DPM adaptive"}


def test_all_at_once(painter: CardPainter) -> None:
    unit = Control(model="tiny-control-sd1", module="canny", image=photo())
    one = job(
        prompt="a boat tiny-style <lora:tiny-sd1-kohya:1>", vae="tiny-vae.safetensors",
        init_image=photo(), mask=Mask(image=square()), controls=(unit,), tiling=True,
        sampler="Euler a",
    )  # fmt: skip
    assert painted(painter, one)[0].std() > 5
    assert painted(painter, job("tiny-sd1-inpainting.safetensors", steps=2))[0].std() > 5
    big = Hires(upscaler="tiny-esrgan-2x.pth", width=128, height=128, steps=2)
    assert painted(painter, job(hires=big, steps=2))[0].shape == (128, 128, 3)
    film = job("tiny-svd.safetensors", init_image=photo(), extra={"frames": 2})
    assert painted(painter, film)[0].std() > 5


@pytest.mark.usefixtures("full_precision")
@pytest.mark.parametrize("way", [Offload.MODELS, Offload.LAYERS])
def test_parts_take_turns_on_a_small_card(
    way: Offload, painter: CardPainter, on_cpu: DiffusersPainter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "choose_offload", lambda *_: way)
    mine, _ = painted(painter, job())
    assert loaded(painter, "tiny-sd1.safetensors").offload is way
    assert abs(mine - painted(on_cpu, job())[0]).max() <= 1


def test_a_full_card_is_left_by_the_checkpoint_before(
    painter: CardPainter, monkeypatch: pytest.MonkeyPatch
) -> None:
    painter.unload()
    first, second = (
        checkpoint(painter.shelf, name)
        for name in ("tiny-sd1.safetensors", "tiny-sdxl.safetensors")
    )
    with painter.card:
        one = painter.cache.get(first)
        assert one.unet.conv_in.weight.device == CUDA
        # There is room for one of them: what lies there counts.
        monkeypatch.setattr(
            torch.cuda, "mem_get_info",
            lambda *_: (0 if one.device == CUDA else 80 * 2**30, 80 * 2**30),
        )  # fmt: skip
        other = painter.cache.get(second)
        assert one.unet.conv_in.weight.device.type == "cpu"
        assert other.unet.conv_in.weight.device == CUDA


# --- the card itself ----------------------------------------------------------------------------


@pytest.mark.usefixtures("gpu")
def test_the_card_refuses_what_a_gpu_refuses() -> None:
    with Card() as one:
        here = torch.ones(3).to(CUDA)
        assert isinstance(here, OnCard) and (here * 2.0 + torch.tensor(1.0)).device == CUDA
        with pytest.raises(RuntimeError, match="cuda:0 and cpu"):
            here + torch.ones(3)
        with pytest.raises(TypeError, match="numpy"):
            here.numpy()
        assert one.waits == ["to from RAM that is not pinned"]
        assert float(here.sum()) == 3.0 and here.cpu().device.type == "cpu"
        torch.ones(3).pin_memory().to(CUDA, non_blocking=True)
        assert one.waits[1:] == ["__float__", "cpu"]
