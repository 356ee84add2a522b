"""Q01 to Q11: QR codes, text to image, hanfu."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from tests.capabilities.conftest import CAPABLE, TEST_KEY, Easel, difference
from tests.capabilities.shows import shows

ROOT = "/QRapi/api/v1"
Json = dict[str, Any]


@pytest.fixture(scope="session")
def tk(easel: Easel) -> str:
    return str(easel.call("GET", f"{ROOT}/test?key={TEST_KEY}").json()["data"])


def generate(easel: Easel, tk: str, **body: object) -> Json:
    answer = easel.call("POST", f"{ROOT}/QRcode/generate", json=body, headers={"Authorization": tk})
    return dict(answer.json())


def status(easel: Easel, id: str) -> Json:
    return dict(easel.call("GET", f"{ROOT}/QRcode/queue-status?id={id}").json())


def done(easel: Easel, tk: str, seconds: float = 60, **body: object) -> Json:
    """``data`` of queue-status when the task has ended well."""
    accepted = generate(easel, tk, **body)
    assert accepted["code"] == 200, accepted
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        data = status(easel, accepted["data"]["id"])["data"]
        if data["status"] in ("done", "failed"):
            assert data["status"] == "done", data
            return dict(data)
        time.sleep(0.1)
    raise AssertionError("did not end")


def drawn(easel: Easel, tk: str, **body: object) -> Image.Image:
    return easel.fetch(done(easel, tk, **body)["images"][0])


def decoded(picture: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(picture.convert("RGB"))]


@shows("Q01")
def test_text_to_image(easel: Easel, tk: str) -> None:
    cat = drawn(easel, tk, type="upload_txt", prompt="a cat", seed=5, steps=2)
    boat = drawn(easel, tk, type="upload_txt", prompt="a boat at sea", seed=5, steps=2)
    assert difference(cat, boat) > 5


@shows("Q02")
def test_a_code_that_scans(easel: Easel, tk: str) -> None:
    text = "https://example.com/t/猫"
    picture = drawn(easel, tk, type="upload_file", url=text, seed=5)
    assert decoded(picture) == [text]
    file = io.BytesIO()
    half = picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)
    half.convert("RGB").save(file, "JPEG", quality=70)
    assert decoded(Image.open(file)) == [text]


@shows("Q03")
def test_hanfu(easel: Easel) -> None:
    word = easel.name()
    done(easel, easel.able["jwt"], type="upload_cloth", prompt=word, model=CAPABLE)
    asked = [call.body["prompt"] for call in easel.capable.calls if word in str(call.body)]
    assert "hanfu" in asked[0].lower()


@shows("Q04")
@pytest.mark.parametrize(
    "name", ["animec", "real", "cartoon", "guofeng", "lux", "animedark", "rockColor"]
)
def test_the_seven_models(easel: Easel, tk: str, name: str) -> None:
    data = done(easel, tk, type="upload_txt", prompt="a cat", sdmodelcheckpoint=name, steps=2)
    assert easel.fetch(data["images"][0]).width >= 512


@shows("Q05")
@pytest.mark.parametrize(
    ("nickname", "sampler"),
    [
        ("euler", "Euler a"),
        ("fast", "DPM fast"),
        ("clear", "DPM++ 2M Karras"),
        ("hard", "DPM++ SDE Karras"),
        ("csextra", "DPM++ 2S a Karras"),
    ],
)
def test_the_five_samplers(easel: Easel, nickname: str, sampler: str) -> None:
    prompt = f"{easel.name()} end"
    body = {"type": "upload_txt", "prompt": prompt, "model": CAPABLE, "sampler_name": nickname}
    done(easel, easel.able["jwt"], **body)
    assert easel.received(prompt)["sampler_name"] == sampler


@shows("Q06")
@pytest.mark.parametrize("form", ["capableStyle:0.6", "capableStyle"])
def test_a_lora(easel: Easel, form: str) -> None:
    prompt = f"{easel.name()} end"
    tk = easel.able["jwt"]
    done(easel, tk, type="upload_txt", prompt=prompt, model=CAPABLE, lora=form)
    weight = form.partition(":")[2] or "0.8"
    assert f"<lora:capableStyle:{weight}>" in easel.received(prompt)["prompt"]


@shows("Q07")
def test_the_style_of_a_code(easel: Easel, tk: str) -> None:
    text = "https://example.com/styled"
    styles = [
        drawn(easel, tk, type="upload_file", url=text, seed=5, modelType=style)
        for style in ("realistic", "ink")
    ]
    assert [decoded(picture) for picture in styles] == [[text], [text]]
    assert difference(*styles) > 5


@shows("Q08")
def test_a_test_token(easel: Easel, tk: str) -> None:
    assert tk.count(".") == 2
    wrong = easel.call("GET", f"{ROOT}/test?key=wrong")
    assert (wrong.status_code, wrong.json()["code"]) == (401, 401)


@shows("Q09", "Q10")
def test_the_state_of_a_task(easel: Easel, tk: str) -> None:
    data = done(easel, tk, type="upload_txt", prompt="a cat", steps=2)
    assert data["progress"] == 1 and data["position"] == 0
    assert 0 < data["expires_in"] <= 300
    unknown = status(easel, "0" * 32)
    assert (unknown["code"], unknown["data"]) == (404, None)


@shows("Q11")
def test_nobody_draws_without_a_token(easel: Easel, tk: str) -> None:
    for wrong in ("", "x.y.z", tk[:-4] + "AAAA"):
        answer = easel.call(
            "POST",
            f"{ROOT}/QRcode/generate",
            json={"type": "upload_txt", "prompt": "a cat"},
            headers={"Authorization": wrong} if wrong else {},
        )
        assert (answer.status_code, answer.json()["code"]) == (401, 401)
