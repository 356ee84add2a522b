from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from tests.people import Person

Ask = Callable[..., dict[str, Any]]
TOOLS = "/AIGCImgOpenServ/saas/tool/"


@pytest.fixture
def public_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hosts of the golden request resolve nowhere here."""
    monkeypatch.setattr("generation.egress.check_url", lambda url, **_: None)


@pytest.fixture
def call(client: Client) -> Ask:
    """``call(person, "enhance", body)`` → the envelope, and ``http``, its status."""

    def send(who: Person | None, code: str, body: Any) -> dict[str, Any]:
        headers = who.headers if who else {}
        how: dict[str, Any] = {"content_type": "application/json", "headers": headers}
        answer = client.post(TOOLS + code, body, **how)
        return dict(answer.json(), http=answer.status_code)

    return send


@pytest.fixture
def query(call: Ask) -> Ask:
    """``query(person, "enhance", id)`` → the data of queryTask."""

    def ask(who: Person, code: str, name: str) -> dict[str, Any]:
        return dict(call(who, f"{code}/queryTask", {"businessTaskId": name})["data"])

    return ask


@pytest.fixture
def fetched(client: Client) -> Callable[[str], Image.Image]:
    def get(url: str) -> Image.Image:
        answer = client.get(url)
        assert answer.status_code == 200
        return Image.open(BytesIO(answer.getvalue()))

    return get
