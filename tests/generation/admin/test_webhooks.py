"""The operators' pages of webhook endpoints and uploads."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from generation import uploads
from generation.models import WebhookEndpoint
from tests.generation.house import House
from tests.generation.painting import encoded
from tests.people import Person


@pytest.fixture
def operator(client: Client, db: None) -> Client:
    user = User.objects.create_superuser("operator@example.com", "a long password, really")
    client.force_login(user)
    return client


@pytest.fixture
def endpoint(alice: Person) -> WebhookEndpoint:
    return WebhookEndpoint.objects.create(
        tenant=alice.tenant, user=alice.user, url="http://a.test/in", secret_sealed="sealed-secret"
    )


def test_an_endpoint_opens_without_its_secret(operator: Client, endpoint: WebhookEndpoint) -> None:
    base = "/admin/generation/webhookendpoint/"
    assert b"http://a.test/in" in operator.get(base, {"q": "studio"}).content
    page = operator.get(f"{base}{endpoint.pk}/change/")
    assert (page.status_code, b"sealed-secret" in page.content) == (200, False)


def test_an_operator_switches_off_and_on(operator: Client, endpoint: WebhookEndpoint) -> None:
    for action, reason in (("switch_off", "switched off by an operator"), ("switch_on", "")):
        data = {"action": action, "_selected_action": [str(endpoint.pk)]}
        assert operator.post("/admin/generation/webhookendpoint/", data).status_code == 302
        endpoint.refresh_from_db()
        assert endpoint.disabled_reason == reason
        assert (endpoint.disabled_at is None) == (action == "switch_on")


def test_uploads_are_for_looking(house: House, operator: Client, alice: Person) -> None:
    made = uploads.keep(alice.actor, encoded())
    assert operator.get("/admin/generation/upload/").status_code == 200
    assert operator.get(f"/admin/generation/upload/{made.pk}/change/").status_code == 200
    assert operator.get(f"/admin/generation/upload/{made.pk}/delete/").status_code == 403
