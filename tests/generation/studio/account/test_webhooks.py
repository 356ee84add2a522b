"""Webhooks and callbacks in the browser: made, tested, read, sent again, and by whom."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone
from standardwebhooks import Webhook

from accounts.models import Membership, Role
from generation.callbacks import claim
from generation.callbacks import send as callbacks
from generation.models import Delivery, DeliveryAttempt, Task, WebhookEndpoint
from generation.studio.account import delivery_rows
from generation.studio.account.event_words import why_disabled
from tests.generation.house import House
from tests.generation.receivers import Receiver, Says
from tests.generation.studio.conftest import FRAGMENT
from tests.people import Person


@pytest.fixture
def there(settings: LazySettings) -> Iterator[Receiver]:
    settings.EASEL_EGRESS_ALLOW = ["127.0.0.1"]
    with Receiver(Says(500, b"<h1>no</h1>")) as receiver:
        yield receiver


def hook(person: Person, url: str = "https://example.com/hook", **fields: object) -> str:
    values = {"tenant": person.tenant, "user": person.user, "url": url} | fields
    return str(WebhookEndpoint.objects.create(**values).pk)


def delivered(person: Person, endpoint: str | None = None, **fields: object) -> Delivery:
    task = Task.objects.create(
        tenant=person.tenant, user=person.user, lineage=uuid.uuid4(), dialect="saas", request={},
        state="done", finished_at=timezone.now(),
    )  # fmt: skip
    values = {
        "tenant": person.tenant, "task": task, "endpoint_id": endpoint, "dialect": "saas",
        "url": "https://example.com/back", "body": {"code": "200"}, "state": "given_up",
        "event": "task.done" if endpoint else "",
    } | fields  # fmt: skip
    return Delivery.objects.create(**values)


def send_one() -> None:
    found = claim.claim_one(uuid.uuid4())
    assert found is not None
    under_way = callbacks.run(str(found.delivery_id), str(found.lease_token))
    assert under_way is not None
    under_way.result(timeout=30)


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.django_db
def test_a_webhook_is_made_and_its_secret_shown_once(alice, sign_in, settings) -> None:
    settings.EASEL_EGRESS_ALLOW = ["127.0.0.1"]
    client = sign_in(alice)
    form = {"url": "http://127.0.0.1:9/x", "events": ["task.done"], "whole_tenant": "on"}
    shown = client.post("/account/webhooks", form)
    secret = shown.content.decode().partition("data-secret>")[2].partition("<")[0]
    made = WebhookEndpoint.objects.get()
    assert secret.startswith("whsec_") and "no-store" in shown["Cache-Control"]
    assert (made.events, made.whole_tenant) == (["task.done"], True)
    assert secret not in page(client, "/account/webhooks")


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["", "not an address", "http://10.0.0.1/", "x" * 3000])
def test_a_bad_address_is_said_at_its_field(alice: Person, sign_in, typed: str) -> None:
    form = {"url": typed, "description": "my till"}
    shown = sign_in(alice).post("/account/webhooks", form).content.decode()
    assert 'id="error-url" ></p>' not in shown
    assert 'value="my till"' in shown
    assert not WebhookEndpoint.objects.exists()


def test_a_test_event_is_signed_and_its_answer_shown(
    house: House, alice: Person, sign_in, there: Receiver
) -> None:
    client, endpoint = sign_in(alice), hook(alice, there.url)
    rotated = client.post(f"/account/webhooks/{endpoint}/rotate").content.decode()
    secret = rotated.partition("data-secret>")[2].partition("<")[0]
    WebhookEndpoint.objects.update(previous_sealed="", previous_until=None)
    where = client.post(f"/account/webhooks/{endpoint}/test")["Location"]
    send_one()
    event = Webhook(secret).verify(there.seen[0].body, there.seen[0].headers)
    assert event["type"] == "webhook.test"
    shown = page(client, where)
    assert "HTTP 500" in shown and "&lt;h1&gt;no&lt;/h1&gt;" in shown
    assert "&quot;type&quot;: &quot;webhook.test&quot;" in shown
    assert "Failed, due again" in shown
    assert where in page(client, f"/account/webhooks/{endpoint}")
    attempt = DeliveryAttempt.objects.get()
    assert (attempt.number, attempt.status, attempt.error) == (1, 500, "HTTP 500")
    assert attempt.duration_ms is not None


@pytest.mark.django_db
def test_asking_again_ends_with_the_delivery(alice: Person, sign_in) -> None:
    client, due = sign_in(alice), delivered(alice, state="due")
    path = f"/account/callbacks/{due.pk}"
    assert client.get(path, headers=FRAGMENT).status_code == 200
    Delivery.objects.update(state="delivered")
    assert client.get(path, headers=FRAGMENT).status_code == 286


@pytest.mark.django_db
def test_sent_again_from_the_page(alice: Person, sign_in) -> None:
    endpoint = hook(alice)
    for path in (
        f"/account/callbacks/{delivered(alice).pk}",
        f"/account/webhooks/{endpoint}/deliveries/{delivered(alice, endpoint).pk}",
    ):
        answer = sign_in(alice).post(f"{path}/redeliver")
        assert (answer.status_code, answer["Location"]) == (302, path)
        assert Delivery.objects.get(pk=path[-36:]).state == "due"


@pytest.mark.django_db
def test_what_is_on_its_way_is_not_sent_again(alice: Person, sign_in) -> None:
    client, due = sign_in(alice), delivered(alice, state="sending", lease_token=uuid.uuid4())
    client.post(f"/account/callbacks/{due.pk}/redeliver")
    assert "This delivery is still on its way" in page(client, f"/account/callbacks/{due.pk}")


@pytest.mark.django_db
def test_filtered_and_paged(alice: Person, sign_in, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(delivery_rows, "PAGE", 2)
    for number in range(3):
        at = timezone.now() - timedelta(minutes=number)
        delivered(alice, url=f"https://example.com/{number}", created_at=at)
    delivered(alice, state="delivered", url="https://example.com/fine")
    client = sign_in(alice)
    first = page(client, "/account/callbacks?state=given_up")
    assert "/0" in first and "/2</code>" not in first and "/fine" not in first
    onward = first.partition('hx-get="')[2].partition('"')[0].replace("&amp;", "&")
    with django_assert_max_num_queries(8):
        second = client.get(onward, headers=FRAGMENT).content.decode()
    assert "/2</code>" in second and "<html" not in second and "hx-get" not in second


@pytest.mark.django_db
def test_switched_changed_and_deleted(alice: Person, sign_in) -> None:
    client, endpoint = sign_in(alice), hook(alice, disabled_at=timezone.now())
    path = f"/account/webhooks/{endpoint}"
    client.post(f"{path}/switch", {"enabled": "true"})
    assert WebhookEndpoint.objects.get().disabled_at is None
    client.post(path, {"url": "https://example.org/other", "events": ["task.failed"]})
    assert WebhookEndpoint.objects.get().events == ["task.failed"]
    asked = client.get(f"{path}/delete", headers=FRAGMENT).content.decode()
    assert "Delete this webhook?" in asked and WebhookEndpoint.objects.exists()
    client.post(f"{path}/delete")
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.django_db
def test_why_it_is_off_is_explained(alice: Person, sign_in) -> None:
    reason = "no success for 5 days; last: HTTP 503"
    endpoint = hook(alice, disabled_at=timezone.now(), disabled_reason=reason)
    shown = page(sign_in(alice), f"/account/webhooks/{endpoint}")
    assert "Nothing arrived for 5 days." in shown and "HTTP 503" in shown
    assert "switched off by itself" in shown
    assert not why_disabled("switched off by hand").by_itself


@pytest.mark.django_db
def test_a_body_is_clipped_and_escaped(alice: Person, sign_in, monkeypatch) -> None:
    monkeypatch.setattr(delivery_rows, "MOST_BODY", 30)
    sent = delivered(alice, body={"text": "<script>" + "x" * 100})
    shown = page(sign_in(alice), f"/account/callbacks/{sent.pk}")
    assert "&lt;script&gt;" in shown and "x" * 31 not in shown


@pytest.mark.django_db
def test_anothers_are_not_found(alice: Person, bob: Person, charlie: Person, sign_in) -> None:
    endpoint = hook(alice)
    sent, back = delivered(alice, endpoint), delivered(alice)
    log = f"/account/webhooks/{endpoint}"
    for stranger in (bob, charlie):
        client = sign_in(stranger)
        for path in (log, f"{log}/rotate", f"{log}/delete", f"{log}/deliveries/{sent.pk}",
                     f"/account/callbacks/{back.pk}"):  # fmt: skip
            assert client.get(path).status_code == 404
        for path in (log, f"{log}/rotate", f"{log}/delete", f"{log}/switch", f"{log}/test",
                     f"{log}/deliveries/{sent.pk}/redeliver",
                     f"/account/callbacks/{back.pk}/redeliver"):  # fmt: skip
            form = {"url": "https://example.com/"}
            assert client.post(path, form).status_code == 404
        assert "example.com" not in page(client, "/account/callbacks")
    assert WebhookEndpoint.objects.get().disabled_at is None
    assert set(Delivery.objects.values_list("state", flat=True)) == {"given_up"}


@pytest.mark.django_db
def test_a_viewer_may_only_look(alice: Person, sign_in) -> None:
    endpoint, back = hook(alice), delivered(alice)
    Membership.objects.update(role=Role.VIEWER)
    client = sign_in(alice)
    assert "Send a test event" not in page(client, f"/account/webhooks/{endpoint}")
    for path in ("webhooks", f"webhooks/{endpoint}", f"webhooks/{endpoint}/test",
                 f"webhooks/{endpoint}/switch", f"webhooks/{endpoint}/delete",
                 f"webhooks/{endpoint}/rotate", f"callbacks/{back.pk}/redeliver"):  # fmt: skip
        assert client.post(f"/account/{path}", {"url": "https://a.test"}).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["state=x", "cursor=x", "cursor=%00"])
def test_another_page_is_not_found(alice: Person, sign_in, query: str) -> None:
    endpoint = hook(alice)
    for path in ("/account/callbacks", f"/account/webhooks/{endpoint}"):
        assert sign_in(alice).get(f"{path}?{query}").status_code == 404
