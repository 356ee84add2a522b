"""What the reader makes of a body: every alias, enumeration and range, without a database."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.examples import SAMPLERS
from generation.dialects.saas.asking import Asked, Axes, Call, asked
from generation.dialects.saas.units import AD_CONTROLNETS, ADetailerArgs, ControlNetArgs
from generation.errors import InvalidRequest
from generation.request import ADetailerUnit
from tests.samples import load

DETECTOR = {
    "ad_model": "face_yolov8n.pt", "ad_prompt": "a face", "ad_negative_prompt": "blur",
    "ad_confidence": 0.5, "ad_mask_min_ratio": 0.1, "ad_mask_max_ratio": 0.9,
    "ad_dilate_erode": -128, "ad_x_offset": 3, "ad_y_offset": -4,
    "ad_mask_merge_invert": "Merge and Invert", "ad_mask_blur": 7, "ad_denoising_strength": 0.45,
    "ad_inpaint_only_masked": False, "ad_inpaint_only_masked_padding": 40,
    "ad_use_inpaint_width_height": True, "ad_inpaint_width": 640, "ad_inpaint_height": 768,
    "ad_use_steps": True, "ad_steps": 150, "ad_use_cfg_scale": True, "ad_cfg_scale": "7.0",
    "ad_use_sampler": True, "ad_sampler": "Heun", "ad_use_noise_multiplier": True,
    "ad_noise_multiplier": 1.1, "ad_restore_face": True,
    "ad_controlnet_model": AD_CONTROLNETS[2], "ad_controlnet_module": "None",
    "ad_controlnet_weight": 0.8, "ad_controlnet_guidance_start": 0.2,
    "ad_controlnet_guidance_end": 0.8,
}  # fmt: skip
UNIT = {"module": "canny", "model": "canny", "image_link": "https://a.example/c.png"}


def body(scripts: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    block = {"sd_model_checkpoint": "a.safetensors", "id_task": "t"}
    return {"prompt": "x", "always_on_scripts": block | (scripts or {})} | changes


def read(sent: dict[str, Any], call: Call = "text2image", **how: Any) -> Asked:
    return asked(sent, call, default_format="jpg", **how)


def detector(**changes: Any) -> ADetailerUnit:
    (found,) = read(body({"ADetailer": {"args": [DETECTOR | changes]}})).request.adetailer
    return found


# ── The scripts block ────────────────────────────────────────────────────────────────────────
def test_the_two_spellings_are_merged_and_the_documented_one_wins() -> None:
    sent = body({"id_task": "documented"}, sd_vae="top", output_image_format="JPG")
    sent["alwayson_scripts"] = {"id_task": "example", "sd_vae": "block", "ADetailer": {"args": []}}
    found = read(sent)
    assert (found.client_id, found.request.vae, found.request.output_format) == (
        "documented", "block", "jpg",
    )  # fmt: skip


def test_the_whole_block_at_the_top_level() -> None:
    sent = {"prompt": "x", "sd_model_checkpoint": "a", "id_task": 77, "sd_vae": "v"}
    found = read(sent | {"override_settings": {"CLIP_stop_at_last_layers": "2"}})
    assert (found.client_id, found.request.checkpoint, found.request.vae) == ("77", "a", "v")
    assert found.request.clip_skip == 2


def test_checkpoint_and_vae_in_the_override_settings() -> None:
    override = {"sd_model_checkpoint": "o", "sd_vae": "v", "CLIP_stop_at_last_layers": 3}
    found = read({"prompt": "x", "id_task": "t", "override_settings": override}).request
    assert (found.checkpoint, found.vae, found.clip_skip) == ("o", "v", 3)
    named = read(body(override_settings=override)).request
    assert (named.checkpoint, named.clip_skip) == ("a.safetensors", 3)


def test_the_names_of_the_extensions_in_any_case() -> None:
    sent = body({"adetailer": {"args": [DETECTOR]}, "ControlNet": {"args": [UNIT]}})
    found = read(sent).request
    assert (len(found.adetailer), len(found.controlnet)) == (1, 1)


@pytest.mark.parametrize(
    "place",
    [{"callbackUrl": "u"}, {"callback_url": "u"}, {"alwayson_scripts": {"callbackUrl": "u"}}],
)
def test_a_callback_anywhere(place: dict[str, Any]) -> None:
    assert read(body(**place)).callback_url == "u"


@pytest.mark.parametrize("name", ["jpg", "JPEG", "png", "PNG"])
def test_formats_in_any_case(name: str) -> None:
    found = read(body({"output_image_format": name})).request.output_format
    assert found == ("png" if name.lower() == "png" else "jpg")


def test_unknown_and_damaged_names_are_ignored() -> None:
    wrong = {"ad_inpaint_only_fix": True, "adtailer": 5, "mak": 1, "wishful": {"a": 1}}
    assert read(body(wrong, **wrong)).request == read(body()).request


def test_null_is_as_absent() -> None:
    sent = body({"sd_vae": None, "ADetailer": None}, seed=None, steps=None, hr_upscaler=None)
    assert read(sent).request == read(body()).request


def test_prompts_pass_unchanged() -> None:
    prompt = "{best}, {{masterpiece}}, 一只猫,\r\n,(face:1.2), <lora:a:0.5>,"
    assert read(body(prompt=prompt)).request.prompt == prompt


# ── Fields ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("seed", "expected"),
    [("-1", None), (-1, None), ("", None), ("7", 7), (0, 0), (2**64 - 1, 2**64 - 1), (None, None)],
)
def test_seeds(seed: Any, expected: int | None) -> None:
    assert read(body(seed=seed)).request.seed == expected


@pytest.mark.parametrize("name", SAMPLERS[:17])
def test_all_seventeen_samplers_under_both_names(name: str) -> None:
    assert read(body(sampler_index=name)).request.sampler == name
    assert read(body(sampler_name=name)).request.sampler == name


def test_the_axes_of_hires() -> None:
    sent = body(enable_hr=True, hr_resize_x=1024, hr_resize_y=768, hr_second_pass_steps=9)
    plain, documented = read(sent).request, read(sent, axes=Axes(documented=True)).request
    assert plain.hires is not None and documented.hires is not None
    assert (plain.hires.width, plain.hires.height, plain.hires.steps) == (1024, 768, 9)
    assert (documented.hires.width, documented.hires.height) == (768, 1024)


def test_only_v3_is_larger_and_makes_its_ids() -> None:
    sent = body({"id_task": None}, width=2048)
    assert read(sent, version=3).client_id == ""
    assert read(sent, version=3).request.width == 2048
    with pytest.raises(InvalidRequest, match="width"):
        read(body(width=2048))
    with pytest.raises(InvalidRequest, match="id_task is required"):
        read(body({"id_task": None}))


def test_strict_requires_what_the_table_requires() -> None:
    with pytest.raises(InvalidRequest, match="batch_size is required"):
        read(body(), strict=True)
    assert read(body(batch_size=2), strict=True).request.images == 2


def test_a_picture_is_not_dropped_in_silence() -> None:
    assert any("image_link" in line for line in read(body({"image_link": "x"})).warnings)


def test_the_golden_error() -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(body({"id_task": None}))
    assert str(refused.value) == load("saas", "saas.error.response.json")["msg"]


# ── Units ────────────────────────────────────────────────────────────────────────────────────
def test_all_31_fields_of_a_detector() -> None:
    assert DETECTOR.keys() == ADetailerArgs.model_fields.keys()
    assert len(DETECTOR) == 31
    assert len(ControlNetArgs.model_fields) == 14
    assert detector() == ADetailerUnit(
        model="face_yolov8n.pt", prompt="a face", negative_prompt="blur", confidence=0.5,
        mask_min_ratio=0.1, mask_max_ratio=0.9, dilate_erode=-128, x_offset=3, y_offset=-4,
        mask_merge_invert="Merge and Invert", mask_blur=7, denoising_strength=0.45,
        only_masked=False, only_masked_padding=40, width=640, height=768, steps=150,
        cfg_scale=7.0, sampler="Heun", noise_multiplier=1.1, restore_face=True,
        controlnet_model="control_v11p_sd15_inpaint [ebff9138]", controlnet_module="None",
        controlnet_weight=0.8, controlnet_guidance_start=0.2, controlnet_guidance_end=0.8,
    )  # fmt: skip


def test_what_is_switched_off_is_the_main_passs() -> None:
    off = {name: False for name in DETECTOR if name.startswith("ad_use_")}
    found = detector(**off)
    own = (found.steps, found.cfg_scale, found.sampler, found.noise_multiplier, found.width)
    assert own == (None,) * 5


def test_a_detector_without_a_model_does_nothing() -> None:
    for name in ("None", "none", "", " NONE "):
        sent = body({"ADetailer": {"args": [DETECTOR | {"ad_model": name}]}})
        assert read(sent).request.adetailer == ()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        *((name, name) for name in AD_CONTROLNETS),
        ("control_v11p_sd15s2_linear_anime [3825e83e]", AD_CONTROLNETS[-1]),
        ("CONTROL_V11P_SD15_SCRIBBLE", "control_v11p_sd15_scribble [d4ba51ff]"),
    ],
)
def test_controlnets_of_a_detector(given: str, expected: str) -> None:
    assert detector(ad_controlnet_model=given).controlnet_model == expected


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("ad_confidence", 1.1), ("ad_mask_min_ratio", -0.1), ("ad_mask_max_ratio", 1.1),
        ("ad_dilate_erode", 257), ("ad_dilate_erode", -129), ("ad_x_offset", "x"),
        ("ad_y_offset", 1.5), ("ad_mask_merge_invert", "Both"), ("ad_mask_blur", 65),
        ("ad_denoising_strength", 2), ("ad_inpaint_only_masked", "perhaps"),
        ("ad_inpaint_only_masked_padding", -1), ("ad_use_inpaint_width_height", 5),
        ("ad_inpaint_width", 2056), ("ad_inpaint_height", 0), ("ad_use_steps", []),
        ("ad_steps", 151), ("ad_steps", 0), ("ad_use_cfg_scale", "x"), ("ad_cfg_scale", 31),
        ("ad_use_sampler", 2), ("ad_sampler", 5), ("ad_use_noise_multiplier", {}),
        ("ad_noise_multiplier", 1.6), ("ad_restore_face", "no"),
        ("ad_controlnet_model", "wishful"), ("ad_controlnet_module", 1),
        ("ad_controlnet_weight", 2.5), ("ad_controlnet_guidance_start", -1),
        ("ad_controlnet_guidance_end", 1.01), ("ad_model", 7), ("ad_prompt", "x" * 8001),
        ("ad_negative_prompt", 5),
    ],
)  # fmt: skip
def test_a_wrong_field_of_a_detector_is_named(field: str, wrong: Any) -> None:
    with pytest.raises(InvalidRequest) as refused:
        detector(**{field: wrong})
    assert refused.value.field == f"always_on_scripts.ADetailer.args.0.{field}"


def test_too_many_detectors() -> None:
    with pytest.raises(InvalidRequest, match="ADetailer"):
        read(body({"ADetailer": {"args": [DETECTOR] * 9}}))
