from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from generation.engine.diffusion.details.detectors import Detectors, Found, rectangle
from generation.engine.diffusion.details.masks import dilated, masks, shifted
from generation.engine.diffusion.details.second_pass import finish, prompt_of, refuse
from generation.engine.diffusion.details.yolo import Box
from generation.engine.diffusion.shelf import Shelf
from generation.engine.painter import Control, Detail, Hires, MaskFill, PaintJob
from tests.generation.engine.diffusion.portraits import couple, portrait

FACE = Detail(model="mediapipe_face_full")
JOB = PaintJob(prompt="a portrait", negative_prompt="blurry", width=256, height=256, seed=7)


@pytest.fixture(scope="module")
def detectors(tmp_path_factory: pytest.TempPathFactory) -> Detectors:
    return Detectors(Shelf(tmp_path_factory.mktemp("nothing")))


class Painter:
    """Paints what is masked red, and keeps the jobs."""

    def __init__(self) -> None:
        self.jobs: list[PaintJob] = []

    def __call__(self, job: PaintJob) -> Image.Image:
        self.jobs.append(job)
        assert job.init_image and job.mask
        image = job.init_image.copy()
        image.paste((255, 0, 0), mask=job.mask.image)
        return image


def painted(image: Image.Image, detectors: Detectors, *details: Detail, job: PaintJob = JOB) -> Any:
    painter = Painter()
    done = finish(image, replace(job, details=details), detectors, painter)
    return done, painter.jobs


def red(image: Image.Image) -> np.ndarray:
    return (np.asarray(image) == (255, 0, 0)).all(axis=2)


# --- the passes -------------------------------------------------------------------------------


def test_a_face_is_repainted_and_nothing_else(detectors: Detectors) -> None:
    done, jobs = painted(portrait(), detectors, FACE)
    assert len(jobs) == 1 and red(done)[100:180, 80:170].all()
    assert done.crop((0, 0, 40, 256)).tobytes() == portrait().crop((0, 0, 40, 256)).tobytes()


def test_every_face_is_repainted_with_a_seed_of_its_own(detectors: Detectors) -> None:
    done, jobs = painted(couple(), detectors, FACE)
    assert [job.seed for job in jobs] == [7, 8]
    assert red(done)[128, 128] and red(done)[128, 384]
    assert red(jobs[1].init_image).any()  # the second sees what the first has done


def test_without_details_of_its_own_it_is_as_the_main_pass(detectors: Detectors) -> None:
    _, (job,) = painted(portrait(), detectors, FACE)
    same = ("prompt", "negative_prompt", "width", "height", "steps", "cfg_scale", "sampler")
    assert all(getattr(job, name) == getattr(JOB, name) for name in same)
    assert job.denoising_strength == 0.4 and job.noise_multiplier is None
    assert job.mask.fill is MaskFill.ORIGINAL and job.mask.only_masked
    assert (job.mask.padding, job.mask.blur_x, job.mask.blur_y) == (32, 4, 4)
    assert not job.details and not job.controls and not job.restore_faces


@pytest.mark.parametrize(
    ("own", "field", "value"),
    [
        ({"prompt": "smile"}, "prompt", "smile"),
        ({"negative_prompt": "frown"}, "negative_prompt", "frown"),
        ({"width": 512}, "width", 512),
        ({"height": 384}, "height", 384),
        ({"steps": 9}, "steps", 9),
        ({"cfg_scale": 1.0}, "cfg_scale", 1.0),
        ({"sampler": "Heun"}, "sampler", "Heun"),
        ({"noise_multiplier": 1.2}, "noise_multiplier", 1.2),
        ({"denoising_strength": 0.9}, "denoising_strength", 0.9),
        ({"restore_face": True}, "restore_faces", True),
    ],
)
def test_its_own_settings_are_used(
    own: dict[str, Any], field: str, value: object, detectors: Detectors
) -> None:
    _, (job,) = painted(portrait(), detectors, replace(FACE, **own))
    assert getattr(job, field) == value


@pytest.mark.parametrize(
    ("own", "field", "value"),
    [
        ({"mask_blur": 11}, "blur_x", 11),
        ({"mask_blur": 11}, "blur_y", 11),
        ({"only_masked": False}, "only_masked", False),
        ({"only_masked_padding": 8}, "padding", 8),
    ],
)
def test_its_own_mask_is_used(
    own: dict[str, Any], field: str, value: object, detectors: Detectors
) -> None:
    _, (job,) = painted(portrait(), detectors, replace(FACE, **own))
    assert getattr(job.mask, field) == value


def test_after_hires_the_large_picture_is_repainted_in_parts(detectors: Detectors) -> None:
    job = replace(JOB, hires=Hires(width=512, height=512))
    done, (one,) = painted(portrait(512), detectors, FACE, job=job)
    assert done.size == (512, 512) and one.hires is None and one.width == 256


def test_a_whole_picture_is_painted_in_its_own_size(detectors: Detectors) -> None:
    job = replace(JOB, hires=Hires(width=512, height=512))
    _, (one,) = painted(portrait(512), detectors, replace(FACE, only_masked=False), job=job)
    assert (one.width, one.height) == (512, 512)


def test_its_controlnet_looks_at_what_is_repainted(detectors: Detectors) -> None:
    unit = Control(model="control_v11p_sd15_inpaint", image=portrait(), weight=0.5)
    _, (job,) = painted(portrait(), detectors, replace(FACE, control=unit))
    assert job.controls == (replace(unit, image=None),)


def test_where_nothing_is_found_nothing_is_done(detectors: Detectors) -> None:
    image = Image.new("RGB", (256, 256), (90, 90, 90))
    done, jobs = painted(image, detectors, FACE)
    assert done is image and not jobs


def test_none_is_no_detector(detectors: Detectors) -> None:
    done, jobs = painted(portrait(), detectors, Detail(model="None"))
    assert not jobs and done.tobytes() == portrait().tobytes()


def test_confidence_reaches_the_detector(detectors: Detectors) -> None:
    assert not painted(portrait(), detectors, replace(FACE, confidence=0.99))[1]


# --- prompts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "number", "prompt"),
    [
        ("", 0, "main"),
        ("one", 3, "one"),
        ("one [SEP] two", 0, "one"),
        ("one[SEP]two", 1, "two"),
        ("one [SEP] two", 5, "two"),
        ("[SEP] two", 0, "main"),
        ("[PROMPT], a smile", 0, "main, a smile"),
    ],
)
def test_prompts_are_parted(own: str, number: int, prompt: str) -> None:
    assert prompt_of(own, "main", number) == prompt


def test_skip_leaves_a_mask_out(detectors: Detectors) -> None:
    _, jobs = painted(couple(), detectors, replace(FACE, prompt="[SKIP] [SEP] smile"))
    assert [job.prompt for job in jobs] == ["smile"]


# --- masks ------------------------------------------------------------------------------------


def found(*boxes: tuple[int, int, int, int]) -> list[Found]:
    made = (Box(*box, 0.9, 0, np.empty(0, np.float32)) for box in boxes)
    return [Found(box, rectangle(box, (100, 100))) for box in made]


TWO = found((10, 10, 19, 19), (50, 50, 89, 89))


@pytest.mark.parametrize(
    ("change", "boxes"),
    [
        ({"dilate_erode": 0}, [(10, 10, 20, 20), (50, 50, 90, 90)]),
        ({"mask_min_ratio": 0.05}, [(50, 50, 90, 90)]),
        ({"mask_max_ratio": 0.05}, [(10, 10, 20, 20)]),
        ({"dilate_erode": 5}, [(8, 8, 22, 22), (48, 48, 92, 92)]),
        ({"dilate_erode": -5}, [(12, 12, 18, 18), (52, 52, 88, 88)]),
        ({"dilate_erode": -15}, [(57, 57, 83, 83)]),
        ({"x_offset": 5}, [(15, 10, 25, 20), (55, 50, 95, 90)]),
        ({"y_offset": 5}, [(10, 5, 20, 15), (50, 45, 90, 85)]),
        ({"y_offset": 30}, [(50, 20, 90, 60)]),
        ({"mask_merge_invert": "Merge"}, [(10, 10, 90, 90)]),
        ({"mask_merge_invert": "Merge and Invert"}, [(0, 0, 100, 100)]),
    ],
)
def test_masks(change: dict[str, Any], boxes: list[tuple[int, int, int, int]]) -> None:
    detail = replace(FACE, **{"dilate_erode": 0, **change})
    assert [mask.getbbox() for mask in masks(TWO, detail)] == boxes


def test_merged_and_inverted_keeps_what_was_found() -> None:
    (mask,) = masks(TWO, replace(FACE, dilate_erode=0, mask_merge_invert="Merge and Invert"))
    assert (
        mask.getpixel((15, 15)) == 0 == mask.getpixel((70, 70)) and mask.getpixel((30, 30)) == 255
    )


def test_nothing_found_is_not_inverted_to_everything() -> None:
    assert masks([], replace(FACE, mask_merge_invert="Merge and Invert")) == []


def test_a_mask_does_not_come_back_on_the_other_side() -> None:
    mask = rectangle(TWO[1].box, (100, 100))
    assert shifted(mask, 30, 0).getbbox() == (80, 50, 100, 90)
    assert dilated(mask, 1).getbbox() == mask.getbbox()


# --- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"model": "face_yolov8n.pt"}, "ad_model: there is no detector"),
        ({"mask_merge_invert": "Swap"}, "ad_mask_merge_invert: 'Swap'"),
        ({"width": 500}, "ad_inpaint_width: 500"),
        ({"height": 0}, "ad_inpaint_height: 0"),
        ({"mask_min_ratio": 0.5, "mask_max_ratio": 0.1}, "ad_mask_min_ratio"),
    ],
)
def test_refused_by_name(change: dict[str, Any], reason: str, detectors: Detectors) -> None:
    refusal = refuse([FACE, replace(FACE, **change)], detectors)
    assert refusal and refusal.startswith(f"ADetailer.args[1].{reason}")


def test_none_is_never_refused(detectors: Detectors) -> None:
    assert refuse([Detail(model="None", width=3), FACE], detectors) is None


def test_a_folder_of_nothing_is_fine(tmp_path: Path) -> None:
    assert Detectors(Shelf(tmp_path)).refuse("mediapipe_face_short") is None
