from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from catalog import access as catalog
from generation import probes
from tests.generation.house import House
from tests.generation.painting import encode, picture

Send = Callable[..., dict[str, Any]]


def file(data: bytes, name: str = "x.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="image/png")


def small(width: int = 128, height: int = 96, seed: int = 1) -> bytes:
    return encode(picture(width, height, seed=seed))


@pytest.fixture
def send(house: House) -> Send:
    """Sends a picture as the page does; what the answer tells of it."""

    def sent(client: Client, data: bytes | None = None, **more: str) -> dict[str, Any]:
        content: dict[str, Any] = {"image": file(data)} if data else {}
        answer = client.post("/studio/sources", content | more)
        assert answer.status_code == 201, answer.content
        return dict(answer.json())

    return sent


@pytest.fixture
def able(house: House) -> House:
    """Its server has ControlNet with one preprocessor, and ADetailer."""
    house.server.answers |= {
        "/sdapi/v1/scripts": {"txt2img": ["controlnet", "adetailer"], "img2img": []},
        "/controlnet/model_list": {"model_list": ["edges"]},
        "/controlnet/module_list": {"module_list": ["none", "canny"]},
        "/adetailer/v1/ad_model": {"ad_model": ["face.pt"]},
    }
    probes.probe(house.backend)
    house.backend.refresh_from_db()
    catalog.invalidate()
    return house
