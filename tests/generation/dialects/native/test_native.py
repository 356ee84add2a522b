"""/api/v1/tasks and /api/v1/quote."""

from __future__ import annotations

import base64
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from accounts import ledger
from accounts.models import ApiKey, Membership, Role
from generation import storage
from generation.models import Task
from tests.generation.dialects.native.client import ASKED, TASKS, Api
from tests.generation.house import House
from tests.generation.painting import encoded
from tests.people import CREDIT

QUOTE = "/api/v1/quote"
PICTURE = base64.b64encode(encoded()).decode()


def inputs() -> list[str]:
    """The stored inputs."""
    days = storage.input_days()
    return [name for day in days for name in default_storage.listdir(f"inputs/{day}")[1]]


# ── Create ───────────────────────────────────────────────────────────────────────────────────
def test_create_answers_the_task(house: House, api: Api) -> None:
    answer = api.create(seed=7)
    assert answer.status_code == 201
    task = answer.json()
    assert (task["state"], task["request"]["seed"], task["outputs"]) == ("queued", 7, [])
    assert task["waiting"]["reason"] == "next"
    assert ledger.balance(api.who.tenant.pk) == CREDIT - task["price"] * 1000


def test_get_shows_the_picture(house: House, api: Api) -> None:
    task_id = api.create(seed=7).json()["id"]
    house.work()
    task = api.call("get", f"{TASKS}/{task_id}").json()
    assert (task["state"], task["spent"]) == ("done", task["price"])
    (output,) = task["outputs"]
    assert output["url"].startswith("http://testserver/files/")
    assert api.client.get(output["url"]).getvalue().startswith(b"\x89PNG")


def test_image_to_image(house: House, api: Api) -> None:
    init = {"image": f"data:image/png;base64,{PICTURE}", "denoising_strength": 0.5}
    mask = {"image": PICTURE, "blur": 8}
    answer = api.create(init=init, mask=mask)
    assert answer.status_code == 201
    assert house.work() == 1
    assert Task.objects.get().state == "done"
    assert house.server.calls[-1].path == "/sdapi/v1/img2img"
    assert len(inputs()) == 2


def test_the_kept_body_names_pictures_by_their_hash(house: House, api: Api) -> None:
    api.create(init={"image": PICTURE})
    assert len(Task.objects.get().raw["init"]["image"]) == 64


def test_the_same_key_and_body_answer_the_same_task(house: House, api: Api) -> None:
    sent = ASKED | {"init": {"image": PICTURE}}
    first = api.call("post", TASKS, sent, **{"Idempotency-Key": "k1"})
    again = api.call("post", TASKS, sent, **{"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert (Task.objects.count(), len(inputs())) == (1, 1)
    other = api.call("post", TASKS, ASKED | {"seed": 8}, **{"Idempotency-Key": "k1"})
    assert (other.status_code, other.json()["code"]) == (409, "task_conflict")


def test_a_warning_is_in_the_answer(house: House, api: Api) -> None:
    house.backend.offers = [word for word in house.backend.offers if word != "clip_skip"]
    house.backend.save()
    assert "clip skip" in api.create(clip_skip=2).json()["warnings"][0]


# ── Quote ────────────────────────────────────────────────────────────────────────────────────
def test_a_quote_is_the_price_and_queues_nothing(house: House, api: Api) -> None:
    quote = api.call("post", QUOTE, ASKED | {"init": {"image": PICTURE}}).json()
    assert quote["balance"] == CREDIT / 1000
    assert sum(line["credits"] for line in quote["lines"]) == pytest.approx(quote["price"])
    assert (Task.objects.count(), inputs()) == (0, [])
    price = api.create(init={"image": PICTURE}).json()["price"]
    assert price == quote["price"]


# ── List ─────────────────────────────────────────────────────────────────────────────────────
def test_the_list_pages_by_cursor(house: House, api: Api) -> None:
    made = [api.create().json()["id"] for _ in range(3)]
    first = api.call("get", f"{TASKS}?limit=2").json()
    rest = api.call("get", f"{TASKS}?limit=2&cursor={first['next_cursor']}").json()
    assert [task["id"] for task in first["items"] + rest["items"]] == made[::-1]
    assert rest["next_cursor"] is None


def test_the_list_by_state(house: House, api: Api) -> None:
    api.create()
    house.work()
    waiting = api.create().json()["id"]
    found = api.call("get", f"{TASKS}?state=queued").json()["items"]
    assert [task["id"] for task in found] == [waiting]


# ── Cancel, delete ───────────────────────────────────────────────────────────────────────────
def test_cancel(house: House, api: Api) -> None:
    task_id = api.create().json()["id"]
    answer = api.call("post", f"{TASKS}/{task_id}/cancel").json()
    assert (answer["cancelled"], answer["task"]["state"]) == (True, "cancelled")
    assert answer["task"]["error"] == {"code": "cancelled", "message": "cancelled"}
    again = api.call("post", f"{TASKS}/{task_id}/cancel").json()
    assert again["cancelled"] is False
    assert ledger.balance(api.who.tenant.pk) == CREDIT


def test_delete_takes_the_files_too(house: House, api: Api) -> None:
    task_id = api.create(init={"image": PICTURE}).json()["id"]
    house.work()
    url = api.call("get", f"{TASKS}/{task_id}").json()["outputs"][0]["url"]
    assert api.call("delete", f"{TASKS}/{task_id}").status_code == 204
    assert api.call("get", f"{TASKS}/{task_id}").status_code == 404
    assert api.client.get(url).status_code == 404
    assert inputs() == []


def test_delete_some_and_all(house: House, api: Api) -> None:
    made = [api.create().json()["id"] for _ in range(3)]
    house.work()
    api.create()
    some = api.call("delete", TASKS, {"ids": made[:2]}).json()
    assert some == {"deleted": 2, "unfinished": 0}
    assert api.call("delete", TASKS).json() == {"deleted": 1, "unfinished": 1}


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"steps": "20"}, "steps"),
        ({"steps": 20.5}, "steps"),
        ({"tiling": 1}, "tiling"),
        ({"width": 500}, "width"),
        ({"width": 4096}, "width"),
        ({"prompt": None}, "prompt"),
        ({"prompt": "a\u0000b"}, "prompt"),
        ({"checkpoint": "a\u0000b"}, "checkpoint"),
        ({"styles": ["\u0000"]}, "styles.0"),
        ({"prompt": "x" * 8001}, "prompt"),
        ({"hires": {"scale": 9}}, "hires.scale"),
        ({"seed": -1}, "seed"),
        ({"steps_": 20}, "steps_"),
        ({"checkpoint": "nowhere"}, "checkpoint"),
        ({"sampler": "Wishful"}, "sampler"),
        ({"init": {"image": "?"}}, "init.image"),
        ({"init": {"image": base64.b64encode(b"no picture").decode()}}, "init.image"),
        ({"init": {"image": {"url": "http://example.com"}}}, "init.image"),
        ({"controlnet": [{"model": "x", "image": "?"}]}, "controlnet.0.image"),
        ({"init": {"image": PICTURE}, "checkpoint": "nowhere"}, "checkpoint"),
        ({"batch_size": 64}, "images"),
    ],
)
def test_a_wrong_field_is_named(
    house: House, api: Api, changes: dict[str, Any], field: str
) -> None:
    answer = api.create(**changes)
    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, problem["status"], problem["field"]) == (422, 422, field)
    assert set(problem) >= {"type", "title", "detail", "code"}
    assert (Task.objects.count(), inputs()) == (0, [])
    assert ledger.balance(api.who.tenant.pk) == CREDIT


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"{", b"\xff", b'"x"', b'{"a":' * 5000])
def test_a_body_that_is_no_request(house: House, api: Api, body: bytes) -> None:
    sent = api.client.generic(
        "POST", TASKS, body, content_type="application/json", headers=api.who.headers
    )
    assert (sent.status_code, sent.json()["code"]) == (422, "invalid")
    assert not Task.objects.exists()


def test_a_mask_without_a_picture(house: House, api: Api) -> None:
    answer = api.create(mask={"image": PICTURE})
    assert (answer.status_code, "init" in answer.json()["detail"]) == (422, True)


def test_no_credit_says_balance_and_price(house: House, api: Api) -> None:
    ledger.adjust(api.who.tenant.pk, 1 - CREDIT, "spent")
    answer = api.create()
    assert (answer.status_code, answer.json()["balance"]) == (402, 0.001)
    assert answer.json()["price"] > 0.001


def test_a_viewer_may_not_create(house: House, api: Api) -> None:
    Membership.objects.update(role=Role.VIEWER)
    assert (api.create().status_code, api.create().json()["code"]) == (403, "forbidden")


def test_too_many_requests(house: House, api: Api) -> None:
    ApiKey.objects.update(rate_per_minute=1)
    api.create()
    answer = api.create()
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert int(answer.headers["Retry-After"]) >= 1


def test_a_full_queue(house: House, api: Api) -> None:
    api.who.tenant.max_queued = 1
    api.who.tenant.save()
    api.create()
    assert (api.create().status_code, api.create().json()["code"]) == (429, "queue_full")


def test_an_unfinished_task_is_not_deleted(house: House, api: Api) -> None:
    task_id = api.create().json()["id"]
    assert api.call("delete", f"{TASKS}/{task_id}").status_code == 409


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=201", "state=odd", "cursor=%21"])
def test_odd_paging(house: House, api: Api, query: str) -> None:
    assert api.call("get", f"{TASKS}?{query}").status_code == 422


@pytest.mark.parametrize("ids", ["x", [1], {"a": 1}])
def test_odd_ids(house: House, api: Api, ids: Any) -> None:
    answer = api.call("delete", TASKS, {"ids": ids})
    assert (answer.status_code, answer.json()["field"][:3]) == (422, "ids")


def test_what_is_not_there(house: House, api: Api) -> None:
    answer = api.call("get", f"{TASKS}/{uuid4()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "path", ["/api/v1/nowhere", "/api/v1/keys/-1", "/api/v1/tasks/x", "/api/v1/x%0Ay"]
)
def test_a_path_that_is_not_there(house: House, api: Api, path: str) -> None:
    for method in ("get", "post"):
        answer = api.call(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_method_that_is_not_there(house: House, api: Api) -> None:
    assert api.call("put", TASKS, {}).status_code == 405


def test_nobody(house: House, client: Client) -> None:
    answer = client.post(TASKS, ASKED, content_type="application/json")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json()["code"] == "unauthenticated"
