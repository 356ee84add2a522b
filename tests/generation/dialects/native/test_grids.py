"""Grids through the native API: whole or not at all, watched, cancelled, repeated, deleted."""

from __future__ import annotations

import base64
from typing import Any, get_args
from uuid import uuid4

import pytest
from django.core.files.storage import storages

from accounts import ledger
from accounts.models import Membership, Role, Tenant
from generation.axes import PARAMETERS
from generation.dialects.native import wire_grids
from generation.models import Grid, Task
from tests.generation.dialects.native.client import ASKED, Api
from tests.generation.house import House
from tests.generation.painting import encoded
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)
_PICTURE = base64.b64encode(encoded()).decode()
X = {"name": "steps", "values": [2, "3-5 (+2)"]}
SMALL = ASKED | {"width": 64, "height": 64}


def asked(**changes: Any) -> dict[str, Any]:
    return SMALL | {"x": X} | changes


def test_a_grid_is_made_watched_and_deleted(house: House, api: Api) -> None:
    answer = api.post("grids", asked(y={"name": "cfg_scale", "values": [5.0, 7.5]}))
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert answer["Location"] == f"/api/v1/grids/{made['id']}"
    assert (made["total"], made["painted"], made["unfinished"]) == (6, 0, 6)
    assert [(cell["x"], cell["y"]) for cell in made["cells"]][:4] == [
        *(("2", "5"), ("3", "5"), ("5", "5")),
        ("2", "7.5"),
    ]
    assert made["request"]["seed"] is not None
    assert api.delete(f"grids/{made['id']}").status_code == 409
    house.work()
    shown = api.get(f"grids/{made['id']}").json()
    assert (shown["painted"], shown["unfinished"]) == (6, 0)
    first = shown["cells"][0]["task"]
    assert first["outputs"][0]["url"].startswith("http://testserver/files/")
    spent = sum(cell["task"]["spent"] for cell in shown["cells"])
    assert shown["spent"] == pytest.approx(spent)
    [line] = api.get("grids?limit=1").json()["items"]
    assert (line["id"], line["total"], "cells" in line) == (made["id"], 6, False)
    assert api.delete(f"grids/{made['id']}").status_code == 204
    assert api.get(f"grids/{made['id']}").status_code == 404
    assert not Task.objects.exists()


def test_what_is_cancelled_is_repeated(house: House, api: Api) -> None:
    made = api.post("grids", asked()).json()["id"]
    assert api.post(f"grids/{made}/cancel").json() == {"cancelled": 3}
    assert api.post(f"grids/{made}/again", {"cell": 1}).json() == {"queued": 1}
    assert api.post(f"grids/{made}/again").json() == {"queued": 2}
    house.work()
    assert api.get(f"grids/{made}").json()["painted"] == 3
    assert api.post(f"grids/{made}/again").json() == {"queued": 0}


def test_a_dry_run_says_the_price_and_queues_nothing(house: House, api: Api) -> None:
    quoted = api.post("grids?dry_run=true", asked()).json()
    assert quoted["cells"] == 3
    assert not Grid.objects.exists()
    before = ledger.balance(api.who.tenant.pk)
    api.post("grids", asked())
    assert before - ledger.balance(api.who.tenant.pk) == quoted["price"] * 1000


def test_the_same_key_is_the_same_grid(house: House, api: Api) -> None:
    def post(body: dict[str, Any]) -> Any:
        return api.call("post", "/api/v1/grids", body, **{"Idempotency-Key": "one"})

    picture = {"image": _PICTURE, "denoising_strength": 0.5}
    first = post(asked(init=picture))
    assert (first.status_code, post(asked(init=picture)).status_code) == (201, 200)
    assert post(asked(init=picture)).json()["id"] == first.json()["id"]
    assert post(asked()).status_code == 409
    assert Grid.objects.count() == 1


def test_a_picture_that_went_in_leaves_nothing_behind(house: House, api: Api) -> None:
    answer = api.post("grids", asked(init={"image": _PICTURE}))
    house.work()
    assert api.delete(f"grids/{answer.json()['id']}").status_code == 204
    storage = storages["default"]
    days = storage.listdir("inputs")[0] if storage.exists("inputs") else []
    assert [name for day in days for name in storage.listdir(f"inputs/{day}")[1]] == []


def test_every_parameter_is_in_the_document() -> None:
    assert set(get_args(wire_grids.Parameter)) == set(PARAMETERS)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"x": None}, "x"),
        ({"x": {"name": "nonsense", "values": [1]}}, "x.name"),
        ({"x": {"name": "steps", "values": []}}, "x.values"),
        ({"x": {"name": "steps", "values": [True]}}, "x.values"),
        ({"x": {"name": "steps", "values": [0]}}, "x.values"),
        ({"x": {"name": "steps", "values": ["2 or 3"]}}, "x.values"),
        ({"y": {"name": "size", "values": ["7x7"]}}, "y.values"),
        ({"y": X}, "y"),
        ({"batch_size": 2}, "batch_size"),
        ({"z": X}, "z"),
        ({"x": {"name": "denoising", "values": [0.5]}}, "x"),
        ({"x": {"name": "seed", "values": ["1-90"]}, "y": X}, "grid"),
    ],
)
def test_what_is_malformed_is_refused_by_its_field(
    house: House, api: Api, changes: dict[str, Any], field: str
) -> None:
    answer = api.post("grids", asked(**changes))
    assert answer.status_code == 422, answer.content
    assert answer.json()["field"].startswith(field)
    assert not Grid.objects.exists()


def test_refusals(house: House, api: Api, charlie: Person) -> None:
    made = api.post("grids", asked()).json()["id"]
    for grid in (made, uuid4()):
        for call in ("get", "delete"):
            assert getattr(Api(charlie), call)(f"grids/{grid}").status_code == 404
        for verb in ("cancel", "again"):
            assert Api(charlie).post(f"grids/{grid}/{verb}").status_code == 404
    assert api.post(f"grids/{made}/again", {"cell": 99}).status_code == 404
    assert Api(charlie, {}).post("grids", asked()).status_code == 401
    unknown = asked(x={"name": "checkpoint", "values": ["nowhere.safetensors"]})
    assert api.post("grids", unknown).json()["code"] == "unknown_model"


def test_a_viewer_makes_no_grid(house: House, api: Api) -> None:
    Membership.objects.update(role=Role.VIEWER)
    assert api.post("grids", asked()).status_code == 403


def test_a_grid_that_the_queue_cannot_hold_is_refused_whole(house: House, api: Api) -> None:
    Tenant.objects.filter(pk=api.who.tenant.pk).update(max_queued=2)
    assert api.post("grids", asked()).json()["code"] == "queue_full"
    assert not Task.objects.exists()
