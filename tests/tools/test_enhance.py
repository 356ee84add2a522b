"""enhance on the wire of saas, from the published request to the enlarged picture."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from accounts import ledger
from catalog import access as catalog
from catalog.models import Price
from generation import announce
from generation.models import Backend, Delivery, Task
from tests.generation.dialects.saas.conftest import fetch_all
from tests.generation.house import House
from tests.generation.painting import encode
from tests.generation.receivers import Receiver, Says
from tests.people import CREDIT, Person
from tests.samples import load
from tests.tools.conftest import Ask

Fetched = Callable[[str], Image.Image]
SMALL = encode(Image.new("RGB", (48, 32), (200, 30, 40)))
PICTURE = base64.b64encode(SMALL).decode()
BODY = {"businessTaskId": "e1", "image": PICTURE, "upscaler1": "Lanczos"}


def asked(house: House) -> dict[str, Any]:
    """The body of the server's last call."""
    found = [c.body for c in house.server.calls if c.path == "/sdapi/v1/extra-single-image"]
    return dict(found[-1])


# ── The published form ───────────────────────────────────────────────────────────────────────
def test_the_published_request(
    house: House, alice: Person, call: Ask, query: Ask, fetched: Fetched
) -> None:
    sent = load("saas", "saas.tool.enhance.request.json")
    said = call(alice, "enhance", sent | {"image": PICTURE})
    golden = load("saas", "saas.tool.enhance.response.json")
    assert (said["code"], said["msg"]) == (golden["code"], golden["msg"])
    assert golden["data"].keys() <= said["data"].keys()
    assert (said["data"]["status"], said["data"]["toolTask"]) == (1, "enhance")
    assert said["data"]["businessTaskId"] == sent["businessTaskId"]
    house.work()
    names = {
        "resizeMode": "resize_mode", "gfpganVisibility": "gfpgan_visibility",
        "codeformerVisibility": "codeformer_visibility", "codeformerWeight": "codeformer_weight",
        "upscalingResizeW": "upscaling_resize_w", "upscalingResizeH": "upscaling_resize_h",
        "upscalingCrop": "upscaling_crop", "upscaler1": "upscaler_1", "upscaler2": "upscaler_2",
        "upscaleFirst": "upscale_first", "upscalingResize": "upscaling_resize",
    }  # fmt: skip
    assert {name: asked(house)[theirs] for name, theirs in names.items()} == {
        name: sent[name] for name in names
    }
    assert fetched(said["data"]["outputImageUrl"]).size == (3072, 2048)  # its ratio, uncropped
    assert query(alice, "enhance", sent["businessTaskId"])["status"] == 2


def test_the_published_callback(
    house: House, alice: Person, call: Ask, query: Ask, public_names: None
) -> None:
    golden = load("saas", "saas.callback.tool.request.json")
    name = golden["data"]["businessTaskId"]
    back = {"businessTaskId": name, "callbackUrl": "https://example.com/back"}
    call(alice, "enhance", BODY | back)
    house.work()
    delivery = Delivery.objects.get()
    announce.render(delivery.pk)
    delivery.refresh_from_db()
    told = delivery.body
    assert told.keys() == golden.keys() and golden["data"].keys() <= told["data"].keys()
    same = ("businessTaskId", "toolTask", "status")
    assert [told["data"][each] for each in same] == [golden["data"][each] for each in same]
    assert (told["code"], told["msg"]) == (golden["code"], golden["msg"])
    shown = query(alice, "enhance", name)
    assert {each: told["data"][each] for each in shown} == shown


# ── Each option ──────────────────────────────────────────────────────────────────────────────
SIZES: list[tuple[dict[str, Any], tuple[int, int]]] = [
    ({}, (96, 64)),
    ({"upscalingResize": 3}, (144, 96)),
    ({"upscaling_resize": 1.5}, (72, 48)),
    ({"upscaler1": "None", "upscalingResize": 4}, (192, 128)),  # a plain resize
    ({"resizeMode": 1, "upscalingResizeW": 64, "upscalingResizeH": 64}, (64, 64)),
    ({"resizeMode": 1, "upscaling_resize_w": 64, "upscaling_resize_h": 64,
      "upscaling_crop": False}, (96, 64)),
]  # fmt: skip


@pytest.mark.parametrize(("options", "size"), SIZES)
def test_a_factor_or_a_size(
    house: House, alice: Person, call: Ask, query: Ask, fetched: Fetched,
    options: dict[str, Any], size: tuple[int, int],
) -> None:  # fmt: skip
    call(alice, "enhance", BODY | options)
    house.work()
    assert fetched(query(alice, "enhance", "e1")["outputImageUrl"]).size == size


def test_two_upscalers_and_both_restorers(house: House, alice: Person, call: Ask) -> None:
    snake = {"upscaler_1": "Lanczos", "upscaler_2": "ESRGAN_4x",
             "extras_upscaler_2_visibility": 0.25, "gfpgan_visibility": 0.5,
             "codeformer_visibility": 0.75, "codeformer_weight": 0.1,
             "upscale_first": True}  # fmt: skip
    call(alice, "enhance", {"businessTaskId": "e1", "imageUrl": PICTURE} | snake)
    house.work()
    assert {name: asked(house)[name] for name in snake} == snake
    assert set(Task.objects.get().needs) >= {
        "extras", "restore_faces", "upscaler:lanczos", "upscaler:esrgan_4x",
    }  # fmt: skip


def test_without_an_upscaler_and_a_factor_of_one_it_stays_as_large(
    house: House, alice: Person, call: Ask
) -> None:
    how = {"upscaler1": "None", "upscalingResize": 1, "codeformerVisibility": 1}
    call(alice, "enhance", BODY | how)
    house.work()
    assert (asked(house)["upscaler_1"], Task.objects.get().needs) == (
        "None", ["extras", "restore_faces"],
    )  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), [("jpg", "JPEG"), ("webp", "WEBP")])
def test_the_format_that_was_asked_for(
    house: House, alice: Person, call: Ask, query: Ask, fetched: Fetched, kind: str, name: str
) -> None:
    call(alice, "enhance", BODY | {"outputFormat": kind})
    house.work()
    assert fetched(query(alice, "enhance", "e1")["outputImageUrl"]).format == name


def test_the_price_is_the_tools_own(house: House, alice: Person, call: Ask) -> None:
    Price.objects.create(kind="enhance", base_millicredits=55, per_megapixel_step=0)
    catalog.invalidate()
    call(alice, "enhance", BODY)
    house.work()
    assert Task.objects.get().spent == 55


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
def large(*size: int) -> str:
    return base64.b64encode(encode(Image.new("L", size))).decode()


TO_SIZE = {"resizeMode": 1, "upscalingResizeW": 2048, "upscalingResizeH": 2048}
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"image": None}, "imageUrl is required"),
    ({"image": "no picture!"}, "imageUrl: neither"),
    ({"image": large(1537, 8)}, "imageUrl: 1537x8 has more than 1536"),
    ({"image": large(1536, 8), "upscalingResize": 8}, "upscalingResize: 12288x64 has more than"),
    (TO_SIZE | {"image": large(100, 8), "upscalingCrop": False}, "upscalingResizeW: 25600x2048"),
    ({"resizeMode": 2}, "resizeMode: "),
    ({"resizeMode": 1, "upscalingResizeH": 64}, "upscalingResizeW is required"),
    ({"resizeMode": 1, "upscalingResizeW": 64}, "upscalingResizeH is required"),
    ({"upscalingResize": 0.9}, "upscalingResize: "),
    ({"upscalingResize": 9}, "upscalingResize: "),
    ({"upscalingResizeW": 63}, "upscalingResizeW: "),
    ({"upscaling_resize_h": 2049}, "upscalingResizeH: "),
    ({"gfpganVisibility": 1.1}, "gfpganVisibility: "),
    ({"codeformerVisibility": -0.1}, "codeformerVisibility: "),
    ({"codeformerWeight": 2}, "codeformerWeight: "),
    ({"extrasUpscaler2Visibility": 1.5}, "extrasUpscaler2Visibility: "),
    ({"upscaleFirst": "perhaps"}, "upscaleFirst: "),
    ({"upscalingCrop": 7}, "upscalingCrop: "),
    ({"upscaler1": "NoSuch_4x"}, "upscaler1: "),
    ({"upscaler2": "NoSuch_4x", "extrasUpscaler2Visibility": 1}, "upscaler2: "),
]


def test_refusals_name_the_field(house: House, alice: Person, call: Ask) -> None:
    for changes, starts in REFUSED:
        said = call(alice, "enhance", BODY | changes)
        assert (said["http"], said["code"], said["data"]) == (200, "400", None), changes
        assert said["msg"].startswith(starts), (changes, said["msg"])
    assert not Task.objects.exists() and ledger.balance(alice.tenant.pk) == CREDIT


def test_a_picture_that_is_too_large_when_it_comes(
    house: House, alice: Person, call: Ask, query: Ask, settings: Any
) -> None:
    settings.EASEL_EGRESS_ALLOW = ["127.0.0.1"]
    data = base64.b64decode(large(1600, 8))
    with Receiver() as outside:
        outside.answers = lambda _seen: Says(200, data, (("Content-Type", "image/png"),))
        call(alice, "enhance", BODY | {"image": f"{outside.url}/large.png"})
        fetch_all(house)
    found = query(alice, "enhance", "e1")
    assert (found["status"], found["errorCode"]) == (0, 2002)
    assert found["desc"].startswith("任务失败: imageUrl: 1600x8")
    assert ledger.balance(alice.tenant.pk) == CREDIT


def test_no_server_restores_faces(house: House, alice: Person, call: Ask) -> None:
    Backend.objects.update(offers=["extras", "upscaler:lanczos"])
    said = call(alice, "enhance", BODY | {"gfpganVisibility": 1})
    assert (said["code"], said["msg"]) == (
        "400", "gfpganVisibility, codeformerVisibility: no server here can do this: restore_faces",
    )  # fmt: skip
