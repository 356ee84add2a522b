"""Each field of txt2img and img2img → what the painter is given, and what the text says of it."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image

from generation.engine import encode
from generation.engine.calls import refusal
from generation.engine.painter import ControlMode, Hires, MaskFill, PaintJob, ResizeMode
from generation.engine.sketch.painter import SketchPainter
from generation.wording import infotext
from tests.generation.engine.gradients import FULL, PLAIN, Capable, Gradients
from tests.generation.engine.reading import info, picture, png

NAME = FULL.controlnets[0].name


@pytest.fixture
def engine(run):
    return run(painter=Capable(0))


def painted(engine, **fields):
    """The first job that the painter was given for txt2img with these fields."""
    answer = engine.txt2img(**fields)
    assert answer.status_code == 200, answer.text
    return engine.painter.painted[0]


def repainted(engine, **fields):
    answer = engine.img2img(**{"init_images": [png()]} | fields)
    assert answer.status_code == 200, answer.text
    return engine.painter.painted[0]


def said(engine, **fields) -> dict[str, str]:
    """The parameters of the text."""
    return dict(infotext.parse(info(engine.txt2img(**fields)).infotexts[0]).parameters)


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"cfg_scale": 3.5}, "cfg_scale", 3.5),
        ({"distilled_cfg_scale": 2}, "distilled_cfg_scale", 2),
        ({"subseed": 9, "subseed_strength": 0.25}, "subseed", 9),
        ({"subseed": 9, "subseed_strength": 0.25}, "subseed_strength", 0.25),
        ({"seed_resize_from_w": 71, "seed_resize_from_h": 135}, "seed_resize_from", (64, 128)),
        ({"seed_resize_from_w": 0, "seed_resize_from_h": 0}, "seed_resize_from", None),
        ({"tiling": True}, "tiling", True),
        ({"restore_faces": True}, "restore_faces", True),
        ({"sampler_name": "dpm++ 2m sde karras"}, "sampler", "DPM++ 2M SDE"),
        ({"sampler_name": "dpm++ 2m sde karras"}, "scheduler", "Karras"),
        ({"sampler_index": "DDIM"}, "sampler", "DDIM"),
        ({"scheduler": "exponential"}, "scheduler", "Exponential"),
        ({"eta": 0.5}, "eta", 0.5),
        ({}, "eta", None),
        ({"s_churn": 2, "s_tmin": 0.5, "s_tmax": 9}, "s_churn", 2),
        ({"s_churn": 2, "s_tmin": 0.5, "s_tmax": 9}, "s_tmax", 9),
        ({"s_tmax": 0}, "s_tmax", float("inf")),
        ({"s_noise": 1.01}, "s_noise", 1.01),
        ({"s_min_uncond": 1.5}, "s_min_uncond", 1.5),
        ({"override_settings": {"CLIP_stop_at_last_layers": 2}}, "clip_skip", 2),
        ({"override_settings": {"sd_vae": "soft"}}, "vae", "soft.safetensors"),
        ({"override_settings": {"sd_vae": "Automatic"}}, "vae", ""),
        ({"override_settings": {"forge_additional_modules": ["soft"]}}, "vae", "soft.safetensors"),
        ({"override_settings": {"sd_model_checkpoint": "Stripes"}}, "checkpoint", "stripes.easel"),
        ({"refiner_checkpoint": "Stripes", "refiner_switch_at": 0.6}, "refiner", "stripes.easel"),
        ({"refiner_checkpoint": "Stripes", "refiner_switch_at": 0.6}, "refiner_switch_at", 0.6),
        ({"refiner_checkpoint": "None"}, "refiner", ""),
        ({"prompt": "a <lora:ink:1>", "disable_extra_networks": True}, "prompt", "a "),
        ({"negative_prompt": "b"}, "negative_prompt", "b"),
    ],
)
def test_a_field_reaches_the_painter(engine, fields, name, value):
    assert getattr(painted(engine, **fields), name) == value


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({}, (128, 128)),
        ({"hr_scale": 1.5}, (96, 96)),
        ({"hr_resize_x": 200}, (200, 200)),
        ({"hr_resize_y": 96, "width": 128}, (192, 96)),
        ({"hr_resize_x": 100, "hr_resize_y": 200}, (96, 200)),
    ],
)
def test_the_size_of_the_second_pass(engine, fields, size):
    answer = engine.txt2img(enable_hr=True, **fields)
    assert picture(answer).size == size


def test_the_first_pass_may_be_the_smaller_one(engine):
    job = painted(engine, enable_hr=True, width=256, height=128, firstphase_width=128)
    assert (job.width, job.height) == (128, 64)
    assert job.size == (256, 128)


def test_the_second_pass(engine):
    job = painted(
        engine,
        enable_hr=True,
        denoising_strength=0.4,
        hr_upscaler="latent (nearest)",
        hr_second_pass_steps=7,
        hr_prompt="b",
        hr_negative_prompt="c",
        hr_sampler_name="Euler",
        hr_scheduler="karras",
        hr_checkpoint_name="Stripes",
        hr_cfg=2,
    )
    assert job.hires == Hires(
        width=128,
        height=128,
        upscaler="Latent (nearest)",
        steps=7,
        denoising_strength=0.4,
        prompt="b",
        negative_prompt="c",
        sampler="Euler",
        scheduler="Karras",
        checkpoint="stripes.easel",
        cfg_scale=2,
    )


def test_a_second_pass_like_the_first(engine):
    same = {
        "hr_checkpoint_name": "Use same checkpoint",
        "hr_sampler_name": "Use same sampler",
        "hr_scheduler": "Use same scheduler",
        "hr_additional_modules": ["Use same choices"],
    }
    job = painted(engine, enable_hr=True, **same)
    assert job.hires == Hires(width=128, height=128)


@pytest.mark.parametrize("name", ["Lanczos", "nearest", "None"])
def test_pixels_may_be_enlarged_instead(engine, name):
    job = painted(engine, enable_hr=True, hr_upscaler=name)
    assert job.hires.upscaler.casefold() == name.casefold()


def test_what_is_off_is_not_asked_for(run):
    """Of a painter that can do nothing else: what clients always send asks for nothing."""
    engine = run(painter=Gradients(0))
    idle = {
        "hr_upscaler": "Latent",
        "hr_scale": 2,
        "styles": [],
        "subseed_strength": 0,
        "seed_resize_from_w": -1,
        "refiner_checkpoint": "None",
        "script_name": "None",
        "s_churn": 0,
        "s_noise": 1,
        "alwayson_scripts": {
            "controlnet": {"args": [{"enabled": False, "model": "x"}]},
            "ADetailer": {"args": [False]},
            "other": {"args": []},
        },
    }
    assert engine.txt2img(**idle).status_code == 200


# Seeds


def test_seeds_count_up(engine):
    answer = engine.txt2img(batch_size=2, n_iter=2, subseed=7)
    assert info(answer).all_seeds == [5, 6, 7, 8]
    assert info(answer).all_subseeds == [7, 8, 9, 10]


def test_a_variation_counts_its_subseeds_only(engine):
    answer = engine.txt2img(batch_size=3, subseed=7, subseed_strength=0.5)
    assert info(answer).all_seeds == [5, 5, 5]
    assert [job.subseed for job in engine.painter.painted] == [7, 8, 9]


# Image to image


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"denoising_strength": 0.3}, "denoising_strength", 0.3),
        ({"resize_mode": 2}, "resize_mode", ResizeMode.RESIZE_AND_FILL),
        ({"resize_mode": 3}, "resize_mode", ResizeMode.LATENT_UPSCALE),
        ({"image_cfg_scale": 1.5}, "image_cfg_scale", 1.5),
        ({"initial_noise_multiplier": 0.9}, "noise_multiplier", 0.9),
    ],
)
def test_a_field_of_img2img(engine, fields, name, value):
    assert getattr(repainted(engine, **fields), name) == value


def test_the_picture_comes_in_its_own_size(engine):
    assert repainted(engine, init_images=[png((100, 50))]).init_image.size == (100, 50)


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"mask_blur_x": 3, "mask_blur_y": 5}, "blur_x", 3),
        ({"mask_blur_x": 3, "mask_blur_y": 5}, "blur_y", 5),
        ({"mask_blur": 9}, "blur_y", 9),
        ({"inpainting_fill": 2}, "fill", MaskFill.LATENT_NOISE),
        ({"inpaint_full_res": 0}, "only_masked", False),
        ({"inpaint_full_res_padding": 12}, "padding", 12),
        ({"inpainting_mask_invert": 1}, "invert", True),
        ({"mask_round": False}, "round", False),
    ],
)
def test_a_field_of_the_mask(engine, fields, name, value):
    job = repainted(engine, mask=png(), **fields)
    assert getattr(job.mask, name) == value


def test_a_mask_keeps_its_transparency(engine):
    job = repainted(engine, mask=png(colour=(0, 0, 0, 77)), latent_mask=png())
    assert job.mask.image.getpixel((0, 0)) == (0, 0, 0, 77)
    assert job.mask.latent.size == (64, 64)


def test_several_pictures_are_a_batch(engine):
    red, blue = png(colour=(255, 0, 0, 255)), png(colour=(0, 0, 255, 255))
    engine.img2img(init_images=[red, blue], batch_size=2, n_iter=2, denoising_strength=0)
    seen = [job.init_image.getpixel((0, 0)) for job in engine.painter.painted]
    assert seen == [(255, 0, 0), (0, 0, 255)] * 2


def test_the_echo_has_pictures_only_when_asked(engine):
    fields = {"init_images": [png()], "mask": png()}
    assert engine.img2img(**fields).json()["parameters"]["mask"] is None
    kept = engine.img2img(**fields, include_init_images=True).json()["parameters"]
    assert kept["init_images"] == fields["init_images"]


# Scripts


def controlnet(**unit):
    return {"controlnet": {"args": [{"model": NAME, "image": png()} | unit]}}


@pytest.mark.parametrize(
    ("unit", "name", "value"),
    [
        ({}, "model", NAME),
        ({"model": f"{NAME} [0123abcd]"}, "model", NAME),
        ({"module": "Canny"}, "module", "canny"),
        ({"module": "None"}, "module", "none"),
        ({"weight": 0.4}, "weight", 0.4),
        ({"resize_mode": 2}, "resize_mode", ResizeMode.RESIZE_AND_FILL),
        ({"resize_mode": "Just Resize"}, "resize_mode", ResizeMode.JUST_RESIZE),
        ({"low_vram": True}, "low_vram", True),
        ({"processor_res": 768}, "processor_res", 768),
        ({"threshold_a": 50}, "threshold_a", 50),
        ({"threshold_b": 60}, "threshold_b", 60),
        ({"guidance_start": 0.1}, "guidance_start", 0.1),
        ({"guidance_end": 0.9}, "guidance_end", 0.9),
        ({"pixel_perfect": True}, "pixel_perfect", True),
        ({"control_mode": 2}, "mode", ControlMode.CONTROL),
        ({"control_mode": "My prompt is more important"}, "mode", ControlMode.PROMPT),
    ],
)
def test_a_field_of_a_controlnet_unit(engine, unit, name, value):
    (control,) = painted(engine, alwayson_scripts=controlnet(**unit)).controls
    assert getattr(control, name) == value


def test_a_unit_without_a_picture_takes_the_init_image(engine):
    scripts = {"controlnet": {"args": [{"model": NAME}]}}
    (control,) = repainted(engine, alwayson_scripts=scripts).controls
    assert control.image is None


def adetailer(**unit):
    return {"ADetailer": {"args": [True, False, {"ad_model": "face_yolov8n.onnx"} | unit]}}


@pytest.mark.parametrize(
    ("unit", "name", "value"),
    [
        ({"ad_model": "hand_yolov8n"}, "model", "hand_yolov8n.onnx"),
        ({"ad_prompt": "a face"}, "prompt", "a face"),
        ({"ad_negative_prompt": "ugly"}, "negative_prompt", "ugly"),
        ({"ad_confidence": 0.5}, "confidence", 0.5),
        ({"ad_mask_min_ratio": 0.1}, "mask_min_ratio", 0.1),
        ({"ad_mask_max_ratio": 0.9}, "mask_max_ratio", 0.9),
        ({"ad_dilate_erode": -4}, "dilate_erode", -4),
        ({"ad_x_offset": 3}, "x_offset", 3),
        ({"ad_y_offset": -3}, "y_offset", -3),
        ({"ad_mask_merge_invert": "Merge"}, "mask_merge_invert", "Merge"),
        ({"ad_mask_blur": 8}, "mask_blur", 8),
        ({"ad_denoising_strength": 0.6}, "denoising_strength", 0.6),
        ({"ad_inpaint_only_masked": False}, "only_masked", False),
        ({"ad_inpaint_only_masked_padding": 16}, "only_masked_padding", 16),
        ({"ad_use_inpaint_width_height": True, "ad_inpaint_width": 768}, "width", 768),
        ({"ad_inpaint_width": 768}, "width", None),
        ({"ad_use_steps": True, "ad_steps": 9}, "steps", 9),
        ({"ad_use_cfg_scale": True, "ad_cfg_scale": 3}, "cfg_scale", 3),
        ({"ad_use_sampler": True, "ad_sampler": "DPM++ 2M Karras"}, "sampler", "DPM++ 2M"),
        ({"ad_use_sampler": True, "ad_sampler": "DPM++ 2M Karras"}, "scheduler", "Karras"),
        ({"ad_use_noise_multiplier": True, "ad_noise_multiplier": 1.1}, "noise_multiplier", 1.1),
        ({"ad_restore_face": True}, "restore_face", True),
    ],
)
def test_a_field_of_adetailer(engine, unit, name, value):
    (detail,) = painted(engine, alwayson_scripts=adetailer(**unit)).details
    assert getattr(detail, name) == value


def test_adetailer_with_a_controlnet(engine):
    unit = {
        "ad_controlnet_model": NAME,
        "ad_controlnet_module": "canny",
        "ad_controlnet_weight": 0.5,
        "ad_controlnet_guidance_end": 0.7,
    }
    (detail,) = painted(engine, alwayson_scripts=adetailer(**unit)).details
    control = detail.control
    assert (control.model, control.module, control.weight) == (NAME, "canny", 0.5)
    assert control.guidance_end == 0.7


def test_adetailer_passes_the_main_unit_on(engine):
    scripts = controlnet(weight=0.3) | adetailer(ad_controlnet_model="Passthrough")
    (detail,) = painted(engine, alwayson_scripts=scripts).details
    assert detail.control.weight == 0.3


# The text and info


def test_the_text_says_it_all(engine):
    read = said(
        engine,
        prompt="a cat <lora:ink:0.5>",
        subseed=3,
        subseed_strength=0.5,
        tiling=True,
        restore_faces=True,
        enable_hr=True,
        denoising_strength=0.4,
        hr_second_pass_steps=7,
        refiner_checkpoint="Stripes",
        override_settings={"sd_vae": "soft", "CLIP_stop_at_last_layers": 2},
        alwayson_scripts=controlnet(module="canny") | adetailer(ad_prompt="a face"),
    )
    expected = {
        "Variation seed": "3",
        "Variation seed strength": "0.5",
        "Face restoration": "GFPGAN",
        "VAE": "soft.safetensors",
        "VAE hash": FULL.vaes[0].sha256[:10],
        "Denoising strength": "0.4",
        "Clip skip": "2",
        "RNG": "CPU",
        "Tiling": "True",
        "Hires upscale": "2",
        "Hires steps": "7",
        "Hires upscaler": "Latent",
        "Refiner": "stripes.easel",
        "Lora hashes": f"ink: {FULL.loras[0].sha256[:12]}",
        "ADetailer model": "face_yolov8n.onnx",
        "ADetailer prompt": "a face",
    }
    assert {name: read.get(name) for name in expected} == expected
    assert read["ControlNet 0"].startswith(f"Module: canny, Model: {NAME}, Weight: 1,")


def test_the_text_of_a_mask(engine):
    answer = engine.img2img(
        init_images=[png()], mask=png(), inpainting_mask_invert=1, inpaint_full_res_padding=8
    )
    read = infotext.parse(info(answer).infotexts[0]).parameters
    assert read["Mask mode"] == "Inpaint not masked"
    assert read["Inpaint area"] == "Only masked"
    assert (read["Masked area padding"], read["Masked content"]) == ("8", "fill")
    assert info(answer).extra_generation_params["Mask blur"] == "4"


def test_info_names_what_was_used(engine):
    read = info(
        engine.txt2img(
            restore_faces=True,
            subseed_strength=0.5,
            seed_resize_from_w=128,
            seed_resize_from_h=64,
            override_settings={"sd_vae": "soft"},
        )
    )
    assert read.face_restoration_model == "GFPGAN"
    assert read.sd_vae_name == "soft.safetensors"
    assert (read.seed_resize_from_w, read.seed_resize_from_h) == (128, 64)
    assert read.subseed_strength == 0.5


def test_pictures_may_be_kept_back(engine):
    answer = engine.txt2img(send_images=False)
    assert answer.json()["images"] == []
    assert len(info(answer).infotexts) == 1


def test_a_text_fills_what_a_request_leaves_open(engine):
    text = info(engine.txt2img(prompt="a dog", negative_prompt="b", cfg_scale=3)).infotexts[0]
    body = {"infotext": text, "steps": 1}
    answer = engine.post("/sdapi/v1/txt2img", body)
    read = info(answer)
    assert (read.prompt, read.cfg_scale, read.seed, read.steps) == ("a dog", 3, 5, 1)
    assert picture(answer).size == (64, 64)


def test_settings_of_one_request_may_stay(engine):
    fields = {"override_settings": {"sd_model_checkpoint": "Stripes"}}
    engine.txt2img(**fields, override_settings_restore_afterwards=False)
    assert info(engine.txt2img()).sd_model_name == "stripes.easel"


# Styles


def test_styles(run, tmp_path):
    lines = 'name,prompt,negative_prompt\nink,"ink drawing of {prompt}, black",blurry\n'
    (tmp_path / "styles.csv").write_text(lines + "loud,shouting,\n", encoding="utf-8-sig")
    engine = run(painter=Capable(0), models=tmp_path)
    answer = engine.txt2img(styles=["ink", "loud"], negative_prompt="bad")
    assert info(answer).prompt == "ink drawing of a cat, black, shouting"
    assert info(answer).negative_prompt == "bad, blurry"
    assert info(answer).styles == ["ink", "loud"]
    assert engine.painter.painted[0].prompt == info(answer).prompt
    listed = engine.get("/sdapi/v1/prompt-styles").json()
    assert [style["name"] for style in listed] == ["ink", "loud"]


@pytest.mark.parametrize("content", [b"\xff\xfe\0", b'name\n"', b""])
def test_a_styles_file_that_is_damaged(run, tmp_path, content):
    (tmp_path / "styles.csv").write_bytes(content)
    engine = run(painter=Capable(0), models=tmp_path)
    assert engine.get("/sdapi/v1/prompt-styles").json() == []


# Films


def test_a_film(engine):
    job = painted(engine, easel_video={"frames": 3, "fps": 10})
    assert job.extra == {"frames": 3, "fps": 10}


def test_a_film_is_a_webp_that_plays():
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "green", "blue")]
    first = frames[0].copy()
    first.info.update(frames=frames, fps=10)
    data = encode.picture(first, "a cat", "png", 80)
    made = Image.open(io.BytesIO(data))
    assert (made.format, made.n_frames) == ("WEBP", 3)
    assert encode.texts(data)["parameters"] == "a cat"


# Refusals


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [
        ({"enable_hr": True, "hr_upscaler": "Kettle"}, 422, "hr_upscaler"),
        ({"enable_hr": True, "hr_sampler_name": "Kettle"}, 404, "hr_sampler_name"),
        ({"enable_hr": True, "hr_scheduler": "Kettle"}, 404, "hr_scheduler"),
        ({"enable_hr": True, "hr_checkpoint_name": "gone"}, 404, "hr_checkpoint_name"),
        ({"enable_hr": True, "hr_additional_modules": ["x"]}, 422, "hr_additional_modules"),
        ({"enable_hr": True, "width": 512, "hr_scale": 4}, 422, "hr_scale"),
        ({"enable_hr": True, "hr_resize_x": 2048}, 422, "hr_resize_x"),
        ({"width": 1032}, 422, "width"),
        ({"refiner_checkpoint": "gone"}, 404, "refiner_checkpoint"),
        ({"script_name": "Kettle"}, 422, "script_name"),
        ({"firstpass_image": png()}, 422, "firstpass_image"),
        ({"styles": ["ink"]}, 422, "styles"),
        ({"override_settings": {"sd_vae": "gone"}}, 404, "override_settings.sd_vae"),
        ({"seed_resize_from_w": 9999, "seed_resize_from_h": 64}, 422, "seed_resize_from_w"),
        ({"infotext": "a\nSteps: 9, CFG scale: 9000, Seed: 1"}, 422, "cfg_scale"),
        (
            {"alwayson_scripts": controlnet(model="gone")},
            404,
            "alwayson_scripts.controlnet.model",
        ),
        (
            {"alwayson_scripts": controlnet(module="gone")},
            404,
            "alwayson_scripts.controlnet.module",
        ),
        (
            {"alwayson_scripts": controlnet(image="!")},
            422,
            "alwayson_scripts.controlnet.args.0.image",
        ),
        (
            {"alwayson_scripts": controlnet(weight=9)},
            422,
            "alwayson_scripts.controlnet.args.0.weight",
        ),
        (
            {"alwayson_scripts": controlnet(image=None)},
            422,
            "alwayson_scripts.controlnet.image",
        ),
        (
            {"alwayson_scripts": adetailer(ad_model="gone")},
            404,
            "alwayson_scripts.ADetailer.ad_model",
        ),
        (
            {"alwayson_scripts": adetailer(ad_use_sampler=True, ad_sampler="Kettle")},
            404,
            "alwayson_scripts.ADetailer.ad_sampler",
        ),
        ({"alwayson_scripts": {"kettle": {"args": [1]}}}, 422, "alwayson_scripts.kettle"),
    ],
)
def test_a_field_that_is_wrong(engine, fields, status, field):
    answer = engine.txt2img(**fields)
    assert answer.status_code == status
    assert answer.json()["errors"].startswith(f"{field}: "), answer.json()
    assert engine.painter.painted == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"init_images": [png(), png()]}, "init_images"),
        ({"init_images": ["http://127.0.0.1/a.png"]}, "init_images"),
        ({"init_images": [png()], "mask": "!"}, "mask"),
        ({"init_images": [png()], "latent_mask": png()}, "latent_mask"),
    ],
)
def test_an_init_image_that_is_wrong(engine, fields, field):
    answer = engine.img2img(**fields)
    assert answer.status_code == 422
    assert answer.json()["errors"].startswith(f"{field}: ")


def test_more_pixels_than_one_call_may_have(engine, monkeypatch):
    monkeypatch.setattr("generation.engine.paints.MAX_PIXELS", 100 * 100)
    answer = engine.img2img(init_images=[png((100, 60)), png((100, 60))], batch_size=2)
    assert answer.json()["errors"] == "init_images: more than 10000 pixels in one call"


@pytest.mark.parametrize(
    ("feature", "fields", "field"),
    [
        ("hires", {"enable_hr": True}, "enable_hr"),
        ("restore_faces", {"restore_faces": True}, "restore_faces"),
        ("tiling", {"tiling": True}, "tiling"),
        ("subseed", {"subseed_strength": 0.1}, "subseed_strength"),
        ("subseed", {"seed_resize_from_w": 64, "seed_resize_from_h": 64}, "seed_resize_from_w"),
        ("refiner", {"refiner_checkpoint": "Stripes"}, "refiner_checkpoint"),
        ("sampler_noise", {"s_churn": 1}, "s_churn"),
        ("sampler_noise", {"s_noise": 1.01}, "s_noise"),
        ("skip_uncond", {"s_min_uncond": 1}, "s_min_uncond"),
        ("controlnet", {"alwayson_scripts": controlnet()}, "alwayson_scripts.controlnet"),
        ("adetailer", {"alwayson_scripts": adetailer()}, "alwayson_scripts.ADetailer"),
        ("txt2img", {}, "prompt"),
        (
            "clip_skip",
            {"override_settings": {"CLIP_stop_at_last_layers": 2}},
            "override_settings.CLIP_stop_at_last_layers",
        ),
    ],
)
def test_what_the_painter_lacks_is_refused_by_name(run, feature, fields, field):
    engine = run(painter=Capable(0, replace(FULL, features=FULL.features - {feature})))
    answer = engine.txt2img(**fields)
    assert answer.status_code == 422
    assert answer.json()["errors"] == f"{field}: this engine's painter has no {feature}"
    assert engine.painter.painted == []


@pytest.mark.parametrize(("feature", "field"), [("inpaint", "mask"), ("img2img", "init_images")])
def test_what_img2img_lacks(run, feature, field):
    engine = run(painter=Capable(0, replace(FULL, features=FULL.features - {feature})))
    answer = engine.img2img(init_images=[png()], mask=png())
    assert answer.json()["errors"] == f"{field}: this engine's painter has no {feature}"


def test_no_latents_no_latent_resize(run):
    answer = run(painter=Capable(0, PLAIN)).img2img(init_images=[png()], resize_mode=3)
    assert answer.json()["errors"].startswith("resize_mode: ")


def test_a_picture_is_read_as_rgb(engine):
    assert repainted(engine, init_images=[png(colour=(9, 9, 9, 0))]).init_image.getpixel(
        (0, 0)
    ) == (255, 255, 255)
    assert isinstance(engine.painter.painted[0].init_image, Image.Image)


@pytest.mark.parametrize(
    ("reason", "errors"),
    [
        ("hires.upscaler: no 'x'", "hr_upscaler: no 'x'"),
        ("checkpoint: cut off", "override_settings.sd_model_checkpoint: cut off"),
        ("frames: none", "easel_video.frames: none"),
        ("prompt: a: b", "prompt: a: b"),
        ("not that: way", "not that: way"),
        ("no field", "no field"),
    ],
)
def test_a_painters_refusal_is_said_in_the_words_of_the_wire(reason, errors):
    assert refusal(reason).body.errors == errors


@pytest.mark.parametrize("video", [{"frames": "many"}, [1], {str(n): 1 for n in range(9)}])
def test_numbers_of_a_film_that_are_wrong(engine, video):
    answer = engine.txt2img(easel_video=video)
    assert answer.status_code == 422
    assert answer.json()["errors"].startswith("easel_video")


def test_the_sketch_painter_makes_no_films():
    reason = SketchPainter().refuse(PaintJob(prompt="", extra={"frames": 2}))
    assert reason.startswith("frames: ")
