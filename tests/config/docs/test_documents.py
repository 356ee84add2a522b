"""The OpenAPI document of each dialect: valid, complete, and true of real answers."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import jsonschema
import pytest
from django.test import Client

from config.docs import document, tables
from generation.dialects.native.wire_shapes import TaskOut
from tests.generation.house import CHECKPOINT, House
from tests.people import Person

pytestmark = pytest.mark.django_db
REFERENCE = re.compile(r'"#/components/schemas/([^"]+)"')


def fetched(name: str) -> dict[str, Any]:
    answer = Client().get(f"/docs/openapi/{name}.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("name", tables.NAMES)
def test_a_document_is_whole(name: str) -> None:
    found = fetched(name)
    assert found["openapi"].startswith("3.1")
    assert set(REFERENCE.findall(json.dumps(found))) <= set(found["components"]["schemas"])
    operations = [each for path in found["paths"].values() for each in path.values()]
    ids = [each["operationId"] for each in operations]
    assert len(set(ids)) == len(ids) >= 3
    assert all(each["summary"] for each in operations)
    for schema in found["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", sorted(tables.DIALECTS))
def test_every_route_stands_in_its_table(name: str) -> None:
    dialect = tables.DIALECTS[name]
    assert document.routes_of(dialect) == sorted(dialect.calls)


def test_every_route_of_the_native_api_is_in_its_document() -> None:
    shown = set(fetched("native")["paths"])
    routes = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", each) for each in document.routes()}
    assert {f"/{each}" for each in routes if each.startswith("api/v1/")} == shown
    assert {"get", "delete"} <= set(fetched("native")["paths"]["/api/v1/tasks/{task_id}"])


def test_a_body_says_what_may_be_left_out() -> None:
    schema = fetched("native")["components"]["schemas"]["CreateTask"]
    assert schema["required"] == ["prompt"]
    assert schema["properties"]["steps"]["maximum"] == 150


def test_what_is_to_be_deleted_is_in_the_document() -> None:
    body = fetched("native")["paths"]["/api/v1/tasks"]["delete"]["requestBody"]
    assert "ids" in body["content"]["application/json"]["schema"]["properties"]


def test_there_is_no_other_document() -> None:
    assert Client().get("/docs/openapi/nothing.json").status_code == 404


def check(name: str, path: str, answer: Any, method: str = "post", status: str = "200") -> None:
    """The answer fits what the document says of it."""
    found = fetched(name)
    responses = found["paths"][path][method]["responses"]
    said = responses.get(status) or responses["default"]
    (content,) = said["content"].values()
    jsonschema.validate(answer.json(), {**content["schema"], "components": found["components"]})


def test_real_answers_fit(house: House, alice: Person) -> None:
    client, how = Client(headers=alice.headers), {"content_type": "application/json"}
    asked = {"prompt": "a", "checkpoint": CHECKPOINT, "steps": 4}
    made = client.post("/api/v1/tasks", asked, **how)
    check("native", "/api/v1/tasks", made, status="201")
    task = made.json()["id"]
    house.work()
    for path, shown in {
        f"tasks/{task}": "tasks/{task_id}",
        "tasks": "tasks",
        "images": "images",
        f"tasks/{task}/waiting": "tasks/{task_id}/waiting",
        "catalog/checkpoints": "catalog/checkpoints",
        "catalog/samplers": "catalog/samplers",
        "balance": "balance",
        "ledger": "ledger",
        "usage": "usage",
        "keys": "keys",
    }.items():
        check("native", f"/api/v1/{shown}", client.get(f"/api/v1/{path}"), "get")
    TaskOut.model_validate(client.get(f"/api/v1/tasks/{task}").json())  # and says nothing else
    refused = client.post("/api/v1/tasks", {"steps": 0}, **how)
    check("native", "/api/v1/tasks", refused, status="422")


def test_real_answers_of_the_other_apis_fit(house: House, alice: Person) -> None:
    client, how = Client(headers=alice.headers), {"content_type": "application/json"}
    saas = "/AIGCImgOpenServ/saas/sd/v2/"
    script = {"id_task": "s1", "sd_model_checkpoint": CHECKPOINT}
    made = client.post(f"{saas}text2image", {"prompt": "x", "always_on_scripts": script}, **how)
    check("saas", f"{saas}text2image", made)
    tk = {"Authorization": alice.jwt}
    qr = client.post("/QRapi/api/v1/QRcode/generate", {"type": "upload_txt", "prompt": "x"},
                     headers=tk, **how)  # fmt: skip
    check("qrapi", "/QRapi/api/v1/QRcode/generate", qr)
    house.work()
    info = client.post(f"{saas}queryTaskInfo", {"businessTaskId": "s1"}, **how)
    check("saas", f"{saas}queryTaskInfo", info)
    rows = client.post(f"{saas}queryModelList", {"pageNum": 1, "pageSize": 5}, **how)
    check("saas", f"{saas}queryModelList", rows)
    status = client.get("/QRapi/api/v1/QRcode/queue-status", {"id": qr.json()["id"]}, headers=tk)
    check("qrapi", "/QRapi/api/v1/QRcode/queue-status", status, "get")
    check("openai", "/v1/models", client.get("/v1/models", headers=bearer(alice)), "get")
    nobody = Client().get("/v1/models")
    check("openai", "/v1/models", nobody, "get", "401")
    for name in ("samplers", "sd-models", "upscalers", "options", "progress"):
        check("sdwebui", f"/sdapi/v1/{name}", client.get(f"/sdapi/v1/{name}"), "get")
    user = alice.user.pk
    history = client.get(f"/t2ihistory/{user}")
    check("sdtest", "/t2ihistory/{user}", history, "get")


def bearer(who: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {who.api_token}"}


def test_what_the_document_calls_basic_is_accepted(alice: Person) -> None:
    pair = base64.b64encode(f"{alice.key.public_id}:{alice.secret}".encode()).decode()
    answer = Client().get("/api/v1/balance", headers={"Authorization": f"Basic {pair}"})
    assert answer.status_code == 200
