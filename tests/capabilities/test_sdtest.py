"""T01 to T08: the test API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.capabilities.conftest import Easel, as_base64, difference, drawing, opened
from tests.capabilities.shows import shows

Json = dict[str, Any]


def bearer(easel: Easel) -> dict[str, str]:
    return {"Authorization": f"Bearer {easel.account['api_token']}"}


def user(easel: Easel) -> str:
    return str(easel.account["user_id"])


def draw(easel: Easel, path: str = "/txt2img", **fields: object) -> Json:
    body = {"id": user(easel), "prompt": "a cat", "steps": 2, "seed": "5"} | fields
    answer = easel.call("POST", path, json=body, headers=bearer(easel))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def fetched(easel: Easel, made: Json) -> Any:
    return opened(easel.call("GET", made["images"][0], headers=bearer(easel)).content)


@pytest.fixture
def made(easel: Easel) -> Json:
    return draw(easel)


def history(easel: Easel, kind: str) -> list[str]:
    answer = easel.call("GET", f"/{kind}history/{user(easel)}", headers=bearer(easel)).json()
    return [record["filename"] for record in answer["records"]]


@shows("T01")
def test_text_to_image(easel: Easel, made: Json) -> None:
    other = draw(easel, prompt="a red house by the sea")
    assert difference(fetched(easel, made), fetched(easel, other)) > 5


@shows("T02")
def test_image_to_image(easel: Easel) -> None:
    red, blue = as_base64(drawing("red")), as_base64(drawing("blue"))
    one, other = (draw(easel, "/img2img", init_images=given) for given in (red, blue))
    assert difference(fetched(easel, one), fetched(easel, other)) > 1


@shows("T03")
def test_history(easel: Easel, made: Json) -> None:
    assert made["records"][0]["filename"] in history(easel, "t2i")


@shows("T04")
def test_history_of_image_to_image(easel: Easel, made: Json) -> None:
    over = draw(easel, "/img2img", init_images=as_base64(drawing()))
    names = history(easel, "i2i")
    assert over["records"][0]["filename"] in names
    assert made["records"][0]["filename"] not in names


@shows("T05")
def test_a_picture(easel: Easel, made: Json) -> None:
    record = made["records"][0]
    url = f"/get_images/{user(easel)}/t2i/{record['filename']}"
    answer = easel.call("GET", url, headers=bearer(easel))
    assert answer.headers["Content-Type"].startswith("image/")
    assert opened(answer.content).size == (512, 512)
    part = easel.call("GET", url, headers=bearer(easel) | {"Range": "bytes=0-7"})
    assert (part.status_code, part.content) == (206, answer.content[:8])
    fresh = {"If-None-Match": answer.headers["ETag"]}
    assert easel.call("GET", url, headers=bearer(easel) | fresh).status_code == 304


@shows("T06")
def test_its_parameters(easel: Easel, made: Json) -> None:
    url = f"/get_args/{user(easel)}/t2i/{made['records'][0]['filename']}"
    args = easel.call("GET", url, headers=bearer(easel)).json()
    assert (args["prompt"], args["seed"], args["steps"]) == ("a cat", "5", 2)


@shows("T07")
def test_deletion(easel: Easel, made: Json) -> None:
    name = made["records"][0]["filename"]
    url = f"{user(easel)}/t2i/{name}"
    answer = easel.call("DELETE", f"/delete/{url}", headers=bearer(easel))
    assert answer.json()["deleted"] == 1
    assert easel.call("GET", f"/get_images/{url}", headers=bearer(easel)).status_code == 404
    assert easel.call("GET", f"/get_args/{url}", headers=bearer(easel)).status_code == 404
    assert name not in history(easel, "t2i")


@shows("T08")
def test_style(easel: Easel, made: Json) -> None:
    styled = draw(easel, style="snow, night")
    assert difference(fetched(easel, made), fetched(easel, styled)) > 5
