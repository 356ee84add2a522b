"""The documents' own example of a signed call, another's client of the signature, and the open
doors, through the real views."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from aliyun_api_gateway import ApiGatewayClient, ApiGatewayResponse, SignedRequest
from aliyun_api_gateway.constants import HMAC_SHA1, HMAC_SHA256
from django.test import Client

from accounts import keys
from accounts.models import KeyKind
from tests.people import Person

PAGE = Path(__file__).parents[3] / "docs" / "api" / "authentication.md"
LIST = "/AIGCImgOpenServ/saas/sd/v2/queryModelList"


@pytest.fixture
def through_the_client(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def post(url: str, *, data: bytes, headers: dict[str, str], timeout: float) -> Any:
        kind = headers.pop("Content-Type")
        return client.post(url, data=data, content_type=kind, headers=headers)

    monkeypatch.setattr(requests, "post", post)
    yield


def example() -> Any:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    scope: dict[str, Any] = {}
    exec(code, scope)
    return scope["call"]


def test_the_example_of_the_documentation(alice: Person, through_the_client: None) -> None:
    app = keys.make(alice.tenant, alice.user, KeyKind.APP_KEY)
    answer = example()("", LIST, b'{"pageSize":1,"pageNum":1}', app.key.public_id, app.secret)
    assert (answer.status_code, answer.json()["code"]) == (200, "200")


def test_a_mismatch_shows_what_was_signed(alice: Person, through_the_client: None) -> None:
    app = keys.make(alice.tenant, alice.user, KeyKind.APP_KEY)
    answer = example()("", LIST, b"{}", app.key.public_id, "wrong")
    assert (answer.status_code, answer.json()["code"]) == (401, "401")
    assert f"x-ca-key:{app.key.public_id}#" in answer["X-Ca-Error-Message"]


class Door:
    """The transport of ``aliyun-api-gateway-python``, through Django's test client."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def send(self, signed: SignedRequest, *, timeout: float, ssl_context: Any) -> Any:
        headers = dict(signed.headers)
        answer = self._client.generic(
            signed.method,
            signed.url.removeprefix("http://easel.test"),
            signed.body or b"",
            content_type=headers.pop("Content-Type", ""),
            headers=headers,
        )
        sent = tuple(answer.headers.items())
        return ApiGatewayResponse(answer.status_code, "", sent, answer.content, signed.url)


@pytest.mark.parametrize("method", [HMAC_SHA256, HMAC_SHA1])
def test_a_client_of_the_gateway_that_nobody_here_wrote(
    alice: Person, client: Client, method: str
) -> None:
    app = keys.make(alice.tenant, alice.user, KeyKind.APP_KEY)

    def gateway(secret: str) -> ApiGatewayClient:
        return ApiGatewayClient(
            "http://easel.test", app.key.public_id, secret,
            signature_method=method, transport=Door(client),
        )  # fmt: skip

    theirs = gateway(app.secret)
    listed = theirs.request("POST", LIST, json_body={"pageNum": 1, "pageSize": 1, "名": "模型"})
    assert (listed.status, listed.json()["code"]) == (200, "200")
    form = theirs.request("POST", LIST, query={"b": "", "a": "é b"}, form={"pageNum": "1"})
    assert form.status != 401, form.text()
    found = theirs.request("GET", "/api/v1/tasks", query={"limit": "5"})
    assert (found.status, found.json()["items"]) == (200, [])
    refused = gateway("wrong").request("GET", "/api/v1/tasks")
    assert refused.status == 401
    assert "Server StringToSign" in (refused.get_header("X-Ca-Error-Message") or "")


@pytest.mark.parametrize(
    ("kind", "url", "status"),
    [
        (KeyKind.OPEN_SDWEBUI, "/sdapi/v1/samplers", 200),
        (KeyKind.OPEN_SDTEST, "/t2ihistory/0", 404),
    ],
)
def test_an_open_door(alice: Person, client: Client, kind: KeyKind, url: str, status: int) -> None:
    assert client.get(url).status_code == 401
    keys.make(alice.tenant, alice.user, kind, ip_ranges=["127.0.0.1"])
    assert client.get(url).status_code == status
    assert client.get("/api/v1/tasks").status_code == 401
