"""queryLoraList, queryVaeList, queryEmbeddingList: the golden forms on a fresh catalog."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from catalog.models import Lora
from tests.generation.dialects.saas.conftest import Post
from tests.generation.house import House
from tests.people import Person
from tests.samples import load

LISTS = ["queryLoraList", "queryVaeList", "queryEmbeddingList"]


def ask(post: Post, who: Person, name: str, **query: Any) -> Any:
    return post(who, f"v2/{name}", {"pageSize": 200, "pageNum": 1} | query).json()


@pytest.mark.parametrize("name", LISTS)
def test_the_golden_answer(house: House, alice: Person, post: Post, name: str) -> None:
    """Each published row is there; ids are ours, and published pictures are nobody's here."""
    golden = load("saas", f"saas.{name}.response.json")
    found = post(alice, f"v2/{name}", load("saas", f"saas.{name}.request.json")).json()
    assert found.keys() == golden.keys()
    assert found["data"].keys() == golden["data"].keys()
    paging = ("pageSize", "pageNum")
    assert [found["data"][k] for k in paging] == [golden["data"][k] for k in paging]
    ours = {"id", "loraImgUrl2", "loraCoverImgUrl2"}

    def told(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{k: v for k, v in row.items() if k not in ours} for row in rows]

    everything = ask(post, alice, name)["data"]["rows"]
    for row in golden["data"]["rows"]:
        assert set(row) == set(everything[0])
    for row in told(golden["data"]["rows"]):
        assert row in told(everything)


def test_what_a_lora_has(house: House, alice: Person, post: Post) -> None:
    Lora.objects.create(
        name="sub/night.v2.safetensors", title="Night", base_model="SDXL", version="v2",
        online=False, upload_status=1, is_adult=True,
        picture_urls=["https://a.example/1,2.png", "https://a.example/3.png"],
    )  # fmt: skip
    (row,) = ask(post, alice, "queryLoraList", sdLoraName="NIGH")["data"]["rows"]
    assert row.pop("id")
    assert row == {
        "sdLoraName": "Night", "loraBaseModel": "SDXL",
        "sdLoraFileName": "sub/night.v2.safetensors", "sdLoraFileSimplifyName": "night.v2",
        "loraVersion": "v2", "loraStatus": 0, "loraUploadStatus": 1,
        "loraImgUrl2": "https://a.example/1%2C2.png,https://a.example/3.png",
        "loraCoverImgUrl2": "https://a.example/1%2C2.png", "isAdult": 1,
    }  # fmt: skip


def test_a_cover_that_easel_keeps_has_a_whole_address(
    house: House, alice: Person, post: Post, client: Client
) -> None:
    Lora.objects.create(name="ours", present=True, cover_url="/files/covers/a.webp")
    rows = ask(post, alice, "queryLoraList")["data"]["rows"]
    assert rows[-1]["loraCoverImgUrl2"] == "http://testserver/files/covers/a.webp"
    items = client.get("/api/v1/catalog/loras?q=ours", headers=alice.headers).json()["items"]
    assert items[0]["cover_url"] == "http://testserver/files/covers/a.webp"


def test_filters(house: House, alice: Person, post: Post) -> None:
    def total(name: str, **query: Any) -> int:
        return int(ask(post, alice, name, **query)["data"]["total"])

    assert total("queryLoraList", loraBaseModel="sd 1.5") == 1  # the example; exact
    assert total("queryLoraList", loraBaseModel="SD") == 0
    assert total("queryVaeList", vaeFileName="K1F8anime") == 1  # a part, in any case
    assert total("queryVaeList", vaeFileName="") == total("queryVaeList") > 3
    assert total("queryVaeList", vaeFileName=None) == total("queryVaeList")


def test_paging(house: House, alice: Person, post: Post) -> None:
    pages = [
        ask(post, alice, "queryEmbeddingList", pageSize="3", pageNum=number)["data"]
        for number in ("1", 2, 0, 99)
    ]
    ids = [[row["id"] for row in page["rows"]] for page in pages]
    assert len(ids[0]) == 3 and not set(ids[0]) & set(ids[1])
    assert ids[2] == ids[0]  # 0 is the first
    assert ids[3] == []
    assert len({page["total"] for page in pages}) == 1
    assert post(alice, "v2/queryVaeList", {}).json()["data"]["pageSize"] == 10


def test_another_tenants_own_is_not_listed(
    house: House, alice: Person, charlie: Person, post: Post
) -> None:
    Lora.objects.create(name="mine.safetensors", tenant=alice.tenant)
    assert ask(post, alice, "queryLoraList", sdLoraName="mine")["data"]["total"] == 1
    assert ask(post, charlie, "queryLoraList", sdLoraName="mine")["data"]["total"] == 0


def test_without_the_prefix_and_whatever_the_content_type(
    house: House, alice: Person, client: Client
) -> None:
    """Header names in any case are one name."""
    headers = {name.lower(): value for name, value in alice.headers.items()}
    for kind in ("text/plain", "application/json", "application/x-www-form-urlencoded"):
        answer = client.generic(
            "POST", "/saas/sd/v2/queryVaeList", b'{"pageSize": 1}', kind, headers=headers
        )
        assert answer.json()["data"]["pageSize"] == 1
        assert answer["Content-Type"] == "application/json;charset=UTF-8"


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
def test_out_of_range_is_named(house: House, alice: Person, post: Post) -> None:
    for name in LISTS:
        for query in ({"pageSize": 201}, {"pageNum": -1}, {"pageSize": "x"}, {"pageNum": [1]}):
            said = ask(post, alice, name, **query)
            assert (said["code"], said["data"]) == ("400", None)
            assert next(iter(query)) in said["msg"]


def test_a_wrong_key_learns_nothing(house: House, alice: Person, client: Client) -> None:
    headers = alice.headers | {"X-Request-req-accessKeySecret": "wrong"}
    for name in LISTS:
        answer = client.post(
            f"/saas/sd/v2/{name}", {}, content_type="application/json", headers=headers
        )
        assert (answer.status_code, answer.json()["code"]) == (401, "401")
