"""roop on the wire of saas: the face of one picture in the place of another's."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from PIL import Image, ImageDraw

from accounts import ledger
from generation.models import Backend, Task
from tests.generation.dialects.saas.conftest import fetch_all
from tests.generation.house import House
from tests.generation.painting import encode
from tests.generation.receivers import Receiver, Says
from tests.people import CREDIT, Person
from tests.samples import load
from tests.tools.conftest import Ask

Fetched = Callable[[str], Image.Image]
RED, BLUE = (200, 30, 40), (20, 40, 210)


def face(colour: tuple[int, int, int]) -> bytes:
    picture = Image.new("RGB", (96, 64), "white")
    ImageDraw.Draw(picture).ellipse((30, 14, 66, 50), fill=colour)
    return encode(picture)


def as_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


EMPTY = as_text(encode(Image.new("RGB", (96, 64), "white")))
BODY = {"businessTaskId": "r1", "sourceUrl": as_text(face(BLUE)), "targetUrl": as_text(face(RED))}


# ── The published form ───────────────────────────────────────────────────────────────────────
def test_the_published_call(
    house: House, alice: Person, call: Ask, query: Ask, fetched: Fetched
) -> None:
    sent = load("saas", "saas.tool.roop.request.json")
    pictures = {name: BODY[name] for name in ("sourceUrl", "targetUrl")}
    assert sent.keys() == BODY.keys()
    said = call(alice, "roop", sent | pictures)
    golden = load("saas", "saas.tool.roop.response.json")
    assert (said["code"], said["msg"]) == (golden["code"], golden["msg"])
    assert golden["data"].keys() <= said["data"].keys()
    same = ("toolTask", "status")
    assert [said["data"][name] for name in same] == [golden["data"][name] for name in same]
    house.work()
    made = fetched(said["data"]["outputImageUrl"]).convert("RGB")
    assert (made.size, made.getpixel((48, 32)), made.getpixel((3, 3))) == (
        (96, 64), BLUE, (255, 255, 255),
    )  # fmt: skip
    found = query(alice, "roop", sent["businessTaskId"])
    assert (found["status"], found["toolTask"]) == (2, "roop")
    [asked] = [c.body for c in house.server.calls if c.path == "/reactor/image"]
    assert (asked["source_image"], asked["target_image"]) == tuple(pictures.values())
    assert (asked["model"], asked["save_to_file"]) == ("inswapper_128.onnx", 0)


def test_both_by_their_addresses(
    house: House, alice: Person, call: Ask, query: Ask, fetched: Fetched, settings: Any
) -> None:
    settings.EASEL_EGRESS_ALLOW = ["127.0.0.1"]
    files = {"/blue.png": face(BLUE), "/red.png": face(RED)}
    with Receiver() as outside:
        png = (("Content-Type", "image/png"),)
        outside.answers = lambda seen: Says(200, files[seen.path], png)
        addresses = {
            "sourceUrl": f"{outside.url}/blue.png",
            "target_url": f"{outside.url}/red.png",
        }
        call(alice, "roop", {"businessTaskId": "r1", "outputFormat": "webp"} | addresses)
        fetch_all(house)
    house.work()
    made = fetched(query(alice, "roop", "r1")["outputImageUrl"])
    assert made.format == "WEBP"
    assert made.convert("RGB").getpixel((48, 32))[2] > 180


def test_the_native_api_has_it_too(house: House, alice: Person, client: Client) -> None:
    sent = {
        "prompt": "", "init": {"image": BODY["targetUrl"]}, "swap": {"image": BODY["sourceUrl"]},
    }  # fmt: skip
    how: dict[str, Any] = {"content_type": "application/json", "headers": alice.headers}
    assert client.post("/api/v1/tasks", sent, **how).status_code == 201
    house.work()
    task = Task.objects.get()
    assert (task.kind, task.state, task.needs) == ("swap", "done", ["faceswap"])


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("side", ["sourceUrl", "targetUrl"])
def test_a_picture_without_a_face_is_refunded(
    house: House, alice: Person, call: Ask, query: Ask, side: str
) -> None:
    call(alice, "roop", BODY | {side: EMPTY})
    house.work()
    found = query(alice, "roop", "r1")
    assert (found["status"], found["errorCode"], found["outputImageUrl"]) == (0, 2003, "")
    assert ledger.balance(alice.tenant.pk) == CREDIT


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"sourceUrl": None}, "sourceUrl is required"),
    ({"targetUrl": None}, "targetUrl is required"),
    ({"sourceUrl": "no picture!"}, "sourceUrl: neither"),
    ({"targetUrl": as_text(b"a text file, and no picture")}, "targetUrl: "),
    ({"sourceUrl": "http://169.254.169.254/latest/meta-data"}, "sourceUrl: "),
    ({"targetUrl": "http://169.254.169.254/latest/meta-data"}, "targetUrl: "),
    ({"outputFormat": "gif"}, "outputFormat: "),
]


def test_refusals_name_the_field(house: House, alice: Person, call: Ask) -> None:
    for changes, starts in REFUSED:
        said = call(alice, "roop", BODY | changes)
        assert (said["http"], said["code"], said["data"]) == (200, "400", None), changes
        assert said["msg"].startswith(starts), (changes, said["msg"])
    assert not Task.objects.exists() and ledger.balance(alice.tenant.pk) == CREDIT


def test_no_server_can(house: House, alice: Person, call: Ask) -> None:
    Backend.objects.update(offers=["txt2img", "extras"])
    said = call(alice, "roop", BODY)
    assert (said["http"], said["code"], said["msg"]) == (
        200, "400", "roop: no server here can do this: faceswap",
    )  # fmt: skip


def test_a_key_to_anothers_file_is_no_picture(house: House, alice: Person, client: Client) -> None:
    sent = {"prompt": "", "init": {"image": BODY["targetUrl"]}, "swap": {"stored": "a/key.png"}}
    how: dict[str, Any] = {"content_type": "application/json", "headers": alice.headers}
    assert client.post("/api/v1/tasks", sent, **how).status_code == 422
