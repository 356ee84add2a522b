"""W01 to W07: the WebUI-like API."""

from __future__ import annotations

import base64
import threading
import time
from typing import Any

from PIL import Image

from tests.capabilities.conftest import CAPABLE, Easel, difference, opened
from tests.capabilities.shows import shows

SMALL = {"steps": 2, "width": 256, "height": 256, "seed": 5}


def painted(answer: dict[str, Any]) -> list[Image.Image]:
    return [opened(base64.b64decode(image)) for image in answer["images"]]


@shows("W01")
def test_text_to_image(easel: Easel) -> None:
    [cat] = painted(easel.sdapi("txt2img", {"prompt": "a cat", **SMALL}))
    [again] = painted(easel.sdapi("txt2img", {"prompt": "a cat", **SMALL}))
    [house] = painted(easel.sdapi("txt2img", {"prompt": "a house in the snow", **SMALL}))
    assert cat.size == (256, 256)
    assert difference(cat, again) == 0
    assert difference(cat, house) > 5


@shows("W02")
def test_several_pictures(easel: Easel) -> None:
    one, two = painted(easel.sdapi("txt2img", {"prompt": "a boat", "batch_size": 2, **SMALL}))
    assert difference(one, two) > 1


@shows("W03")
def test_high_resolution(easel: Easel) -> None:
    hires = {"enable_hr": True, "hr_scale": 2, "hr_upscaler": "Latent", "denoising_strength": 0.5}
    [plain] = painted(easel.sdapi("txt2img", {"prompt": "a tree on a hill", **SMALL}))
    [large] = painted(easel.sdapi("txt2img", {"prompt": "a tree on a hill", **SMALL, **hires}))
    assert large.size == (512, 512)
    assert difference(plain, large) < 40  # the same picture, larger


@shows("W04")
def test_style_by_tags(easel: Easel) -> None:
    prompt = f"best quality, {easel.name()} <lora:capableStyle:0.5>"
    wanted = {"override_settings": {"sd_model_checkpoint": CAPABLE}}
    easel.sdapi("txt2img", {"prompt": prompt, **SMALL, **wanted}, easel.able)
    assert easel.received(prompt)["prompt"] == prompt


@shows("W05")
def test_the_callers_task_id(easel: Easel) -> None:
    name = easel.name()
    answer = easel.sdapi("txt2img", {"prompt": "a cat", "task_id": name, **SMALL})
    assert answer["parameters"]["task_id"] == name
    done = easel.sdapi(f"progress?task_id={name}")
    assert done["state"]["task_id"] == name


@shows("W06")
def test_progress(easel: Easel) -> None:
    name = easel.name()
    body = {"prompt": "a ship at night", "task_id": name, **SMALL, "steps": 60}
    call = threading.Thread(target=easel.sdapi, args=("txt2img", body))
    call.start()
    seen: list[dict[str, Any]] = []
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not (seen and seen[-1]["current_image"]):
        time.sleep(0.05)
        seen.append(easel.sdapi(f"progress?task_id={name}"))
    call.join()
    shown = seen[-1]
    assert 0 < shown["progress"] < 1 and shown["eta_relative"] >= 0
    assert 0 < shown["state"]["sampling_step"] <= shown["state"]["sampling_steps"] == 60
    assert opened(base64.b64decode(shown["current_image"])).width > 32


@shows("W07")
def test_switching_the_checkpoint(easel: Easel) -> None:
    before = easel.sdapi("options", who=easel.able)["sd_model_checkpoint"]
    for name in (CAPABLE, "another.safetensors", before):
        assert easel.sdapi("options", {"sd_model_checkpoint": name}, easel.able) is None
        prompt = easel.name()
        easel.sdapi("txt2img", {"prompt": prompt, **SMALL}, easel.able)
        painted_by = easel.received(prompt)["override_settings"]["sd_model_checkpoint"]
        assert name.startswith(painted_by)
