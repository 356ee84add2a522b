"""Images, uploads, the catalog, money."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts import ledger
from generation import retention, storage, uploads
from generation.models import Output, Upload
from generation.states import OutputState
from tests.generation.dialects.native.client import Api
from tests.generation.house import CHECKPOINT, House
from tests.generation.painting import encoded
from tests.people import CREDIT, Person

PNG = encoded()


# ── Images ───────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def drawn(house: House, api: Api) -> dict[str, Any]:
    """Alice's two pictures of one task, as the list shows the first."""
    api.create(prompt="a green pear", batch_size=2)
    house.work()
    shown: dict[str, Any] = api.get("images").json()["items"][0]
    return shown


def test_images_are_listed_across_tasks(house: House, api: Api, drawn: dict[str, Any]) -> None:
    api.create(prompt="a red apple")
    house.work()
    first = api.get("images?limit=2").json()
    rest = api.get(f"images?limit=2&cursor={first['next_cursor']}").json()
    found = [(image["prompt"], image["index"]) for image in first["items"] + rest["items"]]
    assert found == [("a red apple", 0), ("a green pear", 0), ("a green pear", 1)]
    assert rest["next_cursor"] is None


def test_images_are_filtered(api: Api, drawn: dict[str, Any]) -> None:
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat().replace("+", "%2B")
    for query, count in {
        "prompt=PEAR": 2,
        "prompt=plum": 0,
        f"task={drawn['task']}": 2,
        f"checkpoint={CHECKPOINT}": 2,
        "format=webp": 0,
        f"created_after={later}": 0,
    }.items():
        assert len(api.get(f"images?{query}").json()["items"]) == count, query


def test_an_image_says_what_it_was_made_of(api: Api, drawn: dict[str, Any]) -> None:
    image = api.get(f"images/{drawn['id']}").json()
    assert image["request"]["prompt"] == "a green pear"
    assert f"Seed: {image['seed']}" in image["parameters"]


def test_an_image_is_downloaded_with_etag_and_range(api: Api, drawn: dict[str, Any]) -> None:
    path = f"/api/v1/images/{drawn['id']}/content"
    whole = api.call("get", f"{path}?download=true")
    assert whole.getvalue().startswith(b"\x89PNG")
    assert "attachment" in whole.headers["Content-Disposition"]
    same = api.call("get", path, **{"If-None-Match": whole.headers["ETag"]})
    part = api.call("get", path, Range="bytes=0-3")
    assert (same.status_code, part.status_code, part.getvalue()) == (304, 206, b"\x89PNG")
    small = api.call("get", f"{path}?variant=thumbnail")
    assert small.getvalue()[8:12] == b"WEBP"


def test_an_image_is_deleted_alone(api: Api, drawn: dict[str, Any]) -> None:
    assert api.delete(f"images/{drawn['id']}").status_code == 204
    assert api.get(f"images/{drawn['id']}").status_code == 404
    assert len(api.get("images").json()["items"]) == 1


def test_a_blocked_image_has_no_bytes(api: Api, drawn: dict[str, Any]) -> None:
    week = timezone.now() + timedelta(days=7)
    Output.objects.update(state=OutputState.BLOCKED, quarantine_until=week)
    assert api.get("images").json()["items"] == []
    image = api.get(f"images/{drawn['id']}").json()
    assert (image["state"], image["url"], image["parameters"]) == ("blocked", None, "")
    assert api.get(f"images/{drawn['id']}/content").status_code == 404


@pytest.mark.parametrize(
    "query", ["task=x", "format=gif", "cursor=x", "cursor=fHx8", "limit=0", "prompt=%00", "a=b"]
)
def test_odd_images(house: House, api: Api, query: str) -> None:
    answer = api.get(f"images?{query}")
    assert (answer.status_code, answer.json()["field"]) == (422, query.partition("=")[0])


# ── Uploads ──────────────────────────────────────────────────────────────────────────────────
def sent(api: Api, body: bytes, kind: str = "image/png") -> Any:
    how: dict[str, Any] = {"content_type": kind, "headers": api.headers}
    return api.client.generic("POST", "/api/v1/uploads", body, **how)


def test_a_picture_is_uploaded_in_three_ways(house: House, api: Api) -> None:
    form = {"image": SimpleUploadedFile("cat.png", PNG, "image/png")}
    answers = [
        sent(api, PNG),
        api.post("uploads", {"image": base64.b64encode(PNG).decode()}),
        api.client.post("/api/v1/uploads", form, headers=api.headers),
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer.json()["sha256"] for answer in answers}) == 1
    listed = api.get("uploads?limit=2").json()
    assert [each["id"] for each in listed["items"]] == [
        answer.json()["id"] for answer in answers[:0:-1]
    ]
    assert api.get(f"uploads?cursor={listed['next_cursor']}").json()["next_cursor"] is None


def test_an_upload_lasts_its_days(house: House, api: Api) -> None:
    made = sent(api, PNG).json()
    shown = datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(made["created_at"])
    assert shown.days == 7
    file = Upload.objects.get().file
    swept = retention.sweep(timezone.now() + timedelta(days=7, seconds=1))
    assert (swept.uploads, Upload.objects.count()) == (1, 0)
    with pytest.raises(Exception, match="gone"):
        storage.open_stored(file)


def test_an_upload_over_its_time_is_gone_before_the_sweep(house: House, api: Api) -> None:
    made = sent(api, PNG).json()["id"]
    Upload.objects.update(expires_at=timezone.now())
    assert api.get(f"uploads/{made}").status_code == 404


@pytest.mark.parametrize("body", [b"", b"text", PNG[:40], b"\x89PNG\r\n\x1a\n" + b"0" * 99])
def test_no_picture_is_refused(house: House, api: Api, body: bytes) -> None:
    answer = sent(api, body)
    assert (answer.status_code, answer.json()["field"]) == (422, "image")
    assert storage.input_days() == []


def test_too_large_a_picture(house: House, api: Api) -> None:
    large = PNG + b"0" * storage.MAX_INPUT_BYTES
    assert sent(api, large).json()["field"] == "image"
    form = {"image": SimpleUploadedFile("cat.png", large, "image/png")}
    answer = api.client.post("/api/v1/uploads", form, headers=api.headers)
    assert answer.json()["field"] == "image"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"--x", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
        (b"{", "application/json"),
        (b'{"image": 5}', "application/json"),
    ],
)
def test_a_malformed_upload(house: House, api: Api, body: bytes, kind: str) -> None:
    assert sent(api, body, kind).status_code == 422


def test_too_many_uploads(house: House, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST", 1)
    assert sent(api, PNG).status_code == 201
    assert sent(api, PNG).json()["code"] == "too_many"


# ── Catalog ──────────────────────────────────────────────────────────────────────────────────
def test_the_catalog_is_paged_and_filtered(house: House, api: Api) -> None:
    page = api.get("catalog/samplers?limit=2").json()
    rest = api.get(f"catalog/samplers?limit=200&cursor={page['next_cursor']}").json()
    assert (len(page["items"]), page["total"] > 2, rest["next_cursor"]) == (2, True, None)
    names = [each["name"] for each in api.get("catalog/checkpoints").json()["items"]]
    assert CHECKPOINT in names
    assert api.get("catalog/checkpoints?q=nothing-of-this-name").json()["items"] == []
    assert api.get("catalog/samplers?q=EULER").json()["items"][0]["name"] == "Euler a"


@pytest.mark.parametrize(
    "kind", ["loras", "vaes", "embeddings", "controlnets", "upscalers", "styles"]
)
def test_every_kind_of_the_catalog_is_listed(house: House, api: Api, kind: str) -> None:
    assert set(api.get(f"catalog/{kind}").json()) == {"items", "total", "next_cursor"}


@pytest.mark.parametrize("query", ["cursor=0", "cursor=-1", "cursor=x", "limit=999", "q=%00"])
def test_an_odd_page_of_the_catalog(house: House, api: Api, query: str) -> None:
    for kind in ("loras", "samplers"):
        assert api.get(f"catalog/{kind}?{query}").status_code == 422


# ── Money ────────────────────────────────────────────────────────────────────────────────────
def test_usage_adds_up_and_outlives_the_tasks(house: House, api: Api) -> None:
    for _ in range(2):
        api.create()
    house.work()
    price = api.get("tasks").json()["items"][0]["spent"]
    for by in ("day", "model", "member", "key"):
        report = api.get(f"usage?by={by}").json()
        assert (report["total"]["tasks"], report["total"]["images"]) == (2, 2)
        assert report["total"]["spent"] == pytest.approx(2 * price)
    assert report["items"][0]["name"] == "alice's key"
    assert api.get("usage?by=model").json()["items"][0]["key"] == CHECKPOINT
    api.call("delete", "/api/v1/tasks", {})
    assert api.get("usage").json()["total"]["spent"] == pytest.approx(2 * price)


def test_a_cancelled_task_used_nothing(house: House, api: Api) -> None:
    task = api.create().json()["id"]
    api.post(f"tasks/{task}/cancel")
    assert api.get("usage").json()["total"]["spent"] == 0


def test_a_member_sees_his_own_usage(house: House, api: Api, bob: Person) -> None:
    api.create()
    assert Api(bob).get("usage").json()["total"]["tasks"] == 0
    Api(bob).create()
    assert Api(bob).get("usage").json()["total"]["tasks"] == 1
    assert api.get("usage").json()["total"]["tasks"] == 2


@pytest.mark.parametrize(
    "query",
    ["by=year", "from=x", "from=2026-02-01&to=2026-01-01", "from=2020-01-01&to=2026-01-01"],
)
def test_odd_usage(house: House, api: Api, query: str) -> None:
    assert api.get(f"usage?{query}").status_code == 422


def test_balance_and_ledger(house: House, api: Api, bob: Person) -> None:
    task = api.create().json()
    assert api.get("balance").json() == {
        "balance": CREDIT / 1000 - task["price"],
        "budget": None,
        "budget_left": None,
    }
    newest = api.get("ledger?limit=1").json()
    assert (newest["items"][0]["kind"], newest["items"][0]["task"]) == ("reserve", task["id"])
    rest = api.get(f"ledger?cursor={newest['next_cursor']}").json()
    assert [entry["kind"] for entry in rest["items"]] == ["grant"]
    assert len(api.get(f"ledger?task={task['id']}").json()["items"]) == 1
    total = sum(entry["amount"] for entry in newest["items"] + rest["items"])
    assert total == pytest.approx(ledger.balance(api.who.tenant.pk) / 1000)
    assert Api(bob).get("ledger").status_code == 403


def test_nobody_hears_of_anything(house: House) -> None:
    for path in ("images", "uploads", "balance", "ledger", "usage", "catalog/loras"):
        assert Client().get(f"/api/v1/{path}").status_code == 401
