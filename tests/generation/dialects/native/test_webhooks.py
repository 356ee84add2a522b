"""/api/v1/webhooks: endpoints, secrets, what is sent to them, their log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from accounts.models import ApiKey, Membership, Role
from generation import announce, webhooks
from generation.callbacks import claim
from generation.callbacks import send as callbacks
from generation.models import Delivery, WebhookEndpoint
from generation.models.delivery import DeliveryState
from tests.generation.dialects.native.client import Api
from tests.generation.house import House
from tests.generation.receivers import Receiver, Says
from tests.people import Person


@pytest.fixture
def there(settings: LazySettings) -> Iterator[Receiver]:
    """A receiver that says yes."""
    settings.EASEL_EGRESS_ALLOW = ["127.0.0.1"]
    with Receiver(Says(204, b"")) as receiver:
        yield receiver


def hooked(api: Api, url: str, **changes: Any) -> tuple[str, str]:
    """(id, secret) of a new endpoint."""
    made = api.post("webhooks", {"url": url} | changes)
    assert made.status_code == 201, made.content
    return made.json()["webhook"]["id"], made.json()["secret"]


def send(house: House) -> int:
    """As the delivery clusters do, until nothing is due."""
    count = 0
    while (found := claim.claim_one(house.cluster)) is not None:
        under_way = callbacks.run(
            str(found.delivery_id), str(found.lease_token), prepare=announce.render
        )
        if under_way is not None:
            under_way.result(timeout=30)
        count += 1
    return count


def test_an_event_is_signed_as_the_library_verifies(
    house: House, api: Api, there: Receiver
) -> None:
    hook, secret = hooked(api, there.url)
    task = api.create().json()["id"]
    house.work()
    assert send(house) == 1
    (seen,) = there.seen
    event: Any = Webhook(secret).verify(seen.body, seen.headers)
    assert (event["type"], event["data"]["id"]) == ("task.done", task)
    assert event["data"]["outputs"][0]["url"].startswith("http://testserver/files/")
    (logged,) = api.get(f"webhooks/{hook}/deliveries").json()["items"]
    assert (logged["id"], logged["state"]) == (seen.headers["webhook-id"], "delivered")
    assert (logged["last_status"], logged["attempts"]) == (204, 1)
    assert api.get(f"webhooks/{hook}").json()["last_success_at"] is not None
    detail = api.get(f"webhooks/{hook}/deliveries/{logged['id']}").json()
    assert detail["body"] == json.loads(seen.body)


def test_a_strange_secret_does_not_verify(house: House, api: Api, there: Receiver) -> None:
    hooked(api, there.url)
    api.create()
    house.work()
    send(house)
    with pytest.raises(WebhookVerificationError):
        Webhook(webhooks._random_secret()).verify(there.seen[0].body, there.seen[0].headers)


def test_both_secrets_sign_for_a_day(house: House, api: Api, there: Receiver) -> None:
    hook, old = hooked(api, there.url)
    new = api.post(f"webhooks/{hook}/rotate").json()["secret"]
    api.create()
    house.work()
    send(house)
    for secret in (old, new):
        Webhook(secret).verify(there.seen[0].body, there.seen[0].headers)
    WebhookEndpoint.objects.update(previous_until=timezone.now())
    api.create()
    house.work()
    send(house)
    Webhook(new).verify(there.seen[1].body, there.seen[1].headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(there.seen[1].body, there.seen[1].headers)


def test_only_what_was_asked_for_is_sent(house: House, api: Api, there: Receiver) -> None:
    hooked(api, there.url, events=["task.cancelled"])
    api.create()
    house.work()
    assert not Delivery.objects.exists()
    task = api.create().json()["id"]
    api.post(f"tasks/{task}/cancel")
    assert Delivery.objects.get().event == "task.cancelled"


def test_every_api_s_tasks_are_told(house: House, api: Api, there: Receiver) -> None:
    hooked(api, there.url)
    house.draw(api.who)
    house.work()
    house.draw(api.who, client_id="x")
    house.work()
    assert send(house) == 2


def test_whose_tasks_are_told(house: House, api: Api, bob: Person, there: Receiver) -> None:
    own, _ = hooked(api, there.url)
    whole, _ = hooked(api, f"{there.url}/all", scope="tenant")
    house.draw(bob)
    house.work()
    assert [str(each.endpoint_id) for each in Delivery.objects.all()] == [whole]
    Membership.objects.filter(user=api.who.user).update(role=Role.MEMBER)
    house.draw(bob)
    house.work()
    assert Delivery.objects.count() == 1
    Membership.objects.filter(user=api.who.user).delete()
    house.draw(api.who)
    house.work()
    assert not Delivery.objects.filter(endpoint=own).exists()


def test_another_tenant_s_tasks_are_not(house: House, api: Api, charlie: Person) -> None:
    WebhookEndpoint.objects.create(
        tenant=api.who.tenant, user=api.who.user, url="http://a.test", whole_tenant=True
    )
    house.draw(charlie)
    house.work()
    assert not Delivery.objects.exists()


def test_a_delivery_is_sent_again_under_its_id(house: House, api: Api, there: Receiver) -> None:
    hook, _ = hooked(api, there.url)
    api.create()
    house.work()
    sent = Delivery.objects.get().pk
    path = f"webhooks/{hook}/deliveries/{sent}/redeliver"
    assert api.post(path).json()["code"] == "task_conflict"  # it is due still
    send(house)
    assert send(house) == 0  # confirmed: never again by itself
    assert api.post(path).status_code == 202
    send(house)
    assert [seen.headers["webhook-id"] for seen in there.seen] == [str(sent)] * 2
    assert there.seen[0].body == there.seen[1].body


def test_the_log_is_paged_and_filtered(house: House, api: Api, there: Receiver) -> None:
    hook, _ = hooked(api, there.url)
    for _ in range(3):
        api.create()
    house.work()
    first = api.get(f"webhooks/{hook}/deliveries?limit=2").json()
    rest = api.get(f"webhooks/{hook}/deliveries?cursor={first['next_cursor']}").json()
    assert (len(first["items"]), len(rest["items"])) == (2, 1)
    assert api.get(f"webhooks/{hook}/deliveries?state=delivered").json()["items"] == []


# ── Switched off ─────────────────────────────────────────────────────────────────────────────
def test_switched_off_and_on_by_hand(house: House, api: Api, there: Receiver) -> None:
    hook, _ = hooked(api, there.url)
    api.create()
    house.work()
    off = api.patch(f"webhooks/{hook}", {"enabled": False}).json()
    assert (off["enabled"], off["disabled_reason"]) == (False, webhooks.BY_HAND)
    assert Delivery.objects.get().state == DeliveryState.GIVEN_UP  # in the log, not lost
    api.create()
    house.work()
    assert (send(house), Delivery.objects.count()) == (0, 1)
    path = f"webhooks/{hook}/deliveries/{Delivery.objects.get().pk}/redeliver"
    assert api.post(path).status_code == 409
    assert api.patch(f"webhooks/{hook}", {"enabled": True}).json()["disabled_reason"] == ""
    assert api.post(path).status_code == 202
    assert send(house) == 1


def test_gone_switches_off_at_once(house: House, api: Api, there: Receiver) -> None:
    there.answers = Says(410)
    hook, _ = hooked(api, there.url)
    api.create()
    house.work()
    send(house)
    shown = api.get(f"webhooks/{hook}").json()
    assert (shown["enabled"], "410" in shown["disabled_reason"]) == (False, True)
    assert Delivery.objects.get().state == DeliveryState.GIVEN_UP


def test_five_days_without_success_switch_off(house: House, api: Api, there: Receiver) -> None:
    there.answers = Says(500)
    hook, _ = hooked(api, there.url)
    api.create()
    house.work()
    send(house)
    shown = api.get(f"webhooks/{hook}").json()
    assert (shown["enabled"], shown["failures"]) == (True, 1)
    WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(days=5))
    Delivery.objects.update(due_at=timezone.now())
    send(house)
    shown = api.get(f"webhooks/{hook}").json()
    assert (shown["enabled"], shown["failures"]) == (False, 2)
    assert shown["disabled_reason"] == "no success for 5 days; last: HTTP 500"


def test_one_success_clears_the_record(house: House, api: Api, there: Receiver) -> None:
    answers = iter([Says(500), Says(200)])
    there.answers = lambda _seen: next(answers)
    hook, _ = hooked(api, there.url)
    api.create()
    house.work()
    send(house)
    Delivery.objects.update(due_at=timezone.now())
    send(house)
    shown = api.get(f"webhooks/{hook}").json()
    assert (shown["failures"], shown["failing_since"]) == (0, None)


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "url"),
        ({"url": "ftp://a.b"}, "url"),
        ({"url": "https://u:p@example.com"}, "url"),
        ({"url": "http://127.0.0.1/x"}, "url"),
        ({"url": "http://[::1]/x"}, "url"),
        ({"url": "http://169.254.169.254/"}, "url"),
        ({"url": "https://example.com/" + "x" * 2048}, "url"),
        ({"url": "https://example.com", "events": ["task.begun"]}, "events.0"),
        ({"url": "https://example.com", "scope": "all"}, "scope"),
        ({"url": "https://example.com", "secret": "x"}, "secret"),
        ({"url": "https://example.com", "description": "\u0000"}, "description"),
    ],
)
def test_a_wrong_field_is_named(house: House, api: Api, sent: Any, field: str) -> None:
    answer = api.post("webhooks", sent)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert not WebhookEndpoint.objects.exists()


def test_an_address_is_judged_when_it_changes(house: House, api: Api, there: Receiver) -> None:
    hook, _ = hooked(api, there.url)
    assert api.patch(f"webhooks/{hook}", {"url": "http://10.0.0.1/"}).status_code == 422
    assert api.patch(f"webhooks/{hook}", {"url": ""}).status_code == 422
    assert WebhookEndpoint.objects.get().url == there.url


def test_a_member_hears_of_his_own_only(house: House, api: Api, bob: Person) -> None:
    sent = {"url": "https://example.com", "scope": "tenant"}
    refused = Api(bob).post("webhooks", sent)
    assert (refused.status_code, refused.json()["field"]) == (403, "scope")


def test_a_key_calls_back_to_its_hosts_only(house: House, api: Api, there: Receiver) -> None:
    ApiKey.objects.update(callback_hosts=["hooks.example.com"])
    refused = api.post("webhooks", {"url": there.url})
    assert (refused.status_code, refused.json()["field"]) == (403, "url")


def test_too_many_webhooks(house: House, api: Api, there: Receiver, monkeypatch: Any) -> None:
    monkeypatch.setattr(webhooks, "MOST", 1)
    hooked(api, there.url)
    assert api.post("webhooks", {"url": there.url}).json()["code"] == "too_many"


def test_the_secret_is_sealed_in_the_database(house: House, api: Api, there: Receiver) -> None:
    _, secret = hooked(api, there.url)
    assert secret not in str(vars(WebhookEndpoint.objects.get()))
    assert secret not in api.get("webhooks").content.decode()
