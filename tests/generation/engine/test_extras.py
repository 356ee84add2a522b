from __future__ import annotations

import base64
import io

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.generation.engine.gradients import Capable
from tests.generation.engine.reading import info, opened, png

SINGLE, BATCH = "/sdapi/v1/extra-single-image", "/sdapi/v1/extra-batch-images"


@pytest.fixture
def engine(run):
    return run(painter=Capable(0))


def extra(engine, **fields):
    answer = engine.post(SINGLE, {"image": png((40, 20)), "upscaler_1": "Lanczos"} | fields)
    assert answer.status_code == 200, answer.text
    return opened(answer.json()["image"])


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({}, (80, 40)),
        ({"upscaling_resize": 3}, (120, 60)),
        ({"upscaler_1": "None"}, (40, 20)),
        ({"resize_mode": 1, "upscaling_resize_w": 100, "upscaling_resize_h": 100}, (100, 100)),
        (
            {
                "resize_mode": 1,
                "upscaling_resize_w": 100,
                "upscaling_resize_h": 100,
                "upscaling_crop": False,
            },
            (200, 100),
        ),
    ],
)
def test_size(engine, fields, size):
    assert extra(engine, **fields).size == size


def test_two_upscalers_are_blended(engine):
    file = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").resize((40, 20)).save(file, "PNG")
    image = base64.b64encode(file.getvalue()).decode()
    one = extra(engine, image=image)
    two = extra(engine, image=image, upscaler_1="Nearest")
    both = extra(engine, image=image, upscaler_2="Nearest", extras_upscaler_2_visibility=0.25)
    assert both.tobytes() == Image.blend(one, two, 0.25).tobytes()


@pytest.mark.parametrize("upscale_first", [True, False])
def test_faces(engine, upscale_first):
    made = extra(engine, gfpgan_visibility=1, upscale_first=upscale_first)
    assert made.getextrema() == ((255, 255),) * 3
    assert made.size == (80, 40)


def test_what_was_done_is_said(engine):
    body = {"image": png(), "upscaler_1": "Lanczos", "upscaling_resize": 2}
    answer = engine.post(SINGLE, body).json()
    said = "Postprocess upscale by: 2, Postprocess upscaler: Lanczos"
    assert answer["html_info"] == f"<p>{said}</p>"
    assert opened(answer["image"]).info["postprocessing"] == said


def test_the_pictures_own_text_stays(engine):
    chunks = PngInfo()
    chunks.add_text("parameters", "a cat")
    assert extra(engine, image=png(pnginfo=chunks)).info["parameters"] == "a cat"


def test_a_batch(engine):
    body = {
        "imageList": [{"data": png((16, 16)), "name": "a"}, {"data": png((32, 16)), "name": "b"}],
        "upscaler_1": "Nearest",
    }
    images = engine.post(BATCH, body).json()["images"]
    assert [opened(image).size for image in images] == [(32, 32), (64, 32)]


def test_png_info_reads_what_was_painted(engine):
    answer = engine.txt2img(prompt="一只猫", negative_prompt="b")
    read = engine.post("/sdapi/v1/png-info", {"image": answer.json()["images"][0]}).json()
    assert read["info"] == info(answer).infotexts[0]
    assert read["items"]["parameters"] == read["info"]
    assert read["parameters"]["Prompt"] == "一只猫"
    assert (read["parameters"]["Size-1"], read["parameters"]["Size-2"]) == ("64", "64")


@pytest.mark.parametrize("format", ["jpg", "webp"])
def test_png_info_reads_a_user_comment(engine, format):
    answer = engine.txt2img(prompt="一只猫", override_settings={"samples_format": format})
    read = engine.post("/sdapi/v1/png-info", {"image": answer.json()["images"][0]}).json()
    assert read["info"] == info(answer).infotexts[0]


def test_png_info_of_a_bare_picture(engine):
    read = engine.post("/sdapi/v1/png-info", {"image": png()}).json()
    assert (read["info"], read["parameters"]) == ("", {})


# Refusals


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"image": ""}, "image"),
        ({"image": "!"}, "image"),
        ({"upscaler_1": "Kettle"}, "upscaler_1"),
        ({"upscaler_2": "Kettle"}, "upscaler_2"),
        ({"codeformer_visibility": 0.5}, "codeformer_visibility"),
        ({"image": png((2000, 10)), "upscaling_resize": 8}, "upscaling_resize"),
        ({"upscaling_resize": 9}, "upscaling_resize"),
    ],
)
def test_a_field_that_is_wrong(engine, fields, field):
    answer = engine.post(SINGLE, {"image": png(), "upscaler_1": "Lanczos"} | fields)
    assert answer.status_code == 422
    assert answer.json()["errors"].startswith(f"{field}: ")


def test_a_painter_without_faces(run):
    answer = run().post(SINGLE, {"image": png(), "gfpgan_visibility": 1})
    assert answer.json()["errors"].startswith("gfpgan_visibility: no GFPGAN model")


@pytest.mark.parametrize("images", [[], [{"data": "!"}], [{"data": png()}] * 65])
def test_a_batch_that_is_wrong(engine, images):
    answer = engine.post(BATCH, {"imageList": images})
    assert answer.status_code == 422
    assert answer.json()["errors"].startswith("imageList")


def test_more_pixels_than_one_call_may_have(engine, monkeypatch):
    monkeypatch.setattr("generation.engine.paints.MAX_PIXELS", 3 * 64 * 64)
    body = {"imageList": [{"data": png()}] * 4, "upscaler_1": "Lanczos"}
    assert engine.post(BATCH, body).json()["errors"].startswith("imageList.3.data: more than")
    body = {"imageList": [{"data": png()}], "upscaler_1": "Lanczos"}
    assert engine.post(BATCH, body).json()["errors"].startswith("upscaling_resize: more than")


def test_png_info_of_no_picture(engine):
    assert engine.post("/sdapi/v1/png-info", {"image": "!"}).status_code == 422


def test_no_model_that_describes_pictures(engine):
    answer = engine.post("/sdapi/v1/interrogate", {"image": png(), "model": "clip"})
    assert answer.status_code == 501
    assert answer.json()["errors"].startswith("model: no interrogation model (clip)")
