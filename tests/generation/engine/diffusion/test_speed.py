from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from generation.engine.diffusion.families import Kind
from generation.engine.diffusion.loading import load
from generation.engine.diffusion.shelf import Shelf
from generation.engine.diffusion.speed import VARIABLE, Speed

CPU = torch.device("cpu")


@pytest.mark.parametrize(("word", "compiled"), [("on", True), ("off", False), ("", False)])
def test_compiling_is_what_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, word: str, compiled: bool
) -> None:
    monkeypatch.setenv(VARIABLE, word)
    assert Speed(CPU).compiled is compiled


def test_nothing_is_compiled_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert not Speed(torch.device("cuda")).compiled


def test_an_argument_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "on")
    assert not Speed(CPU, compiled=False).compiled


def test_what_is_compiled_stays_the_same_module(
    tiny_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LoRAs and the cache know it by itself."""
    shelf = Shelf(tiny_models)
    shelf.scan()
    loaded = load(shelf.find(Kind.CHECKPOINT, "tiny-sd1.safetensors"))
    unet: Any = loaded.unet
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(unet, "compile", lambda **words: asked.append(words))
    assert Speed(CPU, compiled=True).prepared(loaded).unet is unet
    assert asked == [{"dynamic": True}]


def test_another_word_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "sometimes")
    with pytest.raises(ValueError, match="EASEL_ENGINE_COMPILE: 'sometimes'"):
        Speed(CPU)
