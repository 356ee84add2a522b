from __future__ import annotations

import base64

import pytest

from generation.wording import infotext
from tests import samples
from tests.generation.engine.reading import info, picture, png


def test_one_picture(run):
    answer = run().txt2img(width=128)
    assert answer.status_code == 200
    assert picture(answer).size == (128, 64)
    assert info(answer).all_seeds == [5]


def test_the_published_request(run):
    published = samples.load("sdwebui", "txt2img.request.json")
    answer = run().post("/sdapi/v1/txt2img", published)
    assert picture(answer).size == (512, 512)
    assert info(answer).negative_prompt == published["negative_prompt"]


def test_a_batch_counts_its_seeds_up(run):
    answer = run().txt2img(batch_size=2, n_iter=2)
    assert info(answer).all_seeds == [5, 6, 7, 8]
    assert len(set(answer.json()["images"])) == 4


def test_the_largest_seed_counts_on_from_zero(run):
    assert info(run().txt2img(seed=2**64 - 1, batch_size=2)).all_seeds == [2**64 - 1, 0]


def test_seed_minus_one_draws_one(run):
    engine = run()
    first, second = (info(engine.txt2img(seed=-1)).seed for _ in range(2))
    assert 0 <= first != second


def test_same_seed_same_bytes(run):
    engine = run()
    assert engine.txt2img().json()["images"] == engine.txt2img().json()["images"]


def test_sides_are_rounded_down_as_webui_does(run):
    assert picture(run().txt2img(width=71, height=135)).size == (64, 128)


def test_png_carries_its_parameters(run):
    answer = run().txt2img(prompt="一只猫", negative_prompt="b, c", sampler_name="dpm++ 2m karras")
    text = picture(answer).info["parameters"]
    assert text == info(answer).infotexts[0]
    read = infotext.parse(text)
    assert (read.prompt, read.negative_prompt) == ("一只猫", "b, c")
    assert read.parameters["Sampler"] == "DPM++ 2M"
    assert read.parameters["Schedule type"] == "Karras"
    assert read.parameters["Size"] == "64x64"
    assert read.parameters["Version"] == "Easel engine"


@pytest.mark.parametrize(("format", "kind"), [("jpg", "JPEG"), ("webp", "WEBP")])
def test_jpeg_and_webp_carry_them_as_a_user_comment(run, format, kind):
    answer = run().txt2img(prompt="一只猫", override_settings={"samples_format": format})
    made = picture(answer)
    assert made.format == kind
    comment = made.getexif().get_ifd(0x8769)[0x9286]
    assert comment.removeprefix(b"UNICODE\0").decode("utf-16-be") == info(answer).infotexts[0]


def test_img2img(run):
    engine = run()
    body = {"init_images": [png((300, 200))], "denoising_strength": 0, "width": 64, "height": 64}
    for resize_mode in (0, 1, 2):
        answer = engine.post("/sdapi/v1/img2img", body | {"resize_mode": resize_mode, "steps": 1})
        assert picture(answer).getpixel((32, 32)) == (0, 128, 128)
        assert answer.json()["parameters"]["init_images"] is None


def test_a_checkpoint_for_one_request(run):
    engine = run()
    chosen = {"sd_model_checkpoint": "stripes.easel"}
    assert info(engine.txt2img(override_settings=chosen)).sd_model_name == "stripes.easel"
    assert info(engine.txt2img()).sd_model_name == "gradients.easel"


# Refusals


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [
        ({"width": 0}, 422, "width"),
        ({"width": 2048, "height": 2048, "n_iter": 33}, 422, "n_iter"),
        ({"steps": "many"}, 422, "steps"),
        ({"enable_hr": True}, 422, "enable_hr"),
        ({"restore_faces": True}, 422, "restore_faces"),
        ({"tiling": True}, 422, "tiling"),
        ({"styles": ["ink"]}, 422, "styles"),
        ({"save_images": True}, 422, "save_images"),
        ({"subseed_strength": 0.5}, 422, "subseed_strength"),
        ({"sampler_name": "Kettle"}, 404, "sampler_name"),
        ({"scheduler": "Kettle"}, 404, "scheduler"),
        (
            {"alwayson_scripts": {"controlnet": {"args": [{"model": "canny"}]}}},
            422,
            "alwayson_scripts.controlnet",
        ),
        ({"override_settings": {"sd_vae": "a.pt"}}, 404, "override_settings.sd_vae"),
        (
            {"override_settings": {"sd_model_checkpoint": "gone"}},
            404,
            "override_settings.sd_model_checkpoint",
        ),
        ({"override_settings": {"samples_format": "bmp"}}, 422, "override_settings.samples_format"),
        (
            {"override_settings": {"CLIP_stop_at_last_layers": 0}},
            422,
            "override_settings.CLIP_stop_at_last_layers",
        ),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_painted(run, fields, status, field):
    engine = run()
    answer = engine.txt2img(**fields)
    body = answer.json()
    assert answer.status_code == status
    assert set(body) == {"error", "detail", "body", "errors"}
    assert body["errors"].startswith(f"{field}: ")
    assert ".".join(body["detail"][0]["loc"]) == f"body.{field}"
    assert engine.painter.painted == []


def test_what_the_painter_refuses_is_answered_with_its_reason(run):
    answer = run().txt2img(prompt="refuse me")
    assert answer.status_code == 422
    assert answer.json()["errors"] == "prompt: this painter does not draw that"


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [
        ({}, 404, "init_images"),
        ({"init_images": ["!"]}, 422, "init_images"),
        ({"init_images": [base64.b64encode(b"text").decode()]}, 422, "init_images"),
        ({"init_images": [png()], "mask": png()}, 422, "mask"),
        ({"init_images": [png()], "resize_mode": 3}, 422, "resize_mode"),
    ],
)
def test_img2img_refusals(run, fields, status, field):
    answer = run().post("/sdapi/v1/img2img", fields)
    assert answer.status_code == status
    assert answer.json()["errors"].startswith(f"{field}: ")
