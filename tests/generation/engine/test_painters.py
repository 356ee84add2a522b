"""Which painter an engine has, by what is installed and what lies in the models folder."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from generation.engine import painters
from generation.engine.diffusion.families import Family
from generation.engine.painters import open_painter
from scripts.tiny_extras import write_upscaler
from scripts.tiny_models import components, write_file


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    (tmp_path / "Stable-diffusion").mkdir()
    file = tmp_path / "Stable-diffusion/tiny.safetensors"
    write_file(Family.SD1, components(Family.SD1), file)
    return file


def test_nothing_there_is_painted_with_sketch(tmp_path: Path) -> None:
    assert open_painter(tmp_path / "none", "cpu").name == "sketch"


def test_a_checkpoint_is_painted_with_diffusers(tmp_path: Path, checkpoint: Path) -> None:
    painter = open_painter(tmp_path, "cpu")
    assert [card.name for card in painter.cards()] == [checkpoint.name]


def test_the_painter_may_be_named(tmp_path: Path, checkpoint: Path) -> None:
    assert open_painter(tmp_path, "cpu", "sketch").name == "sketch"


def test_weights_without_a_checkpoint_leave_sketch(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "ESRGAN").mkdir()
    write_upscaler(tmp_path / "ESRGAN/big.pth")
    with caplog.at_level(logging.WARNING):
        assert open_painter(tmp_path, "cpu").name == "sketch"
    assert "no checkpoint among the weights" in caplog.text and "big.pth" in caplog.text


def test_without_torch_the_weights_are_named_in_the_log(
    tmp_path: Path, checkpoint: Path, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(painters, "can_diffuse", lambda: False)
    with caplog.at_level(logging.WARNING):
        assert open_painter(tmp_path, "cpu").name == "sketch"
    assert f"{checkpoint}: the sketch painter cannot load it" in caplog.text
