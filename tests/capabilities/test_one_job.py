"""One job through each API: equal tasks, equal bills, equal pictures."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from tests.capabilities.conftest import Easel, difference, opened
from tests.capabilities.test_qrapi import done
from tests.capabilities.test_saas_calls import SD, sent

PROMPT, OTHER = "a red boat on a lake", "two cats in the snow at night"
SIZE = {"width": 512, "height": 512}
STEPS, SEED = 12, 7  # 12: what OpenAI's quality "low" means
Draw = Callable[[Easel, str], Image.Image]


def bearer(easel: Easel) -> dict[str, str]:
    return {"Authorization": f"Bearer {easel.account['api_token']}"}


def by_saas(easel: Easel, prompt: str) -> Image.Image:
    fields: dict[str, Any] = {"prompt": prompt, "steps": STEPS, "seed": str(SEED), **SIZE}
    [made] = easel.drawn(sent(easel, SD + "text2image", {"output_image_format": "png"}, **fields))
    return made


def by_qrapi(easel: Easel, prompt: str) -> Image.Image:
    body = {"type": "upload_txt", "prompt": prompt, "model": "sketch", "sampler_name": "euler"}
    data = done(easel, easel.account["jwt"], **body, steps=STEPS, seed=SEED, **SIZE)
    return easel.fetch(data["images"][0])


def by_sdtest(easel: Easel, prompt: str) -> Image.Image:
    body = {"id": str(easel.account["user_id"]), "prompt": prompt, "seed": str(SEED)}
    answer = easel.call(
        "POST", "/txt2img", json=body | {"steps": STEPS, **SIZE}, headers=bearer(easel)
    ).json()
    return opened(easel.call("GET", answer["images"][0], headers=bearer(easel)).content)


def by_sdwebui(easel: Easel, prompt: str) -> Image.Image:
    body = {"prompt": prompt, "seed": SEED, "steps": STEPS, "sampler_name": "Euler a", **SIZE}
    return opened(base64.b64decode(easel.sdapi("txt2img", body)["images"][0]))


def by_openai(easel: Easel, prompt: str) -> Image.Image:
    body = {"prompt": prompt, "seed": SEED, "quality": "low", "size": "512x512"}
    answer = easel.call(
        "POST", "/v1/images/generations", json=body | {"model": "sketch"}, headers=bearer(easel)
    ).json()
    return opened(base64.b64decode(answer["data"][0]["b64_json"]))


def by_native(easel: Easel, prompt: str) -> Image.Image:
    body = {"prompt": prompt, "seed": SEED, "steps": STEPS, "checkpoint": "sketch", **SIZE}
    made = easel.call("POST", "/api/v1/tasks", json=body, headers=bearer(easel)).json()
    while made["state"] not in ("done", "failed"):
        made = easel.call("GET", f"/api/v1/tasks/{made['id']}", headers=bearer(easel)).json()
    return easel.fetch(made["outputs"][0]["url"])


APIS: tuple[Draw, ...] = (by_saas, by_qrapi, by_sdtest, by_sdwebui, by_openai, by_native)


@pytest.fixture(scope="session")
def drawn(easel: Easel) -> dict[str, Image.Image]:
    return {draw.__name__: draw(easel, PROMPT) for draw in APIS}


def test_equal_pictures(drawn: dict[str, Image.Image]) -> None:
    first = drawn["by_native"]
    assert {name: difference(first, other) for name, other in drawn.items()} == dict.fromkeys(
        drawn, 0
    )


@pytest.mark.parametrize("draw", APIS)
def test_another_prompt_another_picture(
    easel: Easel, drawn: dict[str, Image.Image], draw: Draw
) -> None:
    assert difference(drawn[draw.__name__], draw(easel, OTHER)) > 5


def test_equal_tasks_and_bills(easel: Easel, drawn: dict[str, Image.Image]) -> None:
    listed = easel.call("GET", "/api/v1/tasks?limit=100", headers=bearer(easel)).json()["items"]
    same = [task for task in listed if task["request"]["prompt"] == PROMPT]
    assert len(same) == len(APIS)
    told = [
        {"request": task["request"], "price": task["price"], "spent": task["spent"]}
        for task in same
    ]
    assert [one for one in told if one != told[0]] == []
