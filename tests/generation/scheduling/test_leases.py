from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from generation.models import Task
from generation.scheduling import leases
from generation.states import TaskState
from tests.generation.scheduling.queueing import a_backend, a_cluster, a_task, claimed
from tests.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(alice: Person) -> Task:
    a_backend()
    a_task(alice)
    found = claimed(a_cluster())
    assert found is not None
    return found


def token(task: Task) -> UUID:
    assert task.lease_token is not None
    return task.lease_token


def test_a_claim_is_started_once(task: Task) -> None:
    assert leases.start(task.pk, token(task), 5)
    assert not leases.start(task.pk, token(task), 5)
    task.refresh_from_db()
    assert (task.state, task.starts) == (TaskState.RUNNING, 1)


def test_renewing_moves_the_end(task: Task) -> None:
    leases.start(task.pk, token(task), 5)
    assert leases.renew(task.pk, token(task), 60) == leases.Renewal(cancel_requested=False)
    task.refresh_from_db()
    assert task.lease_until is not None
    assert task.lease_until > timezone.now() + timedelta(seconds=50)


def test_a_renewal_tells_of_a_wish_to_cancel(task: Task) -> None:
    leases.start(task.pk, token(task), 5)
    Task.objects.update(cancel_requested_at=Now())
    assert leases.renew(task.pk, token(task), 5) == leases.Renewal(cancel_requested=True)


def test_what_is_given_back_is_as_it_was(task: Task) -> None:
    leases.start(task.pk, token(task), 5)
    assert leases.give_back(task.pk, token(task), TaskState.RUNNING, strike=True)
    task.refresh_from_db()
    assert (task.state, task.strikes, task.starts) == (TaskState.QUEUED, 1, 1)
    held = (task.lease_token, task.lease_until, task.cluster, task.backend_id, task.started_at)
    assert held == (None,) * 5


def test_a_delay_keeps_the_task_from_being_claimed(task: Task) -> None:
    leases.give_back(task.pk, token(task), TaskState.CLAIMED, strike=False, delay=60)
    assert claimed(a_cluster()) is None
    task.refresh_from_db()
    assert task.strikes == 0


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
def test_another_lease_does_nothing(task: Task) -> None:
    assert not leases.start(task.pk, uuid4(), 5)
    leases.start(task.pk, token(task), 5)
    assert leases.renew(task.pk, uuid4(), 5) is None
    assert not leases.give_back(task.pk, uuid4(), TaskState.RUNNING, strike=True)


def test_a_lease_that_was_given_back_is_lost(task: Task) -> None:
    leases.give_back(task.pk, token(task), TaskState.CLAIMED, strike=False)
    assert not leases.start(task.pk, token(task), 5)
    assert leases.renew(task.pk, token(task), 5) is None


def test_a_running_task_is_not_given_back_as_if_it_had_not_started(task: Task) -> None:
    leases.start(task.pk, token(task), 5)
    assert not leases.give_back(task.pk, token(task), TaskState.CLAIMED, strike=False)
