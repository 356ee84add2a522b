"""Which task a free slot is given. The claim runs on PostgreSQL; no server is called."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.models import Tenant
from generation.models import Backend, FairShare, Task
from generation.states import FINAL, TaskState
from tests.generation.scheduling.queueing import (
    ANIME,
    PHOTON,
    a_backend,
    a_cluster,
    a_task,
    claimed,
    connection_of_its_own,
)
from tests.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def cluster(db: None) -> UUID:
    FairShare.objects.get_or_create(tenant=None)
    return a_cluster()


def end(task: Task) -> None:
    Task.objects.filter(pk=task.pk).update(
        state=TaskState.DONE, finished_at=timezone.now(), lease_token=None
    )


def served(cluster: UUID, times: int) -> list[Task]:
    """The tasks that one slot is given, one after the other."""
    found = []
    for _ in range(times):
        task = claimed(cluster)
        if task is None:
            break
        found.append(task)
        end(task)
    return found


# ── What is handed out ───────────────────────────────────────────────────────────────────────
def test_a_claim_leases_the_task_to_the_cluster(cluster: UUID, alice: Person) -> None:
    backend, waiting = a_backend(), a_task(alice)
    task = claimed(cluster)
    assert task is not None and task.pk == waiting.pk
    assert (task.state, task.backend_id, task.cluster) == ("claimed", backend.pk, cluster)
    assert task.lease_token is not None and task.lease_until is not None


def test_inside_a_tenant_priority_then_age(cluster: UUID, alice: Person) -> None:
    a_backend()
    old, young, urgent = a_task(alice), a_task(alice), a_task(alice, priority=1)
    assert [task.pk for task in served(cluster, 3)] == [urgent.pk, old.pk, young.pk]


def test_weights_one_to_three_get_one_to_three(
    cluster: UUID, alice: Person, charlie: Person
) -> None:
    a_backend()
    Tenant.objects.filter(pk=charlie.tenant.pk).update(weight=3)
    for _ in range(40):
        a_task(alice)
        a_task(charlie)
    got = Counter(task.tenant_id for task in served(cluster, 40))
    assert got == {alice.tenant.pk: 10, charlie.tenant.pk: 30}


def test_big_tasks_count_by_their_work(cluster: UUID, alice: Person, charlie: Person) -> None:
    a_backend()
    for _ in range(20):
        a_task(alice, work=20.0)
        a_task(charlie, work=5.0)
    got = Counter(task.tenant_id for task in served(cluster, 20))
    assert got == {alice.tenant.pk: 4, charlie.tenant.pk: 16}


def test_whoever_was_idle_has_saved_no_turns(cluster: UUID, alice: Person, charlie: Person) -> None:
    a_backend()
    for _ in range(10):
        a_task(alice)
    assert len(served(cluster, 10)) == 10
    for _ in range(10):
        a_task(alice)
        a_task(charlie)
    got = Counter(task.tenant_id for task in served(cluster, 10))
    assert got[alice.tenant.pk] >= 4


def test_a_warm_task_goes_first_and_the_passed_one_is_marked(
    cluster: UUID, alice: Person, charlie: Person
) -> None:
    a_backend(loaded_checkpoint="Anime.safetensors")
    fair, warm = a_task(alice), a_task(charlie, needs=[ANIME])
    assert served(cluster, 1) == [warm]
    fair.refresh_from_db()
    assert fair.overtaken_at is not None


def test_nobody_is_overtaken_for_ever(cluster: UUID, alice: Person, charlie: Person) -> None:
    a_backend(loaded_checkpoint="anime.safetensors")
    long_ago = timezone.now() - timedelta(seconds=21)
    fair = a_task(alice, overtaken_at=long_ago)
    a_task(charlie, needs=[ANIME])
    assert served(cluster, 1) == [fair]


def test_each_task_goes_to_a_server_that_can(cluster: UUID, alice: Person) -> None:
    a_backend("one", offers=[PHOTON])
    other = a_backend("other", offers=[ANIME])
    a_task(alice, needs=[ANIME])
    task = claimed(cluster)
    assert task is not None and task.backend_id == other.pk


def test_a_tenant_who_waits_for_a_busy_server_keeps_nobody_from_another(
    cluster: UUID, alice: Person
) -> None:
    a_backend("down", offers=[ANIME], is_up=False)
    a_backend("free", offers=[PHOTON])
    FairShare.objects.create(tenant=alice.tenant, finish=1e6)
    for number in range(100):
        a_task(Tenant.objects.create(name="x", slug=f"t{number}"), needs=[ANIME])
    last = a_task(alice)
    assert served(cluster, 1) == [last]


def test_the_second_of_a_tenants_tasks_is_not_kept_by_the_first(
    cluster: UUID, alice: Person
) -> None:
    a_backend(offers=[PHOTON])
    a_task(alice, needs=[ANIME])
    able = a_task(alice)
    assert served(cluster, 1) == [able]


# ── What is not handed out ───────────────────────────────────────────────────────────────────
def test_no_more_than_the_slots(cluster: UUID, alice: Person) -> None:
    a_backend(slots=2)
    for _ in range(3):
        a_task(alice)
    assert [claimed(cluster) is not None for _ in range(3)] == [True, True, False]


def test_no_more_than_the_tenant_may_run(cluster: UUID, alice: Person, charlie: Person) -> None:
    a_backend(slots=10)
    Tenant.objects.filter(pk=alice.tenant.pk).update(max_concurrent=1)
    for who in (alice, alice, charlie):
        a_task(who)
    got = [task.tenant_id for task in (claimed(cluster), claimed(cluster)) if task]
    assert Counter(got) == {alice.tenant.pk: 1, charlie.tenant.pk: 1}
    assert claimed(cluster) is None


def test_no_more_than_the_key_may_run(cluster: UUID, alice: Person, bob: Person) -> None:
    a_backend(slots=10)
    alice.key.max_concurrent = 1
    alice.key.save()
    for who in (alice, alice, bob):
        a_task(who)
    got = [task.key_id for task in (claimed(cluster), claimed(cluster)) if task]
    assert Counter(got) == {alice.key.pk: 1, bob.key.pk: 1}
    assert claimed(cluster) is None


def test_no_more_than_the_cluster_has_workers(cluster: UUID, alice: Person) -> None:
    a_backend(slots=10)
    small = a_cluster(workers=1)
    a_task(alice)
    a_task(alice)
    assert claimed(small) is not None
    assert claimed(small) is None
    assert claimed(cluster) is not None


def test_nothing_to_a_cluster_that_gave_no_sign_of_life(cluster: UUID, alice: Person) -> None:
    a_backend()
    a_task(alice)
    assert claimed(uuid4()) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"enabled": False},
        {"draining": True},
        {"is_up": False},
        {"open_until": timezone.now() + timedelta(hours=1)},
        {"offers": [ANIME]},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_nothing_to_a_server_that_is_not_there_for_it(
    cluster: UUID, alice: Person, changes: dict[str, object]
) -> None:
    a_backend(**changes)
    a_task(alice)
    assert claimed(cluster) is None


def test_a_breaker_whose_time_is_over_lets_through(cluster: UUID, alice: Person) -> None:
    a_backend(open_until=timezone.now() - timedelta(seconds=1))
    a_task(alice)
    assert claimed(cluster) is not None


@pytest.mark.parametrize("own_first", [True, False])
def test_a_tenants_own_server_comes_before_a_shared_one(
    cluster: UUID, alice: Person, own_first: bool
) -> None:
    for own in (own_first, not own_first):
        a_backend("own" if own else "shared", tenant=alice.tenant if own else None)
    a_task(alice), a_task(alice)
    tasks = claimed(cluster), claimed(cluster)
    assert [task and task.backend and task.backend.name for task in tasks] == ["own", "shared"]


def test_a_private_server_works_for_its_tenant_alone(
    cluster: UUID, alice: Person, charlie: Person
) -> None:
    a_backend(tenant=charlie.tenant, slots=9)
    a_task(alice)
    a_task(charlie)
    task = claimed(cluster)
    assert task is not None and task.tenant_id == charlie.tenant.pk
    assert claimed(cluster) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"ready_at": timezone.now() + timedelta(hours=1)},
        {"cancel_requested_at": timezone.now()},
        *({"state": state, "finished_at": timezone.now()} for state in sorted(FINAL)),
    ],
    ids=lambda changes: str(changes.get("state") or next(iter(changes))),
)
def test_what_is_not_ready_is_not_claimed(
    cluster: UUID, alice: Person, changes: dict[str, object]
) -> None:
    a_backend()
    a_task(alice, **changes)
    assert claimed(cluster) is None


def test_a_switched_off_tenant_gets_nothing(cluster: UUID, alice: Person) -> None:
    a_backend()
    a_task(alice)
    Tenant.objects.update(is_active=False)
    assert claimed(cluster) is None


@pytest.mark.django_db(transaction=True)
def test_many_who_claim_at_once_never_get_the_same(
    transactional_db: None, alice: Person, charlie: Person
) -> None:
    FairShare.objects.get_or_create(tenant=None)
    cluster, backend = a_cluster(), a_backend(slots=25)
    Tenant.objects.update(max_concurrent=0)
    for _ in range(20):
        a_task(alice)
        a_task(charlie)

    def claim_until_empty(_thread: int) -> list[UUID]:
        with connection_of_its_own():
            found = []
            while (task := claimed(cluster)) is not None:
                found.append(task.pk)
            return found

    with ThreadPoolExecutor(6) as threads:
        got = [pk for each in threads.map(claim_until_empty, range(6)) for pk in each]
    assert len(got) == len(set(got)) == backend.slots
    assert Task.objects.filter(state=TaskState.CLAIMED).count() == backend.slots
    Backend.objects.update(slots=F("slots") + 100)
    assert claimed(cluster) is not None
