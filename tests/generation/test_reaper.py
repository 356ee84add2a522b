"""The reaper: what dead workers and clusters held comes back."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts import ledger
from generation import probes, reaper
from generation.models import Attempt, ClusterBeat, Task
from generation.models.backend import CONDEMNED
from generation.scheduling import leases
from generation.states import TaskState
from tests.generation.house import House
from tests.generation.scheduling.queueing import connection_of_its_own
from tests.people import CREDIT, Person

LONG_AGO = timezone.now() - timedelta(hours=1)


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Whom the reaper kills, instead of killing him."""
    found: list[tuple[int, int]] = []
    kill = SimpleNamespace(kill=lambda *call: found.append(call))
    monkeypatch.setattr(reaper, "os", kill)
    return found


def a_beat(house: House, **changes: Any) -> UUID:
    fields: dict[str, Any] = {"host": socket.gethostname(), "pid": 4242}
    ClusterBeat.objects.filter(pk=house.cluster).update(**fields | changes)
    return house.cluster


def claimed_task(house: House, alice: Person) -> Task:
    house.draw(alice)
    found = house.claim()
    assert found is not None
    return Task.objects.get(pk=found.task_id)


def running_task(house: House, alice: Person, **changes: Any) -> Task:
    task = claimed_task(house, alice)
    assert task.lease_token is not None
    leases.start(task.pk, task.lease_token, 5.0)
    Attempt.objects.create(task=task, lease_token=task.lease_token, files=["outputs/half.png"])
    Task.objects.update(**{"lease_until": LONG_AGO} | changes)
    return Task.objects.get(pk=task.pk)


def test_a_claim_that_was_not_started_ends_its_cluster(
    house: House, alice: Person, killed: list[tuple[int, int]]
) -> None:
    a_beat(house)
    task = claimed_task(house, alice)
    Task.objects.update(claimed_at=LONG_AGO)
    reaper.give_back_unstarted()
    task.refresh_from_db()
    assert (task.state, task.strikes) == (TaskState.QUEUED, 0)
    assert killed == [(4242, signal.SIGKILL)]
    assert not ClusterBeat.objects.exists()


def test_a_cluster_of_another_host_is_told_by_its_row(
    house: House, killed: list[tuple[int, int]]
) -> None:
    reaper.end_cluster(a_beat(house, host="elsewhere"))
    assert killed == []
    assert ClusterBeat.objects.get().workers == CONDEMNED


def test_a_real_process_is_killed(house: House) -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    reaper.end_cluster(a_beat(house, pid=process.pid))
    assert process.wait(10) == -signal.SIGKILL
    reaper.end_cluster(a_beat(house, pid=process.pid))  # gone already: nothing happens


def test_a_lapsed_task_comes_back_without_its_files(house: House, alice: Person) -> None:
    default_storage.save("outputs/half.png", ContentFile(b"half"))
    task = running_task(house, alice)
    reaper.give_back_lapsed()
    task.refresh_from_db()
    assert (task.state, task.strikes) == (TaskState.QUEUED, 1)
    assert Attempt.objects.get().outcome == "lost"
    assert not default_storage.exists("outputs/half.png")


def test_its_job_is_interrupted_before_another_begins(house: House, alice: Person) -> None:
    """The worker is alive here and slow to renew: it loses its lease, and so its job."""
    house.server.seconds_per_step = 1.0
    house.draw(alice)
    found = house.claim()
    assert found is not None

    def work() -> None:
        with connection_of_its_own():
            house.run(found)

    worker = threading.Thread(target=work)
    worker.start()
    while not house.server.started:
        time.sleep(0.01)
    Task.objects.update(lease_until=LONG_AGO)
    reaper.give_back_lapsed()
    worker.join(30)
    assert house.server.interrupted == [found.lease_token.hex]
    task = Task.objects.get()
    assert (task.state, task.strikes, task.outputs.count()) == (TaskState.QUEUED, 1, 0)


def test_a_task_that_kills_its_workers_is_given_up_and_refunded(
    house: House, alice: Person, settings: LazySettings
) -> None:
    task = running_task(house, alice, strikes=settings.EASEL_MAX_ATTEMPTS - 1)
    reaper.give_back_lapsed()
    task.refresh_from_db()
    assert (task.state, task.error_code, task.spent) == (TaskState.FAILED, "worker_lost", 0)
    assert ledger.balance(alice.tenant.pk) == CREDIT


def test_what_was_cancelled_between_two_hands_is_ended(house: House, alice: Person) -> None:
    house.draw(alice)
    Task.objects.update(cancel_requested_at=timezone.now())
    assert house.claim() is None
    reaper.end_cancelled()
    assert Task.objects.get().state == TaskState.CANCELLED
    assert ledger.balance(alice.tenant.pk) == CREDIT


def test_silent_clusters_are_forgotten(house: House) -> None:
    a_beat(house, beat_at=LONG_AGO)
    reaper.sweep()
    assert not ClusterBeat.objects.exists()


def test_it_runs_until_it_is_stopped(
    house: House, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reaper, "PASS_SECONDS", 0.01)
    passed = threading.Event()
    monkeypatch.setattr(reaper, "one_pass", passed.set)
    monkeypatch.setattr(probes, "probe_all", lambda: None)
    monkeypatch.setattr(reaper, "sweep", lambda: None)
    found = reaper.Reaper()
    thread = threading.Thread(target=found.run)
    thread.start()
    assert passed.wait(5)
    found.stop()
    thread.join(5)
    assert not thread.is_alive()


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
def test_what_is_in_time_stays(house: House, alice: Person) -> None:
    task = running_task(house, alice, lease_until=timezone.now() + timedelta(minutes=1))
    reaper.give_back_lapsed()
    reaper.give_back_unstarted()
    reaper.end_cancelled()
    assert Task.objects.get(pk=task.pk).state == TaskState.RUNNING


def test_nothing_is_taken_while_the_database_has_just_come_back(
    house: House, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    running_task(house, alice)
    monkeypatch.setattr(reaper, "_database_is_settled", lambda: False)
    reaper.one_pass()
    assert Task.objects.get().state == TaskState.RUNNING
    monkeypatch.undo()
    assert isinstance(reaper._database_is_settled(), bool)


def test_a_server_that_is_gone_keeps_nothing_from_coming_back(house: House, alice: Person) -> None:
    running_task(house, alice)
    house.server.stop()
    reaper.give_back_lapsed()
    assert Task.objects.get().state == TaskState.QUEUED


def test_a_step_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise RuntimeError("no disk")

    with caplog.at_level(logging.WARNING):
        reaper.quietly(broken)
    assert "no disk" in caplog.text


def test_an_unknown_cluster_is_nobody(house: House, killed: list[tuple[int, int]]) -> None:
    reaper.end_cluster(uuid4())
    assert (killed, ClusterBeat.objects.get().pid) == ([], os.getpid())
