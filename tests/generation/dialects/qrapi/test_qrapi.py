from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from generation.models import Task
from tests.generation.house import House
from tests.people import Person
from tests.samples import load

GENERATE = "/QRapi/api/v1/QRcode/generate"
STATUS = "/QRapi/api/v1/QRcode/queue-status"


def generate(client: Client, who: Person, sent: Any, **how: Any) -> Any:
    how = {"content_type": "application/json"} | how
    return client.post(GENERATE, sent, headers={"Authorization": who.jwt}, **how)


def test_golden_request_runs(house: House, alice: Person, client: Client) -> None:
    answer = generate(client, alice, load("qrapi", "qrapi.generate.upload_txt.request.json")).json()
    golden = load("qrapi", "qrapi.generate.accepted.response.json")
    assert answer["data"].keys() == golden["data"].keys()
    assert (answer["code"], answer["message"], answer["data"]["status"]) == (200, "成功", "queued")
    assert Task.objects.get().image_request.sampler == "Euler a"
    house.work()
    done = client.get(STATUS, {"id": answer["data"]["id"]}).json()
    expected = load("qrapi", "qrapi.queue-status.done.response.json")
    assert done["data"].keys() == expected["data"].keys()
    assert (done["data"]["status"], done["data"]["progress"]) == ("done", 1)
    assert client.get(done["data"]["images"][0]).getvalue().startswith(b"\x89PNG")


def test_a_form_body(house: House, alice: Person, client: Client) -> None:
    sent = "type=upload_txt&prompt=%E7%8C%AB&lora="
    how = {"content_type": "application/x-www-form-urlencoded"}
    assert generate(client, alice, sent, **how).json()["code"] == 200


@pytest.mark.parametrize("name", ["animec", "real", "cartoon", "guofeng", "lux", "rockcolor"])
def test_each_model_name(house: House, alice: Person, client: Client, name: str) -> None:
    sent = {"type": "upload_txt", "prompt": "x", "sdmodelcheckpoint": name}
    assert generate(client, alice, sent).json()["code"] == 200


@pytest.mark.parametrize(
    ("nickname", "sampler"),
    [
        ("euler", "Euler a"),
        ("fast", "DPM fast"),
        ("clear", "DPM++ 2M Karras"),
        ("hard", "DPM++ SDE Karras"),
        ("csextra", "DPM++ 2S a Karras"),
        ("", "Euler a"),
    ],
)
def test_each_sampler_nickname(
    house: House, alice: Person, client: Client, nickname: str, sampler: str
) -> None:
    generate(client, alice, {"type": "upload_txt", "prompt": "x", "sampler_name": nickname})
    assert Task.objects.get().image_request.sampler == sampler


def test_a_result_is_kept_five_minutes(house: House, alice: Person, client: Client) -> None:
    task_id = generate(client, alice, {"type": "upload_txt", "prompt": "x"}).json()["id"]
    house.work()
    Task.objects.update(finished_at=timezone.now() - timedelta(minutes=5, seconds=1))
    golden = load("qrapi", "qrapi.queue-status.expired.response.json")
    assert client.get(STATUS, {"id": task_id}).json().items() >= golden.items()


def test_temporary_token(client: Client, settings: LazySettings, alice: Person) -> None:
    settings.EASEL_TEST_KEY = ""
    assert client.get("/test", {"key": "k"}).status_code == 404


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
def test_no_token(house: House, client: Client) -> None:
    answer = client.post(GENERATE, {"type": "upload_txt"}, content_type="application/json")
    golden = load("qrapi", "qrapi.unauthorized.response.json")
    assert answer.status_code == 401
    assert answer.json().items() >= golden.items()


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ({}, "type is required"),
        (load("qrapi", "qrapi.generate.request.schema-example.json"), "type"),
        ({"type": "upload_txt"}, "prompt"),
        ({"type": "upload_txt", "prompt": "x", "sdmodelcheckpoint": "nope"}, "sdmodelcheckpoint"),
        ({"type": "upload_txt", "prompt": "x", "sampler_name": "nope"}, "sampler_name"),
        ({"type": "upload_txt", "prompt": "x", "lora": "nope"}, "lora"),
        ({"type": "upload_txt", "prompt": "x", "lora": "a:heavy"}, "lora"),
        ({"type": "upload_txt", "prompt": "x", "width": 4096}, "width"),
        ({"type": "upload_file", "url": "https://example.com"}, "upload_file"),
    ],
)
def test_a_wrong_field_is_named(
    house: House, alice: Person, client: Client, sent: dict[str, Any], named: str
) -> None:
    answer = generate(client, alice, sent)
    assert (answer.status_code, answer.json()["code"]) == (200, 400)
    assert named in answer.json()["message"]
    assert not Task.objects.exists()


def test_a_foreign_token_finds_nothing(
    house: House, alice: Person, charlie: Person, client: Client
) -> None:
    task_id = generate(client, alice, {"type": "upload_txt", "prompt": "x"}).json()["id"]
    never = client.get(STATUS, {"id": "0" * 32}).content
    theirs = client.get(STATUS, {"id": task_id}, headers={"Authorization": charlie.jwt})
    assert theirs.content == never
    mine = client.get(STATUS, {"id": task_id}, headers={"Authorization": alice.jwt})
    assert mine.json()["data"]["status"] == "queued"
