"""Of tasks: filters, dry run, why one waits, pictures by upload, the plain poll."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from accounts import verified
from accounts.models import ApiKey
from generation import storage
from generation.dialects.native.wire_shapes import State
from generation.models import Task
from generation.states import TaskState
from tests.generation.dialects.native.client import ASKED, TASKS, Api
from tests.generation.house import CHECKPOINT, House
from tests.generation.painting import encoded

PICTURE = base64.b64encode(encoded()).decode()


def uploaded(api: Api) -> str:
    return str(api.post("uploads", {"image": PICTURE}).json()["id"])


def test_dry_run_is_the_price_and_queues_nothing(house: House, api: Api) -> None:
    dry = api.call("post", f"{TASKS}?dry_run=true", ASKED)
    assert (dry.status_code, Task.objects.count()) == (200, 0)
    assert dry.json()["price"] == api.create().json()["price"]


def test_the_list_is_filtered(house: House, api: Api) -> None:
    made = api.create().json()["id"]
    soon = (datetime.now(UTC) + timedelta(minutes=1)).isoformat().replace("+", "%2B")
    for query, found in {
        f"checkpoint={CHECKPOINT.upper()}": [made],
        "checkpoint=other": [],
        "dialect=native": [made],
        "dialect=saas": [],
        f"created_before={soon}": [made],
        f"created_after={soon}": [],
    }.items():
        items = api.get(f"tasks?{query}").json()["items"]
        assert [task["id"] for task in items] == found, query


@pytest.mark.parametrize(
    "query", ["dialect=x", "created_after=yesterday", "created_after=2026-01-01T00:00:00", "x=1"]
)
def test_an_odd_filter_is_named(house: House, api: Api, query: str) -> None:
    answer = api.get(f"tasks?{query}")
    assert (answer.status_code, answer.json()["field"]) == (422, query.partition("=")[0])


def test_why_one_waits(house: House, api: Api) -> None:
    task = api.create().json()["id"]
    waiting = api.get(f"tasks/{task}/waiting").json()
    assert (waiting["state"], waiting["waiting"]["reason"]) == ("queued", "next")
    house.work()
    assert api.get(f"tasks/{task}/waiting").json() == {"state": "done", "waiting": None}


def test_the_poll_is_a_plain_view_with_the_same_answer(house: House, api: Api) -> None:
    task = api.create().json()
    polled = api.get(f"tasks/{task['id']}")
    assert polled.json() == api.get("tasks").json()["items"][0]
    nobody = Client().get(f"{TASKS}/{task['id']}")
    assert (nobody.status_code, nobody.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert nobody.headers["Content-Type"] == "application/problem+json"


def test_an_upload_is_named_in_tasks(house: House, api: Api) -> None:
    upload = uploaded(api)
    for _ in range(2):
        assert api.create(init={"image": upload}).status_code == 201
    kept = [Task.objects.order_by("created_at")[at].request["init"]["image"] for at in (0, 1)]
    assert kept[0]["stored"] != kept[1]["stored"]  # a copy each: inputs go with their task
    assert api.delete(f"uploads/{upload}").status_code == 204
    house.work()
    assert set(Task.objects.values_list("state", flat=True)) == {"done"}


def test_a_repetition_is_answered_when_its_upload_is_gone(house: House, api: Api) -> None:
    upload = uploaded(api)
    sent = ASKED | {"init": {"image": upload}}
    first = api.call("post", TASKS, sent, **{"Idempotency-Key": "k"})
    api.delete(f"uploads/{upload}")
    again = api.call("post", TASKS, sent, **{"Idempotency-Key": "k"})
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    ApiKey.objects.update(read_only=True)
    verified.forget()
    refused = api.call("post", TASKS, sent, **{"Idempotency-Key": "k"})
    assert refused.status_code == 403


def test_an_address_is_passed_on(house: House, api: Api, settings: Any) -> None:
    settings.EASEL_EGRESS_ALLOW = ["127.0.0.1"]
    made = api.create(init={"image": "http://127.0.0.1:9/cat.png"})
    assert made.status_code == 201, made.content
    assert Task.objects.get().request["init"]["image"]["url"] == "http://127.0.0.1:9/cat.png"


def test_an_address_inside_is_refused(house: House, api: Api) -> None:
    made = api.create(init={"image": "http://169.254.169.254/latest"})
    assert (made.status_code, made.json()["code"]) == (422, "egress_refused")
    assert not Task.objects.exists()


def test_an_upload_that_is_not_there(house: House, api: Api) -> None:
    made = api.create(init={"image": str(uuid4())})
    assert (made.status_code, made.json()["field"]) == (404, "init.image")


def test_the_first_picture_goes_when_the_second_is_none(house: House, api: Api) -> None:
    made = api.create(init={"image": PICTURE}, mask={"image": "?"})
    assert made.json()["field"] == "mask.image"
    days = storage.input_days()
    assert [default_storage.listdir(f"inputs/{day}")[1] for day in days] == [[]] * len(days)


def test_a_quote_checks_pictures_too(house: House, api: Api) -> None:
    text = base64.b64encode(b"no picture").decode()
    assert api.post("quote", ASKED | {"init": {"image": text}}).json()["field"] == "init.image"


def test_every_state_is_in_the_document() -> None:
    assert set(get_args(State)) == set(TaskState)


def test_the_rate_is_told(house: House, api: Api) -> None:
    assert "RateLimit" not in api.create().headers
    ApiKey.objects.update(rate_per_minute=3)
    api.client = Client()
    verified.forget()
    made = api.create()
    assert made.headers["RateLimit-Policy"] == '"minute";q=3;w=60'
    assert made.headers["RateLimit"].startswith('"minute";r=2;t=')


def test_a_read_only_key_may_look(house: House, api: Api) -> None:
    task = api.create().json()["id"]
    ApiKey.objects.update(read_only=True)
    verified.forget()
    assert api.get(f"tasks/{task}").status_code == 200
    for refused in (
        api.create(),
        api.post(f"tasks/{task}/cancel"),
        api.delete(f"tasks/{task}"),
        api.post("uploads", {"image": PICTURE}),
        api.post("keys", {}),
        api.post("webhooks", {"url": "https://example.com"}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
