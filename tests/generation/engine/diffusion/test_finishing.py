from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from generation.engine.canvas import networks
from generation.engine.diffusion import finishing
from generation.engine.diffusion.details import faces
from generation.engine.diffusion.finishing import Finishing
from generation.engine.diffusion.shelf import Shelf
from generation.engine.painter import Detail, Extra, PaintJob
from tests.generation.engine.diffusion.fields import Negative
from tests.generation.engine.diffusion.portraits import couple, portrait

RESTORER = Extra("GFPGANv1.4.pth", path="/models/GFPGAN/GFPGANv1.4.pth")
FACE = Detail(model="mediapipe_face_full")


@pytest.fixture
def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Finishing:
    monkeypatch.setattr(networks, "load", lambda path, device: Negative())
    return Finishing(Shelf(tmp_path), [RESTORER], "cpu")


@pytest.fixture
def bare(tmp_path: Path) -> Finishing:
    return Finishing(Shelf(tmp_path), [], "cpu")


def painted(job: PaintJob) -> Image.Image:
    """Blue where it is masked."""
    assert job.init_image and job.mask
    image = job.init_image.copy()
    image.paste((0, 0, 255), mask=job.mask.image)
    return image


def test_a_job_without_wishes_is_left_alone(whole: Finishing) -> None:
    image = portrait()
    assert whole.finished(image, PaintJob(prompt="x"), painted) is image


def test_faces_are_restored_and_nothing_else(whole: Finishing) -> None:
    image, job = portrait(), PaintJob(prompt="x", restore_faces=True)
    done = whole.finished(image, job, painted)
    assert done.getpixel((128, 70)) != image.getpixel((128, 70))
    assert done.getpixel((5, 250)) == image.getpixel((5, 250))


def test_details_come_after_restored_faces(whole: Finishing) -> None:
    job = PaintJob(prompt="x", restore_faces=True, details=(FACE,))
    assert whole.finished(portrait(), job, painted).getpixel((128, 130)) == (0, 0, 255)


def test_visibility_blends(whole: Finishing) -> None:
    image = portrait()
    half, full = (whole.restored(image, "GFPGAN", visibility=v) for v in (0.5, 1.0))
    place = (128, 120)
    means = zip(image.getpixel(place), full.getpixel(place), strict=True)
    assert half.getpixel(place) == pytest.approx([sum(pair) / 2 for pair in means], abs=1)


def test_every_face_has_a_box() -> None:
    assert len(finishing.find_faces(couple())) == 2


def test_what_can_be_done_is_on_offer(whole: Finishing, bare: Finishing) -> None:
    assert whole.features == {"adetailer", "restore_faces"} and bare.features == {"adetailer"}


@pytest.mark.parametrize(
    ("job", "reason"),
    [
        ({"restore_faces": True}, "restore_faces: there is no face restorer"),
        ({"details": (Detail(model=FACE.model, restore_face=True),)}, "ad_restore_face: there is"),
        ({"details": (Detail(model="nobody"),)}, "ADetailer.args[0].ad_model: there is no detec"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(
    job: dict[str, Any], reason: str, bare: Finishing
) -> None:
    (said,) = bare.refuse(PaintJob(prompt="x", **job))
    assert said.startswith(reason)


def test_without_a_detector_no_face_is_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faces, "find_spec", lambda name: None)
    blind = Finishing(Shelf(tmp_path), [RESTORER], "cpu")
    assert blind.features == frozenset()
    assert list(blind.refuse(PaintJob(prompt="x", restore_faces=True)))


def test_an_unknown_restorer_is_refused_by_name(whole: Finishing) -> None:
    with pytest.raises(ValueError, match="'CodeFormer'"):
        whole.restored(portrait(), "CodeFormer")
