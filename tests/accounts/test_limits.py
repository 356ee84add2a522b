from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from accounts import limits
from accounts.actor import Actor
from accounts.errors import RateLimited
from accounts.models import RateWindow
from tests.people import Person

NOON = 1_800_000_000.0  # a full minute


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [NOON]
    monkeypatch.setattr(limits.time, "time", lambda: now[0])
    return now


def limited(person: Person, tenant: int = 0, key: int = 0) -> Actor:
    narrow = dataclasses.replace(
        person.actor.limits, rate_per_minute=tenant, key_rate_per_minute=key
    )
    return dataclasses.replace(person.actor, limits=narrow)


def let_in(actor: Actor, times: int) -> int:
    for done in range(times):
        try:
            limits.check_rate(actor)
        except RateLimited:
            return done
    return times


def test_as_many_as_allowed(alice: Person, clock: list[float]) -> None:
    assert let_in(limited(alice, tenant=3), 5) == 3


def test_the_next_minute_begins_anew(alice: Person, clock: list[float]) -> None:
    let_in(limited(alice, tenant=3), 5)
    clock[0] += 60
    assert let_in(limited(alice, tenant=3), 5) == 3


def test_a_tenants_keys_share_its_rate(alice: Person, bob: Person, clock: list[float]) -> None:
    let_in(limited(alice, tenant=3), 2)
    assert let_in(limited(bob, tenant=3), 5) == 1


def test_a_key_has_its_own_rate(alice: Person, bob: Person, clock: list[float]) -> None:
    assert let_in(limited(alice, tenant=10, key=2), 5) == 2
    assert let_in(limited(bob, tenant=10, key=2), 5) == 2


def test_without_a_limit_nothing_is_counted(alice: Person, django_assert_num_queries: Any) -> None:
    actor = limited(alice)
    with django_assert_num_queries(0):
        limits.check_rate(actor)


def test_one_statement_counts_tenant_and_key(alice: Person, django_assert_num_queries: Any) -> None:
    actor = limited(alice, tenant=10, key=2)
    with django_assert_num_queries(1):
        limits.check_rate(actor)
    assert RateWindow.objects.count() == 2


def test_in_the_cache_when_there_is_a_shared_one(
    alice: Person, clock: list[float], settings: Any
) -> None:
    settings.REDIS_URL = "redis://cache.example"  # CACHES of the tests is in memory
    assert let_in(limited(alice, tenant=3), 5) == 3
    assert not RateWindow.objects.exists()


def test_the_refusal_says_when_to_try_again(alice: Person, clock: list[float]) -> None:
    clock[0] += 48
    with pytest.raises(RateLimited) as refusal:
        for _ in range(2):
            limits.check_rate(limited(alice, tenant=1))
    assert refusal.value.retry_after == pytest.approx(12)


def test_a_stranger_is_not_held_up(alice: Person, charlie: Person, clock: list[float]) -> None:
    let_in(limited(alice, tenant=1), 2)
    assert let_in(limited(charlie, tenant=1), 1) == 1
