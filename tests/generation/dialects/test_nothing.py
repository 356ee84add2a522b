"""A path that is no call of an API, in that API's own form."""

from __future__ import annotations

import pytest
from django.test import Client


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", ["v1/nothing", "v1/", "v1/models/", "v1/models/a%0Ab"])
def test_openai(client: Client, method: str, path: str) -> None:
    answer = getattr(client, method)(f"/{path}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize("before", ["", "AIGCImgOpenServ/"])
@pytest.mark.parametrize("path", ["nothing", "", "tool/a%0Ab/queryTask", "tool//queryTask/%0A"])
def test_saas(client: Client, before: str, path: str) -> None:
    answer = client.post(f"/{before}saas/{path}")
    assert (answer.status_code, answer.json()) == (
        404,
        {"code": "400", "msg": "no such path", "data": None},
    )


@pytest.mark.parametrize("path", ["sdapi/v1/nothing", "sdapi/", "controlnet/a%0Ab"])
def test_webui(client: Client, path: str) -> None:
    answer = client.post(f"/{path}")
    assert (answer.status_code, answer.json()["detail"]) == (404, "no such path")


def test_qrapi(client: Client) -> None:
    answer = client.post("/QRapi/api/v1/QRcode/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, 404)
