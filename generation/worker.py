"""One attempt at one task: generate → audit → store → finish.

Runs in a worker process that was handed a claim. Whatever happens is written to our own row: the
queue is told nothing. A task may come here twice (a doubled hint, a lost lease): only the holder
of the lease starts, and only the holder ends.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from accounts import request_id
from generation import channels, executors, qr_art, results
from generation.audit import policy
from generation.backends import registry as backends
from generation.backends import rows
from generation.backends.base import Backend as Server
from generation.backends.base import Job, Picture
from generation.errors import (
    BackendBusy,
    BackendError,
    BackendUnavailable,
    DatabaseAway,
    EaselError,
    InternalError,
    Interrupted,
)
from generation.finish import finish
from generation.models import Attempt, Task
from generation.progress import PreviewFilter, ProgressWriter
from generation.scheduling import breaker, leases
from generation.scheduling.heart import Heart
from generation.states import TaskState
from generation.steady import steadily

log = logging.getLogger(__name__)


def run(task_id: str, lease_token: str) -> None:
    """django-q2's entry point. Returns in every case; errors are on the row."""
    token = UUID(lease_token)
    if not steadily(leases.start, UUID(task_id), token, settings.EASEL_LEASE_SECONDS):
        return  # taken back, cancelled, or started by another: nothing of ours
    task = steadily(_load, task_id, token)
    heart = Heart(task.pk, token, settings.EASEL_LEASE_SECONDS)
    with request_id.use(task.request_id), heart:
        log.info("task started", extra={"task": task_id, "backend": task.backend_id})
        try:
            _carry_out(task, token, heart)
        except Interrupted:
            _interrupted(task, token, heart)
        except EaselError as error:
            _failed(task, token, error, began=heart.began)
        except (InterfaceError, OperationalError):
            _failed(task, token, DatabaseAway("the database went away"))
        except Exception:
            log.exception("task failed by a defect", extra={"task": task_id})
            _failed(task, token, InternalError("internal error"))


def _load(task_id: str, token: UUID) -> Task:
    task = Task.objects.select_related("tenant", "backend").get(pk=task_id)
    Attempt.objects.get_or_create(
        lease_token=token,
        defaults={
            "task": task,
            "backend": task.backend,
            "cluster": task.cluster,
            "worker_pid": os.getpid(),
        },
    )
    return task


def _carry_out(task: Task, token: UUID, heart: Heart) -> None:
    rules = steadily(policy.for_tenant, task.tenant_id)
    generated = _generate(task, token, heart, results.preview_filter(task, rules))
    heart.check()
    findings = steadily(results.audit_made, generated, rules, task.tenant_id)
    heart.check()
    outputs = results.store(task, token, generated, findings)
    ended = steadily(
        finish, task, TaskState.DONE, token=token, sources=[TaskState.RUNNING], outputs=outputs
    )
    if not ended and not _ended_by(token):
        results.discard(outputs)
        return
    if task.backend_id is not None:
        steadily(breaker.succeeded, task.backend_id, task.checkpoint)
    log.info("task done", extra={"task": str(task.pk), "images": len(outputs)})


def _generate(
    task: Task, token: UUID, heart: Heart, preview_filter: PreviewFilter
) -> Sequence[Picture]:
    """The pictures, exactly as many as asked. While it runs, progress goes to the table."""
    assert task.backend is not None
    server: Server = backends.open(task.backend.kind, rows.target(task.backend))
    with ProgressWriter(task, heart, preview_filter) as progress:
        job = Job(
            id=token.hex,
            request=rows.in_words_of(task.backend, task.image_request),
            images=results.inputs(task),
            weights=steadily(results.weights, task),
            request_id=task.request_id,
            previews=task.tenant.preview_policy != "off",
        )
        if job.request.qr:
            made = qr_art.generate(server, job, progress, seconds=settings.EASEL_TASK_TIMEOUT)
        else:
            made = executors.generate(server, job, progress)
    if len(made) != task.images:
        raise BackendError(f"asked for {task.images} pictures, got {len(made)}")
    return made


def _interrupted(task: Task, token: UUID, heart: Heart) -> None:
    """Cancelled by the caller: ended here. A lost lease: the task is another's, nothing to do."""
    if heart.cancelled and not heart.lost:
        steadily(
            finish, task, TaskState.CANCELLED, token=token, sources=[TaskState.RUNNING],
            error_code="cancelled", error_message="cancelled",
        )  # fmt: skip
    log.info("task interrupted", extra={"task": str(task.pk), "cancelled": heart.cancelled})


def _failed(task: Task, token: UUID, error: EaselError, *, began: bool = True) -> None:
    """Back into the queue while another try may help, else the end with a full refund."""
    where = {"task": str(task.pk), "code": error.code}
    log.warning("attempt failed: %s", error.message, extra=where)
    if isinstance(error, BackendError) and task.backend_id is not None:
        steadily(breaker.failed, task.backend_id, error)
    # A server that is not there, or took another job first, did no work: the task waits for it,
    # however long. One that went away in the middle may have been killed by this very task.
    strike = began or not isinstance(error, BackendUnavailable | BackendBusy)
    last = task.strikes + int(strike) >= settings.EASEL_MAX_ATTEMPTS
    if error.permanent or last:
        steadily(
            finish, task, TaskState.FAILED, token=token, sources=[TaskState.RUNNING],
            error_code=error.code, error_message=error.message,
        )  # fmt: skip
        return
    steadily(close_attempt, token, error.code, error.message)
    given_back = steadily(
        leases.give_back, task.pk, token, TaskState.RUNNING,
        strike=strike, delay=error.retry_after or 0.5,
    )  # fmt: skip
    if given_back:
        steadily(channels.task_changed, task.pk, task.tenant_id)
        steadily(channels.emit, channels.QUEUE)


def close_attempt(token: UUID, outcome: str, detail: str = "") -> None:
    Attempt.objects.filter(lease_token=token, ended_at__isnull=True).update(
        ended_at=timezone.now(), outcome=outcome, detail=detail[:2000]
    )


def _ended_by(token: UUID) -> bool:
    """Whether our own ``finish`` committed although its answer was lost with the connection."""
    return bool(steadily(Attempt.objects.filter(lease_token=token, outcome=TaskState.DONE).exists))
