"""Which delivery goes next, who may not use up what others need, and what dead senders held."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from generation.callbacks import claim
from generation.models import Delivery
from generation.models.delivery import DeliveryState
from tests.people import Person

Deliver = Callable[..., Delivery]
CLUSTER = uuid.uuid4()


def ago(seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


def test_the_longest_due_first(deliver: Deliver) -> None:
    later, sooner = deliver("http://a/", due_at=ago(1)), deliver("http://a/", due_at=ago(2))
    assert [getattr(claim.claim_one(CLUSTER), "delivery_id", None) for _ in range(3)] == [
        sooner.pk,
        later.pk,
        None,
    ]


def test_two_at_once_never_take_the_same(
    deliver: Deliver, another_process: Callable[[Callable[[], Any]], Any]
) -> None:
    for _ in range(6):
        deliver("http://a/")
    mine = [claim.claim_one(CLUSTER) for _ in range(3)]
    theirs = [another_process(lambda: claim.claim_one(uuid.uuid4())) for _ in range(3)]
    assert len({found.delivery_id for found in (*mine, *theirs) if found}) == 6


def test_when_to_look_again(deliver: Deliver) -> None:
    assert claim.seconds_to_next_due() is None
    deliver("http://a/", due_at=ago(-100))
    assert 99 < (claim.seconds_to_next_due() or 0) <= 100
    deliver("http://a/", due_at=ago(1))
    assert claim.seconds_to_next_due() == claim.CROWDED_SECONDS


def test_a_receiver_has_its_share(deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim, "RECEIVER_SENDS", 2)
    for path in ("1", "2?x", "3"):
        deliver(f"http://dead.example:81/{path}", due_at=ago(9))
    other = deliver("http://dead.example:82/")
    assert claim.claim_one(CLUSTER) and claim.claim_one(CLUSTER)
    found = claim.claim_one(CLUSTER)
    assert found and found.delivery_id == other.pk
    assert claim.claim_one(CLUSTER) is None


def test_a_tenant_has_its_share(
    deliver: Deliver, charlie: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim, "TENANT_SENDS", 2)
    for number in range(3):
        deliver(f"http://dead{number}.example/", due_at=ago(9))
    other = deliver("http://elsewhere.example/", tenant=charlie.tenant)
    assert claim.claim_one(CLUSTER) and claim.claim_one(CLUSTER)
    found = claim.claim_one(CLUSTER)
    assert found and found.delivery_id == other.pk


def test_a_cluster_takes_no_more_than_it_has_threads_for(
    deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim, "CLUSTER_SENDS", 1)
    deliver("http://a/")
    deliver("http://b/")
    assert claim.claim_one(CLUSTER)
    assert claim.claim_one(CLUSTER) is None
    assert claim.claim_one(uuid.uuid4())


def test_what_a_dead_sender_held_is_sent_again(deliver: Deliver) -> None:
    row = deliver("http://a/")
    found = claim.claim_one(CLUSTER)
    assert found and claim.start(row.pk, found.lease_token)
    assert claim.requeue_lapsed(timezone.now()) == []
    row.refresh_from_db()
    assert row.state == DeliveryState.SENDING
    assert claim.requeue_lapsed(timezone.now() + timedelta(minutes=1)) == []
    row.refresh_from_db()
    assert (row.state, row.attempt, row.last_error) == ("due", 1, "the sender died")
    again = claim.claim_one(CLUSTER)
    started = again and claim.start(row.pk, again.lease_token)
    assert started and started.attempt == 2


def test_a_cluster_that_claims_and_never_starts_is_named(deliver: Deliver) -> None:
    due = ago(3)
    row = deliver("http://a/", due_at=due)
    assert claim.claim_one(CLUSTER)
    assert claim.requeue_lapsed(timezone.now() + timedelta(seconds=10)) == [CLUSTER]
    row.refresh_from_db()
    assert (row.state, row.attempt, row.due_at) == (DeliveryState.DUE, 0, due)


def test_the_eleventh_request_was_the_last_even_for_the_dead(deliver: Deliver) -> None:
    row = deliver("http://a/", attempt=10)
    found = claim.claim_one(CLUSTER)
    assert found and claim.start(row.pk, found.lease_token)
    claim.requeue_lapsed(timezone.now() + timedelta(minutes=1))
    row.refresh_from_db()
    assert (row.state, row.attempt) == (DeliveryState.GIVEN_UP, 11)
    assert row.finished_at
    assert claim.claim_one(CLUSTER) is None
