"""django-q2's broker whose ``dequeue`` is the claim. The only file that names django_q.

Nothing is enqueued: a task is a row, and a NOTIFY says that there is one. django-q2's pusher
calls ``dequeue`` for ever and gives what it returns to a worker process. Its sharp edges decide
the form of this file:

- an exception in ``dequeue`` costs a sleep of 10 s: so nothing is raised;
- the pusher looks at its stop flag between calls: so return at least every 0.5 s;
- the cluster forks after the broker is made: so connections are opened on first use;
- the pusher is not told which workers are idle: so the claim's own SQL counts them.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django_q.brokers import Broker
from django_q.conf import Conf
from django_q.signing import SignedPackage

from generation import channels
from generation.models.backend import CONDEMNED
from generation.scheduling import claim

log = logging.getLogger(__name__)
POLL = 0.5  # seconds: the longest that dequeue waits for a notification
GATHER = 0.02  # seconds between a claim that found nothing and the next
BEAT = 1.0  # seconds between two signs of life of a cluster

# What a worker is to run: a dotted path, so that no import goes up (a test resolves each).
EXECUTORS = {
    "generation": "generation.worker.run",
    "delivery": "generation.announce.deliver",
    "download": "generation.download.run",
    "export": "generation.exporting.run",
    "mail": "accounts.post.run",
}
# The kinds of clusters, and what each claims: short work shares one.
QUEUES = {"generation": ("generation",), "delivery": ("mail", "delivery", "download", "export")}


class ClaimBroker(Broker):  # type: ignore[misc]
    """One cluster's claims: of tasks ("generation"), or of short work, mails, callbacks,
    downloads of input pictures and data exports ("delivery")."""

    def __init__(self, list_key: str | None = None) -> None:
        super().__init__(list_key or Conf.CLUSTER_NAME)
        self._cluster_id = UUID(os.environ["EASEL_CLUSTER_ID"])
        self._listener: psycopg.Connection[Any] | None = None
        self._last_beat = 0.0
        self._nothing_at = 0.0  # when the last claim found nothing; 0: it found something

    def enqueue(self, task: str) -> str:
        raise TypeError("nothing is enqueued here: generation.submit writes the row")

    def ping(self) -> bool:
        return True

    def info(self) -> str:
        return "PostgreSQL: the claim is the queue"

    def dequeue(self) -> list[tuple[str, str]] | None:
        """One claim as [(lease token, signed package)], or None after at most POLL seconds."""
        try:
            self._beat()
            listener = self._listen()
            if self._nothing_at:
                self._wait(listener)
            handed = self._claim()
            self._nothing_at = 0.0 if handed else time.monotonic()
            return handed
        except (DatabaseError, psycopg.Error) as error:
            log.warning("claim failed, trying again: %s", error)
        except Exception:
            log.exception("claim failed, trying again")
        self._forget_connections()
        time.sleep(0.2)
        return None

    def _wait(self, listener: psycopg.Connection[Any]) -> None:
        """For a notification, or POLL. A flood of submits to busy servers is looked at together:
        a claim for each would cost more than the submits (two cores: 200 a second became 100)."""
        for _ in listener.notifies(timeout=self._patience(), stop_after=1):
            pass
        early = self._nothing_at + GATHER - time.monotonic()
        if early > 0:
            time.sleep(early)
            for _ in listener.notifies(timeout=0):
                pass

    def _claim(self) -> list[tuple[str, str]] | None:
        for kind in QUEUES[self.list_key]:
            found = CLAIMS[kind](self._cluster_id)
            if found is not None:
                return self._handed(kind, *found)
        return None

    def _handed(self, kind: str, subject: UUID, token: UUID) -> list[tuple[str, str]]:
        package = {
            "id": token.hex,
            "name": str(subject),
            "func": EXECUTORS[kind],
            "args": (str(subject), str(token)),
            "kwargs": {},
            "ack_failure": True,
        }
        return [(token.hex, SignedPackage.dumps(package))]

    def _patience(self) -> float:
        if self.list_key != "delivery":
            return POLL
        from generation.callbacks.claim import seconds_to_next_due

        due = seconds_to_next_due()
        return POLL if due is None else max(0.0, min(POLL, due))

    def _listen(self) -> psycopg.Connection[Any]:
        if self._listener is None or self._listener.closed:
            parameters = connection.get_connection_params()
            parameters.pop("cursor_factory", None)
            parameters.pop("context", None)
            self._listener = psycopg.connect(**parameters, autocommit=True)
            channel = channels.DELIVERY if self.list_key == "delivery" else channels.QUEUE
            self._listener.execute(f"LISTEN {channel}")
        return self._listener

    def _beat(self) -> None:
        if time.monotonic() - self._last_beat < BEAT:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO generation_clusterbeat (id, kind, host, pid, workers)
                   VALUES (%s, %s, %s, %s, %s)
                   ON CONFLICT (id) DO UPDATE SET beat_at = now(), pid = EXCLUDED.pid
                   RETURNING workers""",
                [
                    self._cluster_id,
                    self.list_key,
                    socket.gethostname(),
                    int(os.environ["EASEL_CLUSTER_PID"]),
                    Conf.WORKERS,
                ],
            )
            condemned = cursor.fetchone()[0] == CONDEMNED
        self._last_beat = time.monotonic()
        if condemned:  # by the reaper of another host, which cannot reach this process
            log.error("cluster ended: its workers do not start what it claims")
            os.kill(int(os.environ["EASEL_CLUSTER_PID"]), signal.SIGKILL)

    def _forget_connections(self) -> None:
        self._nothing_at = 0.0  # what was told meanwhile is not heard: look at once
        connection.close()
        if self._listener is not None:
            self._listener.close()
            self._listener = None


def _claim_task(cluster_id: UUID) -> tuple[UUID, UUID] | None:
    found = claim.claim_one(cluster_id, start_seconds=settings.EASEL_START_SECONDS)
    return (found.task_id, found.lease_token) if found else None


def _claim_delivery(cluster_id: UUID) -> tuple[UUID, UUID] | None:
    from generation.callbacks.claim import claim_one

    found = claim_one(cluster_id)
    return (found.delivery_id, found.lease_token) if found else None


def _claim_download(cluster_id: UUID) -> tuple[UUID, UUID] | None:
    from generation.scheduling.downloads import claim_one

    found = claim_one(cluster_id)
    return (found.task_id, found.lease_token) if found else None


def _claim_export(cluster_id: UUID) -> tuple[UUID, UUID] | None:
    from generation.scheduling.exports import claim_one

    found = claim_one(cluster_id)
    return (found.export_id, found.lease_token) if found else None


def _claim_mail(cluster_id: UUID) -> tuple[UUID, UUID] | None:
    from accounts.post import claim_one

    found = claim_one()
    return (found.mail_id, found.lease_token) if found else None


CLAIMS: dict[str, Callable[[UUID], tuple[UUID, UUID] | None]] = {
    "generation": _claim_task,
    "delivery": _claim_delivery,
    "download": _claim_download,
    "export": _claim_export,
    "mail": _claim_mail,
}
