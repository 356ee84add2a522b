"""What keeps the road clear: gives back what dead workers held, ends clusters that hang, ends what
was cancelled in a gap, sweeps what is over, and asks the backends how they are.

One process of its own, one pass each half second; every step is a conditional UPDATE, so a second
reaper would do no harm.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from accounts import mail, nonces, tokens
from generation import (
    channels,
    deletion,
    erasure,
    exports,
    probes,
    retention,
    sheets,
    storage,
    usage_sums,
)
from generation.backends import registry, rows
from generation.callbacks import claim as deliveries
from generation.errors import EaselError
from generation.finish import finish
from generation.models import Attempt, ClusterBeat, Task
from generation.models.backend import CONDEMNED
from generation.scheduling import downloads, leases
from generation.scheduling.patience import Patience
from generation.states import TaskState

log = logging.getLogger(__name__)
PASS_SECONDS = 0.5
PROBE_SECONDS = 2.0
SWEEP_SECONDS = 30.0
BEAT_SECONDS = 15.0  # a cluster that was silent for longer is gone
_patience = Patience()


class Reaper:
    """``Reaper().run()`` until ``stop`` is called from another thread or a signal."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()

    def run(self) -> None:
        prober = threading.Thread(target=self._probe, name="prober", daemon=True)
        prober.start()
        next_sweep = time.monotonic()
        while not self._stopped.wait(PASS_SECONDS):
            quietly(one_pass)
            if time.monotonic() >= next_sweep:
                next_sweep = time.monotonic() + SWEEP_SECONDS
                quietly(sweep)

    def _probe(self) -> None:
        while not self._stopped.wait(PROBE_SECONDS):
            quietly(probes.probe_all)


def quietly(step: Callable[[], None]) -> None:
    """A pass that failed is logged and tried again at the next: the reaper itself never ends."""
    try:
        step()
    except Exception as error:
        log.warning("reaper pass failed, trying again: %s", error)
        connection.close()


def one_pass() -> None:
    if not _database_is_settled():
        return
    give_back_unstarted()
    give_back_lapsed()
    give_back_downloads()
    end_cancelled()
    for hung in deliveries.requeue_lapsed(timezone.now()):
        end_cluster(hung)


def sweep() -> None:
    now = timezone.now()
    ClusterBeat.objects.filter(beat_at__lt=now - timedelta(seconds=BEAT_SECONDS)).delete()
    deletion.purge_hidden(now)
    erasure.sweep(now)
    exports.sweep(now)
    usage_sums.sweep(now)
    sheets.purge_hidden(now)
    retention.sweep(now)
    tokens.forget_expired(now)
    mail.prune(now)
    nonces.forget_old(now)


def give_back_unstarted() -> None:
    """Claimed and not started in time: the cluster is dead or hung. A killed idle worker can hold
    its queue's lock for ever while the pusher goes on claiming, so the cluster is ended; the
    supervisor starts another."""
    seconds = _patience.seconds(settings.EASEL_START_SECONDS)
    late = Now() - timedelta(seconds=seconds)  # the database's clock
    hung = set[UUID]()
    for task in Task.objects.unstarted(late)[:100]:
        assert task.lease_token is not None
        if leases.give_back(task.pk, task.lease_token, TaskState.CLAIMED, strike=False):
            log.warning("claim not started, cluster ended", extra={"task": str(task.pk)})
            _tell(task)
            hung |= {task.cluster} if task.cluster is not None else set()
    for cluster in hung:
        end_cluster(cluster)
        _patience.ended_one()


def give_back_lapsed() -> None:
    """Running on a lease that ran out: the worker is dead. Its job is interrupted on the server
    before another worker may start the task again, and its files are removed."""
    for task in Task.objects.select_related("backend").lapsed(Now())[:100]:
        assert task.lease_token is not None
        token = task.lease_token
        _interrupt(task)
        if task.strikes + 1 >= settings.EASEL_MAX_ATTEMPTS:
            ended = finish(
                task, TaskState.FAILED, token=token, sources=[TaskState.RUNNING],
                error_code="worker_lost", error_message="the worker died repeatedly",
            )  # fmt: skip
        else:
            ended = leases.give_back(task.pk, token, TaskState.RUNNING, strike=True)
        if ended:
            log.warning("lease ran out, task given back", extra={"task": str(task.pk)})
            _clear_attempt(token)
            _tell(task)


def give_back_downloads() -> None:
    """Input pictures whose lease ran out: the worker died on the way to them, or its cluster hangs
    and never started (then there is no attempt)."""
    for task in Task.objects.filter(state=TaskState.UPLOADING, lease_until__lt=Now())[:100]:
        assert task.lease_token is not None
        token = task.lease_token
        started = Attempt.objects.filter(lease_token=token).exists()
        if started and task.strikes + 1 >= settings.EASEL_MAX_ATTEMPTS:
            ended = finish(
                task, TaskState.FAILED, token=token, sources=[TaskState.UPLOADING],
                error_code="worker_lost", error_message="the worker died repeatedly",
            )  # fmt: skip
        else:
            ended = downloads.give_back(task.pk, token, strike=started)
        if not ended:
            continue
        log.warning("download given back", extra={"task": str(task.pk), "started": started})
        _clear_attempt(token)
        channels.emit(channels.DELIVERY)
        if not started and task.cluster is not None:
            end_cluster(task.cluster)


def end_cancelled() -> None:
    """Cancelled while it was between two hands: nobody else ends it."""
    between = [TaskState.UPLOADING, TaskState.QUEUED]
    asked = Task.objects.filter(
        state__in=between, lease_token__isnull=True, cancel_requested_at__isnull=False
    )
    for task in asked[:100]:
        finish(
            task, TaskState.CANCELLED, token=None, sources=between,
            error_code="cancelled", error_message="cancelled",
        )  # fmt: skip


def end_cluster(cluster_id: UUID) -> None:
    """Kills the process of a cluster; its children die with it. A cluster of another host is told
    so by its own row: it claims nothing from now on and ends itself at its next sign of life."""
    beats = ClusterBeat.objects.filter(pk=cluster_id)
    beat = beats.filter(host=socket.gethostname()).first()
    if beat is None:
        beats.update(workers=CONDEMNED)
        return
    beat.delete()
    try:
        os.kill(beat.pid, signal.SIGKILL)
    except ProcessLookupError:
        log.info("cluster was dead already", extra={"pid": beat.pid})


def _interrupt(task: Task) -> None:
    if task.backend is None or task.lease_token is None or not task.backend.is_up:
        return  # a server that is gone has no job, and would cost a time-out to ask
    try:
        server = registry.open(task.backend.kind, rows.target(task.backend))
        server.interrupt(task.lease_token.hex)
    except EaselError as error:
        log.info("job not interrupted: %s", error.message, extra={"task": str(task.pk)})


def _clear_attempt(token: UUID) -> None:
    attempt = Attempt.objects.filter(lease_token=token).first()
    if attempt is not None:
        storage.remove(attempt.files)
        Attempt.objects.filter(pk=attempt.pk, ended_at=None).update(ended_at=Now(), outcome="lost")


def _tell(task: Task) -> None:
    channels.task_changed(task.pk, task.tenant_id)
    channels.emit(channels.QUEUE)


def _database_is_settled() -> bool:
    """Workers renew their leases through this same database: while it was away they could not,
    and a lease is not lost before they had the time to."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT now() - pg_postmaster_start_time() > make_interval(secs => %s)",
            [settings.EASEL_LEASE_SECONDS + 1],
        )
        return bool(cursor.fetchone()[0])
