"""Enlarging, restoring and describing pictures through the WebUI's calls."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.test import Client

from accounts import ledger
from generation import watch
from generation.models import Output, Task
from generation.stream import Later
from tests.generation.dialects.sdwebui.test_generate import PICTURE, made, paint, post
from tests.generation.house import House
from tests.people import CREDIT, Person

pytestmark = pytest.mark.django_db(transaction=True)
SINGLE, BATCH = "/sdapi/v1/extra-single-image", "/sdapi/v1/extra-batch-images"
INTERROGATE = "/sdapi/v1/interrogate"


def asked(house: House, path: str) -> list[dict[str, Any]]:
    return [call.body for call in house.server.calls if call.path == path]


def test_every_field_reaches_the_server(house: House, alice: Person, client: Client) -> None:
    fields = {
        "resize_mode": 1, "upscaling_resize_w": 96, "upscaling_resize_h": 64,
        "upscaling_crop": False, "upscaler_1": "ESRGAN_4x", "upscaler_2": "ESRGAN_4x",
        "extras_upscaler_2_visibility": 0.5, "gfpgan_visibility": 0.2,
        "codeformer_visibility": 0.3, "codeformer_weight": 0.4, "upscale_first": True,
    }  # fmt: skip
    answer = made(paint(house, client, alice, {"image": PICTURE} | fields, SINGLE))
    (body,) = asked(house, SINGLE)
    assert {name: body[name] for name in fields} == fields
    assert body["image"] == PICTURE
    assert base64.b64decode(answer["image"]) and "ESRGAN_4x" in answer["html_info"]


def test_it_is_a_task_that_is_billed_and_kept(house: House, alice: Person, client: Client) -> None:
    made(paint(house, client, alice, {"image": PICTURE}, SINGLE))
    task = Task.objects.get()
    assert (task.kind, task.needs, task.spent) == ("extras", ["extras"], 400)
    assert ledger.balance(alice.tenant.pk) == CREDIT - 400
    assert watch.history(alice.actor).items[0].id == task.pk


def test_a_batch(house: House, alice: Person, client: Client) -> None:
    files = [{"data": PICTURE, "name": str(n)} for n in range(3)]
    assert len(made(paint(house, client, alice, {"imageList": files}, BATCH))["images"]) == 3


def test_a_description(house: House, alice: Person, client: Client) -> None:
    said = made(paint(house, client, alice, {"image": PICTURE, "model": "clip"}, INTERROGATE))
    assert said["caption"].startswith("a picture of")
    output = Output.objects.get()
    assert (output.kind, output.file, output.infotext) == ("text", "", said["caption"])
    assert watch.history(alice.actor).items == []


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (SINGLE, {}, "image"),
        (SINGLE, {"image": "no*base64"}, "image"),
        (SINGLE, {"image": base64.b64encode(b"words").decode()}, "image"),
        (SINGLE, {"image": PICTURE, "upscaler_1": "Nobody's"}, "upscaler"),
        (SINGLE, {"image": PICTURE, "upscaling_resize": 9}, "upscaling_resize"),
        (SINGLE, {"image": PICTURE, "resize_mode": 1, "upscaling_resize_w": 5000}, "_resize_w"),
        (SINGLE, {"image": "http://127.0.0.1/a.png"}, "image"),
        (BATCH, {"imageList": []}, "imageList"),
        (BATCH, {"imageList": [{"data": PICTURE}] * 17}, "imageList"),
        (BATCH, {"imageList": [{"data": PICTURE}, {"data": "x*"}]}, "imageList.1.data"),
        (INTERROGATE, {"image": PICTURE, "model": "gpt"}, "model"),
    ],
)
def test_what_does_not_fit(
    house: House, alice: Person, client: Client, path: str, body: Any, field: str
) -> None:
    answer = post(client, alice, body, path)
    assert not isinstance(answer, Later) and answer.status_code in (404, 422)
    assert field in answer.content.decode()
    assert ledger.balance(alice.tenant.pk) == CREDIT
    assert not Task.objects.unfinished().exists()


def test_what_no_server_can_do(house: House, alice: Person, client: Client) -> None:
    offers = [word for word in house.backend.offers if word != "interrogate"]
    type(house.backend).objects.update(offers=offers)
    answer = post(client, alice, {"image": PICTURE}, INTERROGATE)
    assert answer.status_code == 422 and "interrogate" in answer.content.decode()
