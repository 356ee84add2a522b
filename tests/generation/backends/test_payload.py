from __future__ import annotations

import base64

import pytest

from generation.backends.base import Job
from generation.backends.sdwebui import payload
from generation.errors import BackendError, BackendRefused
from generation.request import ImageRequest

SETTINGS = {"sd_model_checkpoint", "sd_vae", "CLIP_stop_at_last_layers", "samples_format"}
INIT = {"image": {"stored": "init"}}
IMAGES = {"init": b"init bytes", "mask": b"mask bytes", "control": b"control bytes"}


def build(settings: set[str] | None = None, **fields: object) -> dict[str, object]:
    return call(settings, **fields)[1]


def call(settings: set[str] | None = None, **fields: object):
    request = ImageRequest.model_validate({"prompt": "a cat", "seed": 3} | fields)
    job = Job(id="job-1", request=request, images=IMAGES)
    return payload.build(job, SETTINGS if settings is None else settings)


def encoded(name: str) -> str:
    return base64.b64encode(IMAGES[name]).decode()


def test_text_to_image():
    path, body = call(steps=30, cfg_scale=5.5, width=640, batch_size=2, n_iter=3)
    assert path == "/sdapi/v1/txt2img"
    assert (body["steps"], body["cfg_scale"], body["width"]) == (30, 5.5, 640)
    assert (body["batch_size"], body["n_iter"], body["seed"]) == (2, 3, 3)


def test_the_job_is_found_by_our_id():
    assert build()["force_task_id"] == "job-1"


def test_pictures_are_sent_not_saved_and_no_grid_is_made():
    body = build()
    assert (body["send_images"], body["save_images"], body["do_not_save_grid"]) == (1, 0, 1)


def test_settings_go_along_for_this_request_only():
    body = build(checkpoint="a.safetensors", vae="b.pt", clip_skip=2, output_format="webp")
    assert body["override_settings_restore_afterwards"] is True
    assert body["override_settings"] == {
        "sd_model_checkpoint": "a.safetensors",
        "sd_vae": "b.pt",
        "CLIP_stop_at_last_layers": 2,
        "samples_format": "webp",
    }


def test_clip_skip_is_said_even_where_it_is_one():
    assert build()["override_settings"]["CLIP_stop_at_last_layers"] == 1  # type: ignore[index]


def test_only_settings_that_the_server_has():
    assert build({"sd_model_checkpoint"})["override_settings"] == {}


def test_forge_takes_the_vae_as_a_module():
    forge = {"sd_model_checkpoint", "forge_additional_modules"}
    assert build(forge, vae="ae.safetensors")["override_settings"] == {
        "forge_additional_modules": ["ae.safetensors"]
    }


def test_controlnet_keeps_its_maps_to_itself():
    body = build(SETTINGS | {"control_net_no_detectmap"})
    assert body["override_settings"]["control_net_no_detectmap"] is True  # type: ignore[index]


def test_loras_are_written_behind_the_prompt():
    body = build(loras=[{"name": "ink", "weight": 0.5}, {"name": "wash"}])
    assert body["prompt"] == "a cat <lora:ink:0.5> <lora:wash:1>"


def test_a_scheduler_is_sent_where_one_is_given():
    assert "scheduler" not in build(sampler="DPM++ 2M Karras")
    assert build(sampler="DPM++ 2M", scheduler="Karras")["scheduler"] == "Karras"


def test_subseed():
    body = build(subseed=9, subseed_strength=0.25)
    assert (body["subseed"], body["subseed_strength"]) == (9, 0.25)
    assert build()["subseed"] == -1


def test_hires():
    body = build(hires={"scale": 1.5, "upscaler": "ESRGAN_4x", "steps": 9, "width": 768})
    assert body["enable_hr"] is True
    assert (body["hr_scale"], body["hr_upscaler"], body["hr_second_pass_steps"]) == (
        1.5,
        "ESRGAN_4x",
        9,
    )
    assert (body["hr_resize_x"], body["hr_resize_y"], body["denoising_strength"]) == (768, 0, 0.75)


def test_styles_faces_tiling():
    body = build(styles=["ink"], restore_faces=True, tiling=True)
    assert (body["styles"], body["restore_faces"], body["tiling"]) == (["ink"], True, True)


def test_image_to_image():
    init = INIT | {"denoising_strength": 0.4, "resize_mode": 2, "noise_multiplier": 0.9}
    path, body = call(init=init)
    assert path == "/sdapi/v1/img2img"
    assert body["init_images"] == [encoded("init")]
    assert (body["denoising_strength"], body["resize_mode"]) == (0.4, 2)
    assert body["initial_noise_multiplier"] == 0.9
    assert "image_cfg_scale" not in body


def test_mask():
    mask = {"image": {"stored": "mask"}, "blur": 7, "fill": 2, "only_masked": True, "invert": True}
    body = build(init=INIT, mask=mask)
    assert body["mask"] == encoded("mask")
    assert (body["mask_blur"], body["inpainting_fill"], body["inpaint_full_res"]) == (7, 2, True)
    assert (body["inpaint_full_res_padding"], body["inpainting_mask_invert"]) == (32, 1)


def test_controlnet():
    unit = {"model": "canny", "module": "canny", "image": {"stored": "control"}, "weight": 0.6}
    body = build(controlnet=[unit | {"control_mode": "prompt", "resize_mode": 2}])
    (args,) = body["alwayson_scripts"]["controlnet"]["args"]  # type: ignore[index]
    assert args["image"] == encoded("control")
    assert (args["model"], args["weight"]) == ("canny", 0.6)
    assert args["control_mode"] == "My prompt is more important"
    assert args["resize_mode"] == "Resize and Fill"


def test_a_controlnet_unit_without_an_image_uses_the_init_image():
    body = build(init=INIT, controlnet=[{"model": "canny"}])
    (args,) = body["alwayson_scripts"]["controlnet"]["args"]  # type: ignore[index]
    assert "image" not in args


def test_adetailer():
    unit = {"model": "face_yolov8n.pt", "prompt": "a face", "steps": 12, "width": 640}
    body = build(adetailer=[unit])
    on, skip, args = body["alwayson_scripts"]["ADetailer"]["args"]  # type: ignore[index]
    assert (on, skip) == (True, False)
    assert (args["ad_model"], args["ad_prompt"]) == ("face_yolov8n.pt", "a face")
    assert (args["ad_use_steps"], args["ad_steps"]) == (True, 12)
    assert (args["ad_inpaint_width"], args["ad_inpaint_height"]) == (640, 640)
    assert "ad_use_sampler" not in args


def test_no_scripts_no_key():
    assert "alwayson_scripts" not in build()


# Refusals


def test_hires_of_an_init_image():
    with pytest.raises(BackendRefused) as caught:
        build(init=INIT, hires={})
    assert caught.value.field == "hires"


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"checkpoint": "a"}, "checkpoint"), ({"vae": "b"}, "vae"), ({"clip_skip": 2}, "clip_skip")],
)
def test_a_setting_that_the_server_does_not_have(fields, field):
    with pytest.raises(BackendRefused) as caught:
        build(set(), **fields)
    assert caught.value.field == field


def test_controlnet_has_no_latent_upscale():
    with pytest.raises(BackendRefused):
        build(controlnet=[{"model": "canny", "resize_mode": 3}])


def test_a_picture_that_is_missing():
    with pytest.raises(BackendError, match="other"):
        build(init={"image": {"stored": "other"}})
