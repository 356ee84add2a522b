"""background/remove on the wire of saas, from the request to the picture with its alpha."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from django.test import Client
from PIL import Image

from accounts import ledger
from catalog import access as catalog
from catalog.models import Price
from generation import announce, watch
from generation.audit.fake import FakeAuditor
from generation.executors import EXECUTORS
from generation.models import Backend, Delivery, Output, Task
from generation.request import TOOLS
from tests.generation.dialects.saas.conftest import fetch_all
from tests.generation.engine.cutout.test_remove import disc, inside
from tests.generation.house import House
from tests.generation.painting import encode
from tests.generation.receivers import Receiver, Says
from tests.people import CREDIT, Person
from tests.samples import load
from tools import registry

PATH = "/AIGCImgOpenServ/saas/tool/background/remove"
DISC = "data:image/png;base64," + base64.b64encode(encode(disc())).decode()
BODY = {"businessTaskId": "c1", "imageUrl": DISC}
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(client: Client) -> Ask:
    """``ask(person, body)`` → the envelope; ``path``: another than the tool's own."""

    def send(who: Person | None, body: Any, path: str = PATH, **how: Any) -> dict[str, Any]:
        headers = who.headers if who else {}
        answer = client.post(path, body, content_type="application/json", headers=headers, **how)
        return dict(answer.json(), http=answer.status_code)

    return send


def query(ask: Ask, who: Person, **body: Any) -> dict[str, Any]:
    return dict(ask(who, {"businessTaskId": "c1"} | body, f"{PATH}/queryTask")["data"])


def fetched(client: Client, url: str) -> Image.Image:
    answer = client.get(url)
    assert answer.status_code == 200
    return Image.open(BytesIO(answer.getvalue()))


# ── The whole road ───────────────────────────────────────────────────────────────────────────
def test_the_disc_without_its_ground(
    sketch_house: House, alice: Person, ask: Ask, client: Client
) -> None:
    said = ask(alice, BODY)["data"]
    golden = load("saas", "saas.tool.background_remove.response.json")["data"]
    assert said.keys() == golden.keys()
    same = ("toolTask", "status", "statusText", "desc")
    assert {name: said[name] for name in same} == {name: golden[name] for name in same}
    assert client.get(said["outputImageUrl"]).status_code == 404
    waiting = query(ask, alice)
    assert (waiting["status"], waiting["statusText"]) == (3, "queued")
    sketch_house.work()
    picture = fetched(client, said["outputImageUrl"])
    assert (picture.mode, picture.format, picture.size) == ("RGBA", "PNG", (160, 120))
    alpha = np.asarray(picture.getchannel("A"))
    assert alpha[inside(radius=26)].min() > 250 and alpha[~inside(radius=34)].max() < 5
    found = query(ask, alice)
    assert (found["status"], found["desc"], found["result"]) == (2, "任务成功 !", {})
    assert fetched(client, found["outputImageUrl"]).size == (160, 120)


def test_the_published_form_with_every_field(
    house: House, alice: Person, ask: Ask, client: Client, public_names: None
) -> None:
    sent = load("saas", "saas.tool.background_remove.request.json") | {"imageUrl": DISC}
    ask(alice, sent)
    house.work()
    golden = load("saas", "saas.tool.background_remove.queryTask.response.json")["data"]
    found = query(ask, alice, businessTaskId="cut-0001")
    assert found.keys() == golden.keys() and found["result"].keys() == golden["result"].keys()
    mask = fetched(client, found["result"]["maskUrl"])
    cut = fetched(client, found["outputImageUrl"])
    assert (mask.mode, mask.tobytes()) == ("L", cut.getchannel("A").tobytes())
    [asked] = [call.body for call in house.server.calls if call.path == "/rembg"][-1:]
    assert asked["model"] == "u2net_human_seg"  # the extension's network for a person


def test_the_ground_may_be_a_colour(house: House, alice: Person, ask: Ask, client: Client) -> None:
    ask(alice, BODY | {"backgroundColor": "#00FF80", "output_image_format": "jpg"})
    house.work()
    picture = fetched(client, query(ask, alice)["outputImageUrl"])
    assert (picture.mode, picture.format) == ("RGB", "JPEG")
    assert np.abs(np.asarray(picture)[5, 5].astype(int) - (0, 255, 128)).max() < 4
    assert np.abs(np.asarray(picture)[60, 80].astype(int) - (200, 30, 40)).max() < 8


def test_the_edge_fades_within(house: House, alice: Person, ask: Ask, client: Client) -> None:
    alphas = []
    for number, feather in enumerate((0, 8)):
        ask(alice, BODY | {"businessTaskId": f"f{number}", "edgeFeather": feather})
        house.work()
        url = query(ask, alice, businessTaskId=f"f{number}")["outputImageUrl"]
        alphas.append(np.asarray(fetched(client, url).getchannel("A")).astype(int))
    sharp, soft = alphas
    assert (soft <= sharp).all()
    assert soft[inside(radius=15)].min() > 250
    ring = inside(radius=28) & ~inside(radius=24)
    assert sharp[ring].min() == 255 and 30 < soft[ring].mean() < 225


def test_a_picture_by_its_address(
    house: House, alice: Person, ask: Ask, client: Client, settings: Any
) -> None:
    settings.EASEL_EGRESS_ALLOW = ["127.0.0.1"]
    with Receiver() as outside:
        outside.answers = lambda _seen: Says(200, encode(disc()), (("Content-Type", "image/png"),))
        ask(alice, {"businessTaskId": "c1", "image_link": f"{outside.url}/disc.png"})
        fetch_all(house)
    house.work()
    assert fetched(client, query(ask, alice)["outputImageUrl"]).mode == "RGBA"


def test_a_picture_that_is_too_large_when_it_comes(
    house: House, alice: Person, ask: Ask, settings: Any
) -> None:
    settings.EASEL_EGRESS_ALLOW = ["127.0.0.1"]
    large = encode(Image.new("L", (4100, 4100)))
    with Receiver() as outside:
        outside.answers = lambda _seen: Says(200, large, (("Content-Type", "image/png"),))
        ask(alice, {"businessTaskId": "c1", "imageUrl": f"{outside.url}/large.png"})
        fetch_all(house)
    found = query(ask, alice)
    assert (found["status"], found["errorCode"], found["outputImageUrl"]) == (0, 2002, "")
    assert found["desc"].startswith("任务失败: imageUrl: 4100x4100")
    assert ledger.balance(alice.tenant.pk) == CREDIT
    calls = [call.body for call in house.server.calls if call.path == "/rembg"]
    assert not any(body["input_image"] for body in calls)


# ── Money, audit, callbacks, ids ─────────────────────────────────────────────────────────────
def test_the_price_is_the_tools_own(house: House, alice: Person, ask: Ask) -> None:
    ask(alice, BODY)
    Price.objects.create(kind="background/remove", base_millicredits=77, per_megapixel_step=0)
    catalog.invalidate()
    ask(alice, BODY | {"businessTaskId": "c2", "returnMask": True})
    house.work()
    spent = list(Task.objects.order_by("created_at").values_list("price", "spent"))
    assert spent == [(400, 400), (77, 77)]


def test_a_blocked_picture_is_not_shown_and_refunded(
    house: House, alice: Person, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "generation.audit.registry.open_auditor", lambda: FakeAuditor(lambda _picture: 0.99)
    )
    ask(alice, BODY | {"returnMask": True})
    house.work()
    found = query(ask, alice)
    assert (found["status"], found["outputImageUrl"], found["result"]) == (2, "", {"maskUrl": None})
    assert set(Output.objects.values_list("state", flat=True)) == {"blocked"}
    assert ledger.balance(alice.tenant.pk) == CREDIT


def test_the_callback_tells_what_the_query_tells(
    house: House, alice: Person, ask: Ask, public_names: None
) -> None:
    ask(alice, BODY | {"callback_url": "https://example.com/back"})
    house.work()
    delivery = Delivery.objects.get()
    announce.render(delivery.pk)
    delivery.refresh_from_db()
    told, asked = delivery.body["data"], query(ask, alice)
    assert told.keys() - asked.keys() == {"task_id", "id_task"}
    assert {name: told[name] for name in ("toolTask", "status", "businessTaskId")} == {
        "toolTask": "background/remove", "status": 2, "businessTaskId": "c1",
    }  # fmt: skip


def test_the_same_body_answers_the_same_task(house: House, alice: Person, ask: Ask) -> None:
    first, second = ask(alice, BODY)["data"], ask(alice, BODY)["data"]
    assert first["taskId"] == second["taskId"]
    other = ask(alice, BODY | {"returnMask": True})
    assert (other["code"], other["msg"].startswith("businessTaskId: ")) == ("400", True)


def test_an_id_is_made_where_none_was_given(house: House, alice: Person, ask: Ask) -> None:
    said = ask(alice, {"imageUrl": DISC})["data"]
    assert said["businessTaskId"] == said["taskId"]
    assert query(ask, alice, businessTaskId=said["taskId"])["taskId"] == said["taskId"]


def test_the_tools_own_task_goes_before_a_newer_one_of_that_id(
    house: House, alice: Person, ask: Ask
) -> None:
    mine = ask(alice, BODY)["data"]["taskId"]
    house.work()
    house.draw(alice, client_id="c1")
    assert query(ask, alice)["taskId"] == mine
    other = ask(alice, {"businessTaskId": "c1"}, "/saas/tool/enhance/queryTask")["data"]
    assert other["taskId"] != mine and other["toolTask"] == "image"


def test_a_picture_as_the_tools_tell_it(
    house: House, alice: Person, ask: Ask, client: Client
) -> None:
    golden = load("saas", "saas.tool.queryTask.response.json")
    house.draw(alice, client_id="t1")
    house.work()
    asked = load("saas", "saas.tool.queryTask.request.json") | {"businessTaskId": "t1"}
    for tool in ("roop", "hair/change", "hair%2Fchange"):
        answer = ask(alice, asked, f"/AIGCImgOpenServ/saas/tool/{tool}/queryTask")
        assert golden["data"].keys() <= answer["data"].keys()
        assert (answer["data"]["status"], answer["data"]["businessTaskId"]) == (2, "t1")
        assert client.get(answer["data"]["outputImageUrl"]).getvalue()


def test_the_native_api_has_it_too(house: House, alice: Person, client: Client) -> None:
    sent = {"prompt": "", "init": {"image": DISC}, "cutout": {"with_mask": True}}
    how: dict[str, Any] = {"content_type": "application/json", "headers": alice.headers}
    made = client.post("/api/v1/tasks", sent, **how).json()
    house.work()
    shown = client.get(f"/api/v1/tasks/{made['id']}", headers=alice.headers).json()
    assert [output["format"] for output in shown["outputs"]] == ["png", "png"]
    assert watch.of_row(Task.objects.get().pk, "").kind == "cutout"


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
INSIDE = "http://169.254.169.254/latest/meta-data"


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"imageUrl": None}, "imageUrl is required"),
    ({"imageUrl": 7}, "imageUrl: "),
    ({"imageUrl": "not a picture!"}, "imageUrl: neither"),
    ({"imageUrl": base64.b64encode(b"a text file, and no picture").decode()}, "imageUrl: "),
    ({"imageUrl": INSIDE}, "imageUrl: "),
    ({"imageUrl": "ftp://example.com/x.png"}, "imageUrl: "),
    ({"backgroundColor": "red"}, "backgroundColor: expected #RRGGBB"),
    ({"backgroundColor": "#12345"}, "backgroundColor: "),
    ({"edgeFeather": -1}, "edgeFeather: "),
    ({"edgeFeather": 65}, "edgeFeather: "),
    ({"edge_feather": "soft"}, "edgeFeather: "),
    ({"returnMask": "perhaps"}, "returnMask: "),
    ({"model": "u3net"}, "model: "),
    ({"output_image_format": "gif"}, "outputFormat: "),
    ({"outputFormat": "jpg"}, "outputFormat: jpg has no transparency"),
    ({"callbackUrl": INSIDE}, "callbackUrl: "),
    ({"businessTaskId": "x" * 129}, "businessTaskId: "),
    ({"businessTaskId": "\x00"}, "businessTaskId: "),
]


def test_refusals_name_the_field(house: House, alice: Person, ask: Ask) -> None:
    for changes, starts in REFUSED:
        said = ask(alice, BODY | changes)
        assert (said["http"], said["code"], said["data"]) == (200, "400", None), changes
        assert said["msg"].startswith(starts), (changes, said["msg"])
    assert not Task.objects.exists() and ledger.balance(alice.tenant.pk) == CREDIT


def test_a_picture_that_is_too_large(house: House, alice: Person, ask: Ask) -> None:
    large = base64.b64encode(encode(Image.new("L", (4100, 4100)))).decode()
    said = ask(alice, BODY | {"imageUrl": large})
    assert said["msg"].startswith("imageUrl: 4100x4100 are more than")


def test_no_server_can(house: House, alice: Person, ask: Ask) -> None:
    Backend.objects.update(offers=["txt2img"])
    said = ask(alice, BODY)
    assert (said["code"], said["msg"]) == (
        "400", "background/remove: no server here can do this: rembg",
    )  # fmt: skip


def test_a_strict_key_is_not_coerced_for(house: House, alice: Person, ask: Ask) -> None:
    alice.key.strict = True
    alice.key.save()
    assert ask(alice, {"imageUrl": DISC})["msg"] == "businessTaskId is required"
    assert ask(alice, BODY | {"edgeFeather": "3"})["msg"].startswith("edgeFeather: ")


def test_a_wrong_key_and_another_tenants_task(
    house: House, alice: Person, charlie: Person, ask: Ask
) -> None:
    assert (ask(None, BODY)["http"], ask(None, BODY)["code"]) == (401, "401")
    made = ask(alice, BODY)["data"]["taskId"]
    for wanted in ("c1", made, "never-was"):
        said = ask(charlie, {"businessTaskId": wanted}, f"{PATH}/queryTask")
        assert (said["code"], said["msg"], said["data"]) == ("400", "no such task", None)


def test_a_tool_that_is_none_here(db: None, alice: Person, ask: Ask) -> None:
    for tool in ("background", "../remove", "x/queryTaskX"):
        said = ask(alice, BODY, f"/saas/tool/{tool}")
        assert (said["http"], said["code"], said["msg"]) == (404, "400", "unknown toolCode")


def test_a_tool_of_the_published_menu_that_is_not_served(db: None, alice: Person, ask: Ask) -> None:
    for tool in registry.UNSERVED:
        said = ask(alice, BODY, f"/saas/tool/{tool}")
        assert (said["http"], said["code"], said["data"]) == (200, "400", None)
        assert said["msg"] == f"{tool}: a published tool that is not served here"
    assert not registry.UNSERVED & registry.TOOLS.keys()
    assert len(registry.UNSERVED | registry.TOOLS.keys()) == 34  # the menu's rows


def test_bytes_that_are_no_json(alice: Person, client: Client) -> None:
    how: dict[str, Any] = {"content_type": "application/json", "headers": alice.headers}
    for body in (b"{", b"[1]", json.dumps({"imageUrl": {"a": [1]}}).encode()):
        said = client.post(PATH, body, **how).json()
        assert (said["code"], said["data"]) == ("400", None)


def test_the_tables_agree() -> None:
    served = {code: registry.by_code(code) for code in registry.TOOLS}
    assert {tool.kind: code for code, tool in served.items() if tool} == TOOLS
    assert all(tool and tool.code == code for code, tool in served.items())
    assert TOOLS.keys() <= EXECUTORS.keys()
