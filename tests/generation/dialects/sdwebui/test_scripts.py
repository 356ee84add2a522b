"""``alwayson_scripts``: the units of ControlNet and ADetailer, and what is refused by name."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from generation.dialects.sdwebui.errors import error_form
from generation.dialects.sdwebui.wire_scripts import scripts
from generation.errors import EaselError
from generation.request import ControlMode, ResizeMode

PICTURE = base64.b64encode(b"a picture").decode()


def refused(given: dict[str, Any]) -> str:
    """The field that is at fault."""
    with pytest.raises(EaselError) as caught:
        scripts(given, {})
    status, said = error_form(caught.value)
    assert status == 422
    return ".".join(map(str, said["detail"][0]["loc"][1:]))


def unit(**changes: Any) -> dict[str, Any]:
    return {"ControlNet": {"args": [{"model": "canny [d14c016b]", "module": "canny"} | changes]}}


def detector(**changes: Any) -> dict[str, Any]:
    return {"ADetailer": {"args": [True, False, {"ad_model": "face_yolov8n.pt"} | changes]}}


def test_a_unit_as_webuiapi_writes_it() -> None:
    pictures: dict[str, bytes] = {}
    given = unit(
        image=PICTURE, mask=None, weight=0.8, resize_mode="Resize and Fill", low_vram=True,
        processor_res=768, threshold_a=64, threshold_b=128, guidance_start=0.1, guidance_end=0.9,
        control_mode="ControlNet is more important", pixel_perfect=True, hr_option="Both",
        enabled=True,
    )  # fmt: skip
    ((found,), detectors) = scripts(given, pictures)
    assert detectors == ()
    assert found.image is not None
    assert pictures == {found.image.stored: b"a picture"}
    assert (found.model, found.module, found.weight) == ("canny [d14c016b]", "canny", 0.8)
    assert (found.resize_mode, found.low_vram) == (ResizeMode.RESIZE_AND_FILL, True)
    assert (found.processor_res, found.threshold_a, found.threshold_b) == (768, 64, 128)
    assert (found.guidance_start, found.guidance_end, found.pixel_perfect) == (0.1, 0.9, True)
    assert found.control_mode == ControlMode.CONTROL


@pytest.mark.parametrize(
    "image",
    [{"image": PICTURE}, {"image": PICTURE, "mask": None}, f"data:image/png;base64,{PICTURE}"],
)
def test_the_forms_of_a_unit_s_picture(image: Any) -> None:
    pictures: dict[str, bytes] = {}
    scripts(unit(image=image), pictures)
    assert list(pictures.values()) == [b"a picture"]


def test_numbers_for_the_modes() -> None:
    ((found,), _) = scripts(unit(control_mode=1, resize_mode=0), {})
    assert (found.control_mode, found.resize_mode) == (ControlMode.PROMPT, ResizeMode.JUST_RESIZE)


@pytest.mark.parametrize(
    "given",
    [
        unit(enabled=False),
        unit(model="None"),
        {"ControlNet": {"args": []}},
        {"ADetailer": {"args": [False]}},
        detector(ad_model="None"),
        {"animatediff": {"args": [False]}},
        {"roop": {"args": []}},
    ],
)
def test_what_asks_for_nothing(given: dict[str, Any]) -> None:
    assert scripts(given, {}) == ((), ())


def test_a_detector() -> None:
    given = detector(
        ad_prompt="a face", ad_confidence=0.5, ad_use_steps=True, ad_steps=9, ad_cfg_scale=9,
        ad_mask_merge_invert="Merge", ad_use_inpaint_width_height=True, ad_inpaint_width=768,
        ad_controlnet_model="None",
    )  # fmt: skip
    _, (found,) = scripts(given, {})
    assert (found.model, found.prompt, found.confidence) == ("face_yolov8n.pt", "a face", 0.5)
    assert (found.steps, found.cfg_scale) == (9, None)  # its own cfg_scale is switched off
    assert (found.width, found.height, found.mask_merge_invert) == (768, 512, "Merge")


def test_a_detector_without_switches() -> None:
    _, found = scripts({"adetailer": {"args": [{"ad_model": "hand_yolov8n.pt"}]}}, {})
    assert len(found) == 1


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("given", "field"),
    [
        (unit(weight=3), "ControlNet.args.0.weight"),
        (unit(control_mode="Loud"), "ControlNet.args.0.control_mode"),
        (unit(resize_mode=7), "ControlNet.args.0.resize_mode"),
        (unit(image="*"), "ControlNet.args.0.image"),
        (unit(image="http://127.0.0.1/a.png"), "ControlNet.args.0.image"),
        (unit(image={"image": PICTURE, "mask": PICTURE}), "ControlNet.args.0.image.mask"),
        (unit(mask=PICTURE), "ControlNet.args.0.mask"),
        (unit(hr_option="Low res only"), "ControlNet.args.0.hr_option"),
        ({"ControlNet": {"args": ["a"]}}, "ControlNet.args.0"),
        ({"ControlNet": {"args": "a"}}, "ControlNet"),
        ({"ControlNet": {"args": unit()["ControlNet"]["args"] * 4}}, "ControlNet.args"),
        (detector(ad_confidence=2), "ADetailer.args.2.ad_confidence"),
        (detector(ad_use_checkpoint=True), "ADetailer.args.2.ad_use_checkpoint"),
        (detector(ad_model_classes="cat"), "ADetailer.args.2.ad_model_classes"),
        ({"ADetailer": {"args": [True, True, {"ad_model": "x"}]}}, "ADetailer.args.1"),
        ({"reactor": {"args": [PICTURE, True]}}, "reactor"),
    ],
)
def test_what_does_not_fit_is_named(given: dict[str, Any], field: str) -> None:
    assert refused(given) == f"alwayson_scripts.{field}"
