"""Each field of the published generation calls, sent to an engine with the diffusers painter: at
its default the picture does not change, at another value it changes as the field promises.
"""

from __future__ import annotations

import io
import threading
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from generation.engine.canvas import networks
from generation.engine.diffusion.controls.preprocessors import TABLE
from generation.engine.engine import Engine
from generation.engine.server import EngineServer
from tests.generation.engine.diffusion import card, fields
from tests.generation.engine.diffusion.fields import (
    SURE,
    UNSURE,
    Caller,
    Metric,
    Seen,
    as_without,
    blocks,
    coded,
    counted,
    moved,
    narrower,
    only_in,
    other_picture,
    photo,
    same_picture,
    sized,
    spread,
    square,
    wider,
)
from tests.generation.engine.diffusion.portraits import portrait

Body = dict[str, Any]
Row = tuple[str, Any, Any, Metric, Body]
"""Field, default (NONE: absent is the only default), another value, metric, what it goes with."""
NONE = object()

TEXT: Body = {
    "prompt": "a red boat",
    "negative_prompt": "",
    "steps": 3,
    "width": 64,
    "height": 64,
    "seed": 5,
    "override_settings": {"sd_model_checkpoint": "tiny-sd1"},
}
IMAGE: Body = TEXT | {"init_images": [coded(photo())], "denoising_strength": 0.75}
HOLE: Body = {"mask": coded(square()), "mask_blur": 0}
WHOLE: Body = HOLE | {"inpaint_full_res": False, "inpainting_fill": 1}
HIRES: Body = {"enable_hr": True, "hr_scale": 2, "hr_upscaler": "Latent", "steps": 2}
SMALL: Body = {"steps": 1, "cfg_scale": 1.0}


def settings(name: str, value: str | int | None) -> Body:
    chosen: Body = {"sd_model_checkpoint": "tiny-sd1"} | ({} if value is None else {name: value})
    return {"override_settings": chosen}


TEXT2IMAGE: list[Row] = [
    ("prompt", NONE, "a green field", other_picture, {}),
    ("prompt", NONE, "a red boat <lora:tiny-sd1-kohya:1>", other_picture, {}),
    ("prompt", NONE, "a red boat tiny-style", other_picture, {}),
    ("negative_prompt", "", "boat, water", other_picture, {}),
    ("n_iter", 1, 2, counted(2), {}),
    ("batch_size", 1, 2, counted(2), {}),
    ("steps", 50, 5, other_picture, {"cfg_scale": 1.0}),
    ("width", 512, 128, sized(128, 64), SMALL),
    ("height", 512, 128, sized(64, 128), SMALL),
    ("seed", NONE, "6", other_picture, {}),
    ("cfg_scale", 7, 12, other_picture, {}),
    ("cfg_scale", 7.0, 1, other_picture, {"negative_prompt": "boat"}),
    ("sampler_index", "Euler", "Euler a", other_picture, {}),
    ("sampler_index", "euler", "DPM++ 2M Karras", other_picture, {}),
    ("sampler_name", "Euler", "Euler a", other_picture, {}),
    ("scheduler", "Automatic", "Karras", other_picture, {}),
    ("enable_hr", False, True, sized(128, 128), {"hr_scale": 2, "steps": 2}),
    ("hr_scale", 2, 3, sized(192, 192), HIRES),
    ("hr_upscaler", "Latent", "Lanczos", other_picture, HIRES),
    ("hr_upscaler", "Latent", "tiny-esrgan-2x.pth", other_picture, HIRES),
    ("hr_second_pass_steps", 0, 4, other_picture, HIRES),
    ("hr_resize_x", 0, 96, sized(96, 96), HIRES),
    ("hr_resize_y", 0, 96, sized(96, 96), HIRES),
    ("hr_resize_x", 0, 64, sized(64, 96), HIRES | {"hr_resize_y": 96}),
    ("denoising_strength", 0.75, 0.3, other_picture, HIRES | {"hr_second_pass_steps": 4}),
    ("tiling", False, True, other_picture, {}),
    ("task_id", "", "pro1686666", same_picture, {}),
]
IMAGE2IMAGE: list[Row] = [
    ("init_images", NONE, [coded(photo(seed=2))], other_picture, {}),
    ("denoising_strength", 0.75, 0.2, other_picture, {}),
    ("cfg_scale", 7, 15, other_picture, {}),
    ("resize_mode", 0, 1, other_picture, {"init_images": [coded(photo(96, 64))]}),
    ("resize_mode", 0, 2, other_picture, {"init_images": [coded(photo(96, 64))]}),
    ("resize_mode", 0, 3, other_picture, {"init_images": [coded(photo(96, 64))]}),
    ("mask", NONE, coded(square((16, 16, 48, 48))), other_picture, {}),
    ("mask_blur", 4, 0, narrower, WHOLE),
    ("mask_blur", 4, 12, wider, WHOLE),
    ("mask_blur_x", 4, 12, spread(True, False), WHOLE),
    ("mask_blur_y", 4, 12, spread(False, True), WHOLE),
    ("inpainting_fill", 0, 1, other_picture, HOLE),
    ("inpainting_fill", 0, 2, other_picture, HOLE),
    ("inpainting_fill", 0, 3, other_picture, HOLE),
    ("inpaint_full_res", True, False, other_picture, HOLE),
    ("inpaint_full_res_padding", 0, 16, other_picture, HOLE),
    ("inpainting_mask_invert", 0, 1, wider, WHOLE),
    ("initial_noise_multiplier", 1.0, 1.3, other_picture, {}),
    ("image_cfg_scale", 1.5, 0.5, other_picture, settings("sd_model_checkpoint", "tiny-editor")),
]
SETTINGS: list[Row] = [
    ("sd_model_checkpoint", NONE, "tiny-sd2.safetensors", other_picture, {}),
    ("sd_vae", "Automatic", "tiny-vae.safetensors", other_picture, {}),
    ("CLIP_stop_at_last_layers", 1, 2, other_picture, {}),
]
UNIT: Body = {"model": "tiny-control-sd1", "image": coded(blocks(3))}
CANNY: Body = {"module": "canny"}
CONTROLNET: list[Row] = [
    ("image", NONE, coded(blocks(4)), other_picture, {}),
    ("enabled", True, False, as_without, {}),
    ("module", "none", "canny", other_picture, {}),
    ("module", "None", "scribble_xdog", other_picture, {}),
    ("module", "none", "lineart_realistic", other_picture, {}),
    ("module", "none", "mlsd", other_picture, {}),
    ("module", "none", "openpose", other_picture, {}),
    ("module", "none", "depth_midas", other_picture, {}),
    ("module", "none", "normal_bae", other_picture, {}),
    ("module", "none", "seg_ufade20k", other_picture, {}),
    ("module", "none", "inpaint_global_harmonious", same_picture, {}),
    ("model", NONE, "tiny-control-folder", other_picture, {}),
    ("weight", 1.0, 0.0, as_without, {}),
    ("weight", 1.0, 0.02, other_picture, {}),
    ("resize_mode", "Crop and Resize", "Just Resize", other_picture, {}),
    ("resize_mode", "Crop and Resize", "Resize and Fill", other_picture, {}),
    ("low_vram", False, True, same_picture, {}),
    ("processor_res", 512, 64, other_picture, CANNY),
    ("threshold_a", -1, 30, other_picture, CANNY | {"threshold_b": 31}),
    ("threshold_b", -1, 20, other_picture, CANNY | {"threshold_a": 10}),
    ("guidance_start", 0.0, 0.5, other_picture, {}),
    ("guidance_end", 1.0, 0.1, other_picture, {}),
    ("pixel_perfect", False, True, other_picture, CANNY),
    ("control_mode", "Balanced", "My prompt is more important", other_picture, {}),
    ("control_mode", "Balanced", "ControlNet is more important", other_picture, {}),
]
# The picture underneath is a photograph that the main pass leaves as it is.
FOUND: Body = {"ad_model": "boxes.onnx"}
OWN_SIZE: Body = {"ad_use_inpaint_width_height": True, "ad_inpaint_width": 64,
                  "ad_inpaint_height": 64}  # fmt: skip
HELD: Body = {"ad_controlnet_model": "tiny-control-sd1"}
SMOOTH: Body = {"ad_denoising_strength": 0.8}
ADETAILER: list[Row] = [
    ("ad_model", "None", "boxes.onnx", only_in(SURE, UNSURE), {}),
    ("ad_prompt", "", "a green field", other_picture, {}),
    ("ad_negative_prompt", "", "boat", other_picture, {}),
    ("ad_confidence", 0.3, 0.7, only_in(SURE), {}),
    ("ad_mask_min_ratio", 0.0, 0.1, only_in(UNSURE), {}),
    ("ad_mask_max_ratio", 1.0, 0.1, only_in(SURE), {}),
    ("ad_dilate_erode", 4, 16, wider, {}),
    ("ad_dilate_erode", 4, -8, narrower, {}),
    ("ad_x_offset", 0, 8, moved(8, 0), {"ad_confidence": 0.7}),
    ("ad_y_offset", 0, 8, moved(0, -8), {"ad_confidence": 0.7, "ad_dilate_erode": -4}),
    ("ad_mask_merge_invert", "None", "Merge", other_picture, {}),
    ("ad_mask_merge_invert", "None", "Merge and Invert", wider, {}),
    ("ad_mask_blur", 4, 0, narrower, {}),
    ("ad_denoising_strength", 0.4, 0.9, other_picture, {}),
    ("ad_inpaint_only_masked", True, False, other_picture, {}),
    ("ad_inpaint_only_masked_padding", 32, 0, other_picture, {}),
    ("ad_use_inpaint_width_height", False, True, other_picture, {"ad_inpaint_width": 96}),
    ("ad_inpaint_width", 512, 96, other_picture, OWN_SIZE),
    ("ad_inpaint_height", 512, 96, other_picture, OWN_SIZE),
    ("ad_use_steps", False, True, other_picture, {"ad_steps": 9}),
    ("ad_steps", 28, 9, other_picture, {"ad_use_steps": True}),
    ("ad_use_cfg_scale", False, True, other_picture, {"ad_cfg_scale": 15}),
    ("ad_cfg_scale", 7, 15, other_picture, {"ad_use_cfg_scale": True}),
    ("ad_use_sampler", False, True, other_picture, {"ad_sampler": "DPM++ 2M Karras"} | SMOOTH),
    ("ad_sampler", "DPM++ 2M Karras", "Euler a", other_picture, {"ad_use_sampler": True} | SMOOTH),
    ("ad_use_noise_multiplier", False, True, other_picture, {"ad_noise_multiplier": 1.3}),
    ("ad_noise_multiplier", 1, 1.3, other_picture, {"ad_use_noise_multiplier": True}),
    ("ad_controlnet_model", "None", "tiny-control-sd1", other_picture, {}),
    ("ad_controlnet_module", "None", "canny", other_picture, HELD),
    ("ad_controlnet_weight", 1, 0.02, other_picture, HELD),
    ("ad_controlnet_guidance_start", 0, 0.3, other_picture, HELD),
    ("ad_controlnet_guidance_end", 1, 0.1, other_picture, HELD),
]


@pytest.fixture(scope="module", params=["cpu", pytest.param("card", marks=pytest.mark.full)])
def call(
    request: pytest.FixtureRequest, tiny_models: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Caller]:
    """On the CPU, and on a GPU that card.py pretends."""
    models = fields.models_folder(tiny_models, tmp_path_factory.mktemp("fields"))
    painter = fields.Remembering(models, "cpu")
    patch = pytest.MonkeyPatch()
    if request.param == "card":
        card.install(patch)
        painter = fields.RememberingOnCard(models, "cuda:0")
    engine = Engine(lambda: painter)
    server = EngineServer(("127.0.0.1", 0), engine, "")
    engine.start()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield Caller(server.url, painter)
    server.shutdown()
    server.server_close()
    patch.undo()


def without(body: Body, name: str) -> Body:
    return {key: value for key, value in body.items() if key != name}


def scripts(name: str, unit: Body) -> Body:
    return {"alwayson_scripts": {name: {"args": [unit]}}}


def ids(rows: list[Row]) -> list[str]:
    return [f"{name}={str(other)[:24]}" for name, _, other, _, _ in rows]


def judged(
    call: Caller, row: Row, absent: Body, *, default: Body, other: Body, plain: Body
) -> Seen:
    """Asserts that the default is as if the field were not there."""
    seen = Seen(default=call(absent), other=call(other), plain=call(plain))
    if row[1] is not NONE:
        given = call(default)
        assert [p.tobytes() for p in given] == [p.tobytes() for p in seen.default], row[0]
    return seen


@pytest.mark.parametrize("row", TEXT2IMAGE, ids=ids(TEXT2IMAGE))
def test_text2image(row: Row, call: Caller) -> None:
    name, default, other, metric, given = row
    base = TEXT | given
    absent = base if default is NONE else without(base, name)
    bodies = {"default": base | {name: default}, "other": base | {name: other}, "plain": base}
    assert metric(judged(call, row, absent, **bodies))


@pytest.mark.parametrize("row", IMAGE2IMAGE, ids=ids(IMAGE2IMAGE))
def test_image2image(row: Row, call: Caller) -> None:
    name, default, other, metric, given = row
    base = IMAGE | given
    if name.startswith("mask_blur"):
        base = without(base, "mask_blur")
    absent = base if default is NONE else without(base, name)
    bodies = {"default": base | {name: default}, "other": base | {name: other}}
    # Nothing is repainted: the picture that a mask keeps.
    still = IMAGE | {"denoising_strength": 0}
    assert metric(judged(call, row, absent, **bodies, plain=still))


@pytest.mark.parametrize("row", SETTINGS, ids=ids(SETTINGS))
def test_settings_of_the_scripts_block(row: Row, call: Caller) -> None:
    name, default, other, metric, _ = row
    bodies = {
        "default": TEXT | settings(name, default if default is not NONE else None),
        "other": TEXT | settings(name, other),
    }
    assert metric(judged(call, row, TEXT, **bodies, plain=TEXT))


@pytest.mark.parametrize("row", CONTROLNET, ids=ids(CONTROLNET))
def test_controlnet(row: Row, call: Caller) -> None:
    name, default, other, metric, given = row
    unit = UNIT | given
    absent = unit if default is NONE else without(unit, name)
    bodies = {
        "default": TEXT | scripts("controlnet", unit | {name: default}),
        "other": TEXT | scripts("controlnet", unit | {name: other}),
    }
    seen = judged(call, row, TEXT | scripts("controlnet", absent), **bodies, plain=TEXT)
    assert metric(seen)


@pytest.mark.parametrize("row", ADETAILER, ids=ids(ADETAILER))
def test_adetailer(row: Row, call: Caller) -> None:
    name, default, other, metric, given = row
    still = IMAGE | {"denoising_strength": 0, "steps": 5}
    unit = FOUND | given
    absent = without(unit, name)
    bodies = {
        "default": still | scripts("ADetailer", unit | {name: default}),
        "other": still | scripts("ADetailer", unit | {name: other}),
    }
    seen = judged(call, row, still | scripts("ADetailer", absent), **bodies, plain=still)
    assert metric(seen)


# --- what needs a face, or the file -------------------------------------------------------------

FACE: Body = IMAGE | {
    "init_images": [coded(portrait())],
    "width": 256,
    "height": 256,
    "denoising_strength": 0,
}
HEAD = (40, 30, 215, 215)


@pytest.fixture
def restorer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "load", lambda path, device: fields.Negative())


@pytest.mark.usefixtures("restorer")
def test_restore_faces(call: Caller) -> None:
    plain = call(FACE)
    assert call(FACE | {"restore_faces": False})[0].tobytes() == plain[0].tobytes()
    other = call(FACE | {"restore_faces": True})
    assert only_in(HEAD, margin=30)(Seen(default=plain, other=other, plain=plain))


@pytest.mark.usefixtures("restorer")
def test_ad_restore_face(call: Caller) -> None:
    unit = {"ad_model": "mediapipe_face_full", "ad_denoising_strength": 0}
    plain, default = call(FACE), call(FACE | scripts("ADetailer", unit))
    given = call(FACE | scripts("ADetailer", unit | {"ad_restore_face": False}))
    other = call(FACE | scripts("ADetailer", unit | {"ad_restore_face": True}))
    assert same_picture(Seen(default=default, other=given, plain=plain))
    assert only_in(HEAD, margin=30)(Seen(default=default, other=other, plain=default))


@pytest.mark.parametrize(
    ("asked", "format"), [({}, "PNG"), ({"samples_format": "png"}, "PNG"),
                          ({"samples_format": "jpg"}, "JPEG")]
)  # fmt: skip
def test_output_image_format(asked: Body, format: str, call: Caller) -> None:
    body = TEXT | {"override_settings": TEXT["override_settings"] | asked}
    data = b64decode(call.send(body).json()["images"][0])
    assert Image.open(io.BytesIO(data)).format == format


def test_the_table_has_every_field() -> None:
    """Of the published calls; callbackUrl and id_task are the platform's own."""
    own = {"restore_faces", "ad_restore_face", "samples_format"}
    modules = {row[2].casefold() for row in CONTROLNET if row[0] == "module"} | {"none"}
    assert modules == set(TABLE)
    names = {row[0] for table in (TEXT2IMAGE, IMAGE2IMAGE, SETTINGS, CONTROLNET, ADETAILER)
             for row in table} | own  # fmt: skip
    assert len([name for name in names if name.startswith("ad_")]) == 31
    text = "prompt negative_prompt n_iter batch_size steps width height seed cfg_scale"
    text += " sampler_index restore_faces enable_hr hr_scale hr_upscaler hr_second_pass_steps"
    text += " hr_resize_x hr_resize_y denoising_strength sd_model_checkpoint sd_vae"
    text += " CLIP_stop_at_last_layers samples_format resize_mode mask_blur mask_blur_x"
    text += " mask_blur_y inpainting_fill inpaint_full_res inpaint_full_res_padding"
    text += " inpainting_mask_invert initial_noise_multiplier image_cfg_scale"
    text += " init_images mask image enabled module model weight low_vram processor_res"
    text += " threshold_a threshold_b guidance_start guidance_end pixel_perfect control_mode"
    assert set(text.split()) <= names
