from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.generation.house import CHECKPOINT, House
from tests.people import Person
from tests.samples import load

LIST = "/AIGCImgOpenServ/saas/sd/v2/queryModelList"


def ask(client: Client, who: Person, **query: Any) -> Any:
    sent = {"pageSize": 10, "pageNum": 1} | query
    return client.post(LIST, sent, content_type="application/json", headers=who.headers).json()


def test_rows_have_the_golden_form(house: House, alice: Person, client: Client) -> None:
    golden = load("saas", "saas.queryModelList.response.json")["data"]
    data = ask(client, alice, sdModelCheckpoint="photon_v1_84728.safetensors")["data"]
    assert data.keys() == golden.keys()
    (row,), (expected,) = data["rows"], golden["rows"]
    assert row.keys() == expected.keys()
    same = {"id", "modelImgUrl2", "modelCoverImgUrl2"}
    assert {k: v for k, v in row.items() if k not in same} == {
        k: v for k, v in expected.items() if k not in same
    }


def test_what_a_backend_has_is_listed(house: House, alice: Person, client: Client) -> None:
    names = [row["sdModelCheckpoint"] for row in ask(client, alice)["data"]["rows"]]
    assert CHECKPOINT in names


def test_paging(house: House, alice: Person, client: Client) -> None:
    first, second = (ask(client, alice, pageSize="1", pageNum=n)["data"] for n in ("1", 2))
    assert first["total"] == second["total"] > 1
    assert first["rows"][0]["id"] != second["rows"][0]["id"]
    assert ask(client, alice, pageNum=99)["data"]["rows"] == []


def test_name_filter_is_partial(house: House, alice: Person, client: Client) -> None:
    rows = ask(client, alice, sdModelName="hoTo")["data"]["rows"]
    assert [row["sdModelName"] for row in rows] == ["Photon"]


@pytest.mark.parametrize("query", [{"pageSize": 201}, {"pageNum": -1}, {"pageSize": "x"}])
def test_paging_out_of_range_is_named(
    house: House, alice: Person, client: Client, query: dict[str, Any]
) -> None:
    said = ask(client, alice, **query)
    assert said["code"] == "400"
    assert next(iter(query)) in said["msg"]
