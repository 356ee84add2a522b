"""The documents' own example of a signed call, and the open doors, through the real views."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
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
