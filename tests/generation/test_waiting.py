"""Why a task waits: each reason, where it stands, and for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from accounts.models import Tenant
from generation.models import Backend, ClusterBeat, FairShare, Task
from generation.snapshot import Waiting
from generation.waiting import REASONS, why
from tests.generation.scheduling.queueing import ANIME, a_backend, a_cluster, a_task, claimed
from tests.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def cluster(alice: Person) -> UUID:
    FairShare.objects.get_or_create(tenant=None)
    a_backend()
    return a_cluster()


def waits(task: Task) -> Waiting:
    found = why(task.pk)
    assert found is not None
    return found


def reason(who: Person, **changes: Any) -> str:
    found = waits(a_task(who, **changes)).reason
    assert found in REASONS
    return found


def a_done_task(who: Person, seconds: float) -> Task:
    now = timezone.now()
    began = now - timedelta(seconds=seconds)
    return a_task(who, state="done", started_at=began, finished_at=now)


def test_the_next(cluster: UUID, alice: Person) -> None:
    assert reason(alice) == "next"


def test_every_server_that_could_is_down(cluster: UUID, alice: Person) -> None:
    Backend.objects.update(is_up=False)
    a_backend("other", offers=[ANIME])
    assert reason(alice) == "backend_down"


def test_its_breaker_is_open(cluster: UUID, alice: Person) -> None:
    Backend.objects.update(open_until=timezone.now() + timedelta(minutes=1))
    assert reason(alice) == "backend_down"


def test_it_is_another_tenants_server(cluster: UUID, alice: Person, charlie: Person) -> None:
    Backend.objects.update(tenant=charlie.tenant)
    assert reason(alice) == "backend_down"


def test_the_server_is_being_emptied(cluster: UUID, alice: Person) -> None:
    Backend.objects.update(draining=True)
    assert reason(alice) == "backend_draining"


def test_no_worker_gives_a_sign_of_life(cluster: UUID, alice: Person) -> None:
    ClusterBeat.objects.update(beat_at=timezone.now() - timedelta(minutes=1))
    assert reason(alice) == "no_worker"


def test_the_tenant_runs_as_much_as_it_may(cluster: UUID, alice: Person) -> None:
    Tenant.objects.update(max_concurrent=1)
    a_task(alice)
    assert claimed(cluster)
    assert reason(alice) == "tenant_limit"


def test_the_key_runs_as_much_as_it_may(cluster: UUID, alice: Person, bob: Person) -> None:
    alice.key.max_concurrent = 1
    alice.key.save()
    a_task(alice)
    assert claimed(cluster)
    assert reason(alice) == "key_limit"
    assert reason(bob) == "behind_others"


def test_another_try_begins_in_a_moment(cluster: UUID, alice: Person) -> None:
    assert reason(alice, ready_at=timezone.now() + timedelta(minutes=1)) == "retry"


def test_others_are_before_it(cluster: UUID, alice: Person, charlie: Person) -> None:
    for _ in range(3):
        a_task(charlie)
    a_task(alice)
    found = waits(a_task(alice))
    assert (found.reason, found.position) == ("behind_others", 3)  # one of his own, two in turn


def test_a_higher_priority_stands_before_the_older(cluster: UUID, alice: Person) -> None:
    old = a_task(alice)
    assert waits(a_task(alice, priority=1)).position == 0
    assert waits(old).position == 1


def test_the_time_is_what_tasks_took_lately(cluster: UUID, alice: Person) -> None:
    a_done_task(alice, 10.0)
    first, second = a_task(alice), a_task(alice)
    low, high = waits(first).eta or (0, 0)
    assert (low, high) == (0.0, pytest.approx(15.0, abs=0.5))
    assert waits(second).eta == pytest.approx((5.0, 30.0), abs=0.5)


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
def test_no_time_is_told_where_nothing_is_known(cluster: UUID, alice: Person) -> None:
    assert waits(a_task(alice)).eta is None
    a_done_task(alice, 10.0)
    Backend.objects.update(is_up=False)
    assert waits(a_task(alice)).eta is None


def test_what_does_not_wait_has_no_reason(cluster: UUID, alice: Person) -> None:
    task = a_task(alice)
    assert claimed(cluster)
    assert why(task.pk) is None
    assert why(uuid4()) is None
