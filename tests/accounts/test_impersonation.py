"""Acting as a user: what it opens, what it keeps shut, and the trail."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import Client

from accounts import impersonation
from accounts.models import ApiKey, TrailEntry, User
from tests.people import Person

BROWSER = {"Accept": "text/html"}


@pytest.fixture
def operator(client: Client, db: None) -> Client:
    client.force_login(
        User.objects.create_superuser("op@example.com", "seven green pears"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


def act(client: Client, person: Person, reason: str = "a ticket") -> Any:
    return client.post(f"/admin/desk/users/{person.user.pk}/act/", {"reason": reason})


def test_the_operator_sees_what_the_person_sees(operator: Client, alice: Person) -> None:
    assert operator.get("/").status_code == 403  # belongs to no tenant
    assert act(operator, alice).status_code == 302
    page = operator.get("/", headers=BROWSER)
    assert page.status_code == 200
    said = page.content.decode()
    assert "You act as <strong>alice@example.com</strong>" in said
    assert "Studio" in said
    in_admin = operator.get("/admin/").content.decode()
    assert "Here you are yourself" in in_admin


def test_both_names_are_written_down(operator: Client, alice: Person) -> None:
    act(operator, alice)
    operator.get("/", headers=BROWSER)
    operator.post("/studio/delete-all")
    operator.post("/admin/desk/act/end/")
    entries = list(TrailEntry.objects.order_by("id"))
    assert [entry.deed for entry in entries] == ["acted_as", "requested", "requested", "ended"]
    assert {entry.operator for entry in entries} == {"op@example.com"}
    assert entries[0].reason == "a ticket"
    assert entries[2].acted_as == alice.user.pk
    assert entries[2].after["path"] == "/studio/delete-all"
    assert "alice@example.com" in operator.get("/admin/accounts/trailentry/").content.decode()


def test_it_ends_by_itself(operator: Client, alice: Person, monkeypatch: Any) -> None:
    act(operator, alice)
    assert operator.get("/").status_code == 200
    later = time.time() + impersonation.MINUTES * 60 + 1
    monkeypatch.setattr(impersonation.time, "time", lambda: later)
    assert operator.get("/").status_code == 403
    assert TrailEntry.objects.first().deed == "ended"  # type: ignore[union-attr]


def test_it_ends_with_the_power_to_do_it(operator: Client, alice: Person) -> None:
    act(operator, alice)
    User.objects.filter(email="op@example.com").update(is_superuser=False)
    assert operator.get("/").status_code == 403


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/accounts/password/change/"),
        ("get", "/accounts/email/"),
        ("get", "/accounts/2fa/"),
        ("post", "/account/keys"),
        ("post", "/account/organisation"),
        ("get", "/account/data"),
        ("post", "/account/data/delete"),
    ],
)
def test_what_outlasts_the_half_hour_is_shut(
    operator: Client, alice: Person, method: str, path: str
) -> None:
    act(operator, alice)
    keys = ApiKey.objects.count()
    assert getattr(operator, method)(path).status_code == 403
    assert ApiKey.objects.count() == keys
    assert TrailEntry.objects.first().after["status"] == 403  # type: ignore[union-attr]


def test_nobody_acts_as_a_superuser_or_without_a_reason(operator: Client, alice: Person) -> None:
    root = User.objects.create_superuser("root@example.com")
    assert operator.post(f"/admin/desk/users/{root.pk}/act/", {"reason": "x"}).status_code == 403
    assert act(operator, alice, "").status_code == 422
    User.objects.filter(pk=alice.user.pk).update(is_active=False)
    assert act(operator, alice).status_code == 403
    assert operator.get("/").status_code == 403


def test_staff_who_are_no_superusers_act_as_nobody(client: Client, alice: Person) -> None:
    staff = User.objects.create_user("staff@example.com", is_staff=True)
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    assert act(client, alice).status_code == 403


def test_api_calls_know_nothing_of_it(operator: Client, alice: Person) -> None:
    act(operator, alice)
    assert operator.get("/api/v1/tasks").status_code == 401
