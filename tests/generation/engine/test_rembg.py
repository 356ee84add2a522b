"""``/rembg`` over HTTP, as clients of WebUI's extension call it."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from PIL import Image

from tests.generation.engine.cutout.test_remove import disc, inside
from tests.generation.engine.reading import opened
from tests.generation.painting import encode

PATH = "/rembg"
DISC = base64.b64encode(encode(disc())).decode()


def cut(engine, **fields):
    answer = engine.post(PATH, {"input_image": DISC, "model": "object"} | fields)
    assert answer.status_code == 200, answer.text
    return opened(answer.json()["image"])


def test_the_picture_and_the_mask(run):
    engine = run()
    picture, mask = cut(engine), cut(engine, return_mask=True)
    assert (picture.mode, mask.mode, picture.size) == ("RGBA", "L", (160, 120))
    assert picture.getchannel("A").tobytes() == mask.tobytes()
    assert np.asarray(mask)[inside(radius=26)].min() > 250


def test_what_it_can_is_told(run, tmp_path):
    (tmp_path / "rembg").mkdir()
    (tmp_path / "rembg" / "u2net.onnx").touch()
    options = run(models=tmp_path).get("/sdapi/v1/options").json()
    assert "rembg" in options["easel_features"]
    assert options["easel_rembg"] == ["auto", "person", "object", "u2net"]


def test_none_does_nothing(run):
    """As the extension; a client asks so whether it is there."""
    assert run().post(PATH, {"input_image": "", "model": "None"}).json() is None


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [
        ({"model": "u2net"}, 404, "model"),
        ({"input_image": ""}, 422, "input_image"),
        ({"input_image": "bm90IGEgcGljdHVyZQ=="}, 422, "input_image"),
        ({"input_image": "http://127.0.0.1/x.png"}, 422, "input_image"),
        ({"alpha_matting_erode_size": 41}, 422, "alpha_matting_erode_size"),
        ({"alpha_matting_foreground_threshold": -1}, 422, "alpha_matting_foreground_threshold"),
    ],
)
def test_refusals(run, fields, status, field):
    answer = run().post(PATH, {"input_image": DISC, "model": "object"} | fields)
    assert (answer.status_code, field in answer.text) == (status, True)


def test_too_large(run):
    large = Image.new("L", (4100, 4100))
    sent = {"input_image": base64.b64encode(encode(large)).decode(), "model": "object"}
    answer = run().post(PATH, sent)
    assert answer.status_code == 422 and "4100 x 4100" in answer.text
