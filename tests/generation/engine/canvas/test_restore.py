from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from generation.engine.canvas import restore as restoring
from generation.engine.canvas.restore import around, restore
from generation.engine.painter import Extra

FACE = (40, 40, 80, 80)


@pytest.fixture(autouse=True)
def _small_faces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sixteenth of the pixels."""
    monkeypatch.setattr(restoring, "SIDE", 128)


@pytest.fixture
def photo() -> Image.Image:
    values = np.random.default_rng(4).integers(0, 256, (128, 160, 3))
    return Image.fromarray(values.astype(np.uint8))


def test_only_the_face_changes(photo, restorer):
    offered = [Extra("RestoreFormer", path=str(restorer))]
    made = restore(photo, "RestoreFormer", offered, lambda _: [FACE])
    changed = np.abs(np.subtract(made, photo, dtype=np.int16)).max(axis=2) > 0
    left, top, right, bottom = around(FACE)
    assert changed[60, 60]
    changed[max(top, 0) : bottom, max(left, 0) : right] = False
    assert not changed.any()


def test_visibility(photo, restorer):
    offered = [Extra("RestoreFormer", path=str(restorer))]
    kept = restore(photo, "restoreformer", offered, lambda _: [FACE], visibility=0)
    assert kept.tobytes() == photo.tobytes()


def test_no_face_is_no_change(photo, restorer):
    offered = [Extra("RestoreFormer", path=str(restorer))]
    assert restore(photo, "RestoreFormer", offered, lambda _: []).tobytes() == photo.tobytes()


def test_a_crop_is_a_square_around_the_face():
    left, top, right, bottom = around((40, 40, 80, 90))
    assert right - left == bottom - top == 80
    assert left < 40 < 80 < right
    assert top < 40 < 90 < bottom


# Refusals


def test_a_restorer_that_is_not_there(photo):
    with pytest.raises(ValueError, match="face restorer: no 'CodeFormer'; there is none"):
        restore(photo, "CodeFormer", [], lambda _: [FACE])


def test_an_upscaler_restores_no_faces(photo, network):
    with pytest.raises(ValueError, match="restores no faces"):
        restore(photo, "2x", [Extra("2x_small", path=str(network))], lambda _: [FACE])
