"""The broker as django-q2's pusher sees it: what it hands over, and that it never raises."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from types import SimpleNamespace
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import OperationalError, connection
from django.utils.module_loading import import_string
from django_q.conf import Conf
from django_q.signing import SignedPackage

from generation.models import ClusterBeat, FairShare, Task
from generation.models.backend import CONDEMNED
from generation.scheduling import broker
from generation.scheduling.broker import CLAIMS, EXECUTORS, POLL, QUEUES, ClaimBroker
from generation.states import TaskState
from tests.generation.house import House
from tests.generation.scheduling.queueing import a_backend, a_task
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> UUID:
    found = uuid4()
    monkeypatch.setenv("EASEL_CLUSTER_ID", str(found))
    monkeypatch.setenv("EASEL_CLUSTER_PID", str(os.getpid()))
    return found


@pytest.fixture
def claims(cluster: UUID, transactional_db: None) -> Iterator[ClaimBroker]:
    FairShare.objects.get_or_create(tenant=None)
    made = ClaimBroker("generation")
    yield made
    made._forget_connections()


def test_a_claim_is_handed_over_as_a_signed_package(claims: ClaimBroker, alice: Person) -> None:
    a_backend()
    waiting = a_task(alice)
    ((ack, signed),) = claims.dequeue() or []
    task = Task.objects.get()
    package = SignedPackage.loads(signed)
    assert package["func"] == "generation.worker.run"
    assert package["args"] == (str(waiting.pk), str(task.lease_token))
    assert (ack, task.state) == (task.lease_token.hex, TaskState.CLAIMED)  # type: ignore[union-attr]


def test_a_package_runs_to_the_picture(claims: ClaimBroker, house: House, alice: Person) -> None:
    house.draw(alice)
    ((_, signed),) = claims.dequeue() or []
    package = SignedPackage.loads(signed)
    import_string(package["func"])(*package["args"])
    assert Task.objects.get().state == TaskState.DONE


def test_it_gives_a_sign_of_life(claims: ClaimBroker, cluster: UUID) -> None:
    claims.dequeue()
    beat = ClusterBeat.objects.get(pk=cluster)
    assert (beat.kind, beat.pid, beat.workers) == ("generation", os.getpid(), Conf.WORKERS)


def test_with_nothing_to_do_it_is_back_soon(claims: ClaimBroker) -> None:
    claims.dequeue()
    began = time.monotonic()
    assert claims.dequeue() is None
    assert POLL * 0.9 < time.monotonic() - began < POLL + 10


def test_a_submit_wakes_it(
    claims: ClaimBroker, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "POLL", 30.0)
    a_backend()
    claims._beat()
    listener = claims._listen()
    a_task(alice)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('easel_queue', '')")
    monkeypatch.setattr(claims, "_claim", iter([None, [("a", "b")]]).__next__)
    began = time.monotonic()
    assert claims.dequeue() is None  # it looked; from here on it waits to be told
    assert claims.dequeue() == [("a", "b")]
    assert time.monotonic() - began < 5
    assert claims._listen() is listener


def test_a_flood_of_hints_is_one_look(claims: ClaimBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "POLL", 1.0)
    assert claims.dequeue() is None
    for _ in range(20):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify('easel_queue', '')")
    looks: list[float] = []
    monkeypatch.setattr(claims, "_claim", lambda: looks.append(time.monotonic()))
    began = time.monotonic()
    claims.dequeue()
    assert time.monotonic() - began < 0.9  # it was told
    claims.dequeue()
    assert looks[1] - looks[0] > 0.9  # and nothing of the flood is left


@pytest.mark.parametrize("kind", sorted(EXECUTORS))
def test_what_a_worker_is_to_run_is_there(kind: str) -> None:
    assert callable(import_string(EXECUTORS[kind]))
    assert kind in CLAIMS
    assert any(kind in kinds for kinds in QUEUES.values())


@pytest.mark.parametrize("kind", sorted(QUEUES))
def test_each_queue_can_be_asked(cluster: UUID, kind: str) -> None:
    made = ClaimBroker(kind)
    assert made.dequeue() is None
    made._forget_connections()


def test_short_work_takes_inputs_too(cluster: UUID, house: House, alice: Person) -> None:
    waiting = a_task(alice, state=TaskState.UPLOADING)
    short = ClaimBroker("delivery")
    ((ack, signed),) = short.dequeue() or []
    package = SignedPackage.loads(signed)
    assert package["func"] == "generation.download.run"
    assert package["args"][0] == str(waiting.pk)
    assert ack == Task.objects.get().lease_token.hex  # type: ignore[union-attr]
    assert short.dequeue() is None
    short._forget_connections()


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "error", [OperationalError("gone"), psycopg.OperationalError("gone"), RuntimeError("a defect")]
)
def test_it_never_raises(
    claims: ClaimBroker, alice: Person, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def away(_cluster: UUID) -> None:
        raise error

    a_backend()
    a_task(alice)
    with monkeypatch.context() as broken:
        broken.setitem(CLAIMS, "generation", away)
        assert claims.dequeue() is None
    assert claims.dequeue() is not None


def test_it_never_raises_without_postgresql(
    claims: ClaimBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.close()
    with monkeypatch.context() as away:
        away.setitem(connection.settings_dict, "HOST", "/nowhere")
        assert claims.dequeue() is None
    assert claims.dequeue() is None
    assert ClusterBeat.objects.exists()


def test_a_connection_that_was_cut_is_opened_again(claims: ClaimBroker, alice: Person) -> None:
    claims.dequeue()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()"
        )
    a_backend()
    assert claims.dequeue() is None
    a_task(alice)
    assert claims.dequeue() is not None


def test_a_cluster_that_another_host_gave_up_ends_itself(
    claims: ClaimBroker, cluster: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[tuple[int, int]] = []
    kill = SimpleNamespace(kill=lambda *call: killed.append(call), environ=os.environ)
    claims.dequeue()
    ClusterBeat.objects.update(workers=CONDEMNED)
    claims._last_beat = 0.0
    monkeypatch.setattr(broker, "os", kill)
    claims.dequeue()
    assert killed == [(os.getpid(), signal.SIGKILL)]


def test_nothing_is_enqueued(claims: ClaimBroker) -> None:
    with pytest.raises(TypeError):
        claims.enqueue("task")
