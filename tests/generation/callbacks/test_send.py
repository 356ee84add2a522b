"""One attempt against receivers of every kind, and what the row says afterwards."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.utils import timezone

from generation import egress
from generation.callbacks import claim, send
from generation.models import Delivery
from generation.models.delivery import DeliveryState
from tests.generation.callbacks.conftest import BODY, Cluster
from tests.generation.receivers import Receiver, Says, drip, raw_server

Deliver = Callable[..., Delivery]


@pytest.mark.parametrize("body", [b'{"code": "200"}', b'{"code": 200}'])
def test_an_acknowledgement_ends_it(body: bytes, deliver: Deliver, cluster: Cluster) -> None:
    with Receiver(Says(body=body)) as there:
        row = cluster.once(deliver(f"{there.url}/in"))
        assert not cluster.step()
    assert (row.state, row.attempt, row.last_status) == (DeliveryState.DELIVERED, 1, 200)
    assert (row.last_error, row.last_answer) == ("", body.decode())
    assert row.finished_at and row.lease_token is None


def test_what_the_receiver_sees(deliver: Deliver, cluster: Cluster) -> None:
    with Receiver() as there:
        row = cluster.once(deliver(f"{there.url}/in"))
    (seen,) = there.seen
    assert json.loads(seen.body) == BODY
    assert "成功".encode() in seen.body
    assert seen.headers["x-callback-id"] == str(row.pk)
    assert seen.headers["x-callback-attempt"] == "1"
    assert seen.headers["x-request-id"] == "request-7"
    assert seen.headers["content-type"] == "application/json;charset=UTF-8"


def test_each_attempt_sends_the_same_bytes(
    deliver: Deliver, cluster: Cluster, settings: LazySettings
) -> None:
    settings.EASEL_CALLBACK_TIME_SCALE = 0.0
    with Receiver(Says(500)) as there:
        row = deliver(there.url)
        cluster.once(row)
        cluster.once(row)
    assert there.seen[0].body == there.seen[1].body
    assert [seen.headers["x-callback-attempt"] for seen in there.seen] == ["1", "2"]


def test_the_body_is_rendered_first(deliver: Deliver, cluster: Cluster) -> None:
    with Receiver() as there:
        row = deliver(there.url, body=None)
        found = claim.claim_one(cluster.id)
        assert found

        def prepare(_: object) -> None:
            Delivery.objects.update(body={"late": True})

        future = send.run(str(row.pk), str(found.lease_token), prepare)
        assert future
        future.result(10)
    assert there.seen[0].body == b'{"late":true}'


@pytest.mark.parametrize(
    ("says", "why"),
    [
        (Says(500), "HTTP 500"),
        (Says(302, b"", (("Location", "/other"),)), "HTTP 302"),
        (Says(body=b'{"code": "400"}'), "code '400' in the answer"),
        (Says(body=b"success"), "the answer is not JSON"),
        (Says(body=b""), "empty answer"),
    ],
)
def test_no_acknowledgement(says: Says, why: str, deliver: Deliver, cluster: Cluster) -> None:
    with Receiver(says) as there:
        row = cluster.once(deliver(there.url))
    assert len(there.seen) == 1
    assert (row.state, row.attempt, row.last_error) == (DeliveryState.DUE, 1, why)
    assert row.last_status == says.status
    assert 2 < (row.due_at - timezone.now()).total_seconds() <= 3


def test_nobody_listens(deliver: Deliver, cluster: Cluster) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    row = cluster.once(deliver(f"http://127.0.0.1:{port}/"))
    assert row.state == DeliveryState.DUE
    assert row.last_status is None and "connection failed" in row.last_error


def test_a_receiver_that_drips(
    deliver: Deliver, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(egress.post_json.__kwdefaults__, "timeout", 0.4)
    with raw_server(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")) as port:
        row = cluster.once(deliver(f"http://127.0.0.1:{port}/"))
    assert row.state == DeliveryState.DUE and "timed out" in row.last_error


def test_an_answer_with_a_nul(deliver: Deliver, cluster: Cluster) -> None:
    with Receiver(Says(body=b"a\x00b\xff")) as there:
        row = cluster.once(deliver(there.url))
    assert row.last_answer == "ab�"


def test_lateness_is_counted_from_the_due_time(deliver: Deliver, cluster: Cluster) -> None:
    with Receiver() as there:
        row = cluster.once(deliver(there.url, due_at=timezone.now() - timedelta(seconds=2)))
    assert row.lateness_ms and 2000 <= row.lateness_ms < 4000


def test_an_inner_address_is_refused_and_recorded(
    deliver: Deliver, cluster: Cluster, settings: LazySettings
) -> None:
    settings.EASEL_EGRESS_ALLOW = []
    with Receiver() as there:
        row = cluster.once(deliver(there.url))
    assert there.seen == []
    assert row.last_error == "this address is not reachable from here"


def test_a_body_that_cannot_be_rendered_is_a_failed_attempt(
    deliver: Deliver, cluster: Cluster
) -> None:
    row = deliver("http://127.0.0.1:9/", body=None)
    found = claim.claim_one(cluster.id)
    assert found

    def prepare(_: object) -> None:
        raise ZeroDivisionError("a defect")

    assert send.run(str(row.pk), str(found.lease_token), prepare) is None
    row.refresh_from_db()
    assert (row.state, row.attempt) == (DeliveryState.DUE, 1)
    assert "a defect" in row.last_error


def test_a_defect_in_sending_is_recorded(
    deliver: Deliver, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(egress, "post_json", broken)
    row = cluster.once(deliver("http://127.0.0.1:9/"))
    assert row.state == DeliveryState.DUE and "a defect" in row.last_error


def test_a_claim_that_is_anothers_sends_nothing(deliver: Deliver, cluster: Cluster) -> None:
    with Receiver() as there:
        row = deliver(there.url)
        assert claim.claim_one(cluster.id)
        assert send.run(str(row.pk), "00000000-0000-0000-0000-000000000001") is None
    assert there.seen == []


def test_a_claim_is_started_once(deliver: Deliver, cluster: Cluster) -> None:
    row = deliver("http://127.0.0.1:9/")
    found = claim.claim_one(cluster.id)
    assert found and claim.start(row.pk, found.lease_token)
    assert claim.start(row.pk, found.lease_token) is None


def test_a_late_confirmation_is_one(deliver: Deliver, cluster: Cluster) -> None:
    """The lease ran out while the receiver thought; it confirmed all the same."""
    with Receiver(Says(after=0.5)) as there:
        row = deliver(there.url)
        assert cluster.step()
        time.sleep(0.2)
        claim.requeue_lapsed(timezone.now() + timedelta(minutes=1))
        cluster.settle()
        row.refresh_from_db()
        assert row.state == DeliveryState.DELIVERED
        assert not cluster.step()
    assert len(there.seen) == 1
