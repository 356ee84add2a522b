from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from catalog import access as catalog
from generation import download, probes
from generation.backends.fake import FakeServer
from generation.models import Backend
from generation.scheduling import downloads
from tests.generation.house import House
from tests.people import Person

CAPABLE = "capable.safetensors"
CONTROLNETS = (
    "control_v11p_sd15_canny", "control_v11f1p_sd15_depth", "control_v11p_sd15_lineart",
    "control_v11p_sd15_mlsd", "control_v11p_sd15_normalbae", "control_v11p_sd15_openpose",
    "control_v11p_sd15_scribble", "control_v11p_sd15_seg", "control_v1p_sd15_brightness",
    "control_v1p_sd15_qrcode",
)  # fmt: skip
SCRIPTS = ["controlnet", "adetailer"]
ANSWERS: dict[str, Any] = {
    "/sdapi/v1/scripts": {"txt2img": SCRIPTS, "img2img": SCRIPTS},
    "/sdapi/v1/sd-vae": [{"model_name": "bright.vae.pt", "filename": "/v/bright.vae.pt"}],
    "/sdapi/v1/loras": [{"name": "capableStyle", "alias": "", "path": "", "metadata": {}}],
    "/controlnet/model_list": {"model_list": list(CONTROLNETS)},
    "/controlnet/module_list": {"module_list": ["none", "canny"]},
}
Post = Callable[..., Any]


@pytest.fixture
def capable(house: House) -> Iterator[FakeServer]:
    """A second server of the house, which has all that the published calls can ask for."""
    with FakeServer(checkpoints=(CAPABLE,), answers=ANSWERS) as server:
        backend = Backend.objects.create(name="capable", kind="sdwebui", url=server.url)
        probes.probe(backend)
        catalog.invalidate()
        yield server


@pytest.fixture
def post(client: Client) -> Post:
    """``post(person, "v2/text2image", body)`` → the response."""

    def send(who: Person, path: str, sent: Any, **how: Any) -> Any:
        return client.post(
            f"/AIGCImgOpenServ/saas/sd/{path}",
            sent,
            content_type="application/json;charset=UTF-8",
            headers=who.headers,
            **how,
        )

    return send


@pytest.fixture
def public_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hosts of the golden requests resolve nowhere here."""
    monkeypatch.setattr("generation.egress.check_url", lambda url, **_: None)


def fetch_all(house: House) -> None:
    """What the short-work cluster does, until nothing waits for its pictures."""
    while found := downloads.claim_one(house.cluster):
        under_way = download.run(str(found.task_id), str(found.lease_token))
        assert under_way is not None
        under_way.result(30)


def painted(server: FakeServer) -> dict[str, Any]:
    """The body of the last generation that the server was asked for."""
    found = [c.body for c in server.calls if c.path in ("/sdapi/v1/txt2img", "/sdapi/v1/img2img")]
    assert isinstance(found[-1], dict)
    return found[-1]
