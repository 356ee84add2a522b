"""One attempt at one task's input pictures: fetch → check → store → into the queue.

Runs in a short-work worker that was handed a claim, never on a GPU slot. A stranger's server may
take its 10 s, so ``run`` hands the waiting to a thread of its process and returns; the thread uses
the database one or two at a time, on a connection that it closes again.

What cannot be had or used fails the task with its own code (``fetch_failed``, ``egress_refused``,
``input_unusable``) and a full refund: addresses are not tried again, the caller knows better what
is wrong with them. Only trouble of ours (the storage, the database) is.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from threading import BoundedSemaphore
from typing import ParamSpec, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Now

from accounts import request_id
from generation import channels, egress, picture_file, qr_source, storage
from generation.errors import (
    DatabaseAway,
    EaselError,
    EgressRefused,
    FetchFailed,
    InputUnusable,
    InternalError,
    Interrupted,
    InvalidRequest,
)
from generation.finish import finish
from generation.models import Attempt, Task
from generation.request import CUTOUT_PIXELS, ImageRequest
from generation.scheduling import downloads
from generation.states import TaskState
from generation.steady import steadily

log = logging.getLogger(__name__)
MASK = "mask.image"
P = ParamSpec("P")
T = TypeVar("T")
_database = BoundedSemaphore(2)
_decoding = BoundedSemaphore(1)  # a picture of 64 megapixels is 256 MB while it is checked


def run(task_id: str, lease_token: str) -> Future[None] | None:
    """The entry point of a worker that was handed a claim; returns before the pictures are here.

    The future is for those who wait. None: the claim is another's now, or came twice.
    """
    token = UUID(lease_token)
    if not steadily(downloads.start, UUID(task_id), token, os.getpid()):
        return None
    return _threads().submit(_carry_out, UUID(task_id), token)


@cache
def _threads() -> ThreadPoolExecutor:
    """Made on first use: in the worker, after the fork."""
    return ThreadPoolExecutor(downloads.CLUSTER_DOWNLOADS, thread_name_prefix="download")


def _carry_out(task_id: UUID, token: UUID) -> None:
    """In a thread. Raises nothing: what fails is on the row, or the reaper finds the lease."""
    try:
        task = _in_database(Task.objects.get, pk=task_id)
        with request_id.use(task.request_id):
            _attempt(task, token)
    except Exception:
        log.exception("inputs not fetched", extra={"task": str(task_id)})


def _attempt(task: Task, token: UUID) -> None:
    stored: dict[str, str] = {}
    try:
        _fetch(task, token, stored)
        request = _with_code(task, token, task.image_request.downloaded(stored))
        if not _in_database(_queue, task, token, request):
            raise Interrupted("the lease is lost, or the caller has cancelled")
        return
    except EaselError as error:
        problem = error
    except (InterfaceError, OperationalError):
        problem = DatabaseAway("the database went away")
    except Exception:
        log.exception("inputs failed by a defect", extra={"task": str(task.pk)})
        problem = InternalError("internal error")
    storage.remove(stored.values())
    _in_database(_failed, task, token, problem)


def _fetch(task: Task, token: UUID, stored: dict[str, str]) -> None:
    """Every address's picture into the storage; ``stored`` (address → key) grows on the way."""
    request = task.image_request
    sizes: dict[str, tuple[int, int]] = {}
    for field, address in request.addresses.items():
        if address in stored:
            continue
        if not _in_database(downloads.renew, task.pk, token):
            raise Interrupted("the lease is lost, or the caller has cancelled")
        data = _picture(address, field)
        if field == MASK and request.mask and request.mask.by_alpha:
            data = _hole(data)
        sizes[address] = picture_file.size(data)
        _is_workable(request, sizes[address], field)
        key = storage.input_key(data)
        _in_database(_note, token, [*stored.values(), key])
        stored[address] = key
        storage.write(key, data)
    _mask_fits(task, sizes)


def _is_workable(request: ImageRequest, size: tuple[int, int], field: str) -> None:
    """InputUnusable where no server would take it."""
    if request.cutout and size[0] * size[1] > CUTOUT_PIXELS:
        said = f"{size[0]}x{size[1]} are more than {CUTOUT_PIXELS} pixels"
        raise InputUnusable(f"{field}: {said}", field=field)
    name, said = request.extras.problem(*size) if request.extras else ("", "")
    if said:
        raise InputUnusable(f"{name}: {said}", field=name)


def _with_code(task: Task, token: UUID, request: ImageRequest) -> ImageRequest:
    if request.qr and request.qr.source and not _in_database(downloads.renew, task.pk, token):
        raise Interrupted("the lease is lost, or the caller has cancelled")
    return qr_source.followed(request)


def _picture(address: str, field: str) -> bytes:
    """The bytes of a whole picture. FetchFailed and EgressRefused, beginning with the field."""
    try:
        data = egress.fetch(address).data
        with _decoding:
            storage.check_input(data, field=field)
    except (InvalidRequest, FetchFailed, EgressRefused) as error:
        kind = InputUnusable if isinstance(error, InvalidRequest) else type(error)
        text = error.message.removeprefix(f"{field}: ")
        raise kind(f"{field}: {text}", field=field) from error
    return data


def _hole(data: bytes) -> bytes:
    """A mask that is told by its transparency, as one that is white there."""
    with _decoding:
        hole = picture_file.transparency(picture_file.load(data))
        if hole is None:
            raise InputUnusable(f"{MASK}: nothing is transparent in it", field=MASK)
        return picture_file.png(hole)


def _mask_fits(task: Task, sizes: dict[str, tuple[int, int]]) -> None:
    """InputUnusable where image and mask are of two sizes; a mask that came with the call is of
    whatever size its dialect allows."""
    request = task.image_request
    if request.init is None or request.mask is None:
        return
    pair = [request.init.image, request.mask.image]
    if not any(ref.url for ref in pair):
        return
    image, mask = (
        sizes[ref.url] if ref.url else picture_file.size(storage.open_stored(ref.stored))
        for ref in pair
    )
    if image != mask:
        said = f"the mask is {mask[0]}x{mask[1]}, the image {image[0]}x{image[1]}"
        raise InputUnusable(f"{MASK}: {said}", field=MASK)


def _note(token: UUID, keys: list[str]) -> None:
    """The keys are on the attempt before the first byte is written, as a worker's are."""
    Attempt.objects.filter(lease_token=token).update(files=keys)


def _queue(task: Task, token: UUID, request: ImageRequest) -> bool:
    """May be done twice: a commit whose answer was lost with the connection is known by the
    attempt, and its files are not removed."""
    attempt = Attempt.objects.filter(lease_token=token)
    with transaction.atomic():
        queued = downloads.queue(task.pk, token, request)
        if queued:  # the files are the request's from here on: a dead attempt's would be removed
            attempt.update(ended_at=Now(), outcome="queued", files=[])
    if not queued and not attempt.filter(outcome="queued").exists():
        return False
    channels.task_queued(task.pk, task.tenant_id)
    return True


def _failed(task: Task, token: UUID, error: EaselError) -> None:
    """Ends the task with a full refund; waits again where the trouble is ours and may pass."""
    log.warning(
        "inputs not there: %s", error.message, extra={"task": str(task.pk), "code": error.code}
    )
    Attempt.objects.filter(lease_token=token).update(files=[])
    if isinstance(error, Interrupted):
        finish(
            task, TaskState.CANCELLED, token=token, sources=[TaskState.UPLOADING],
            error_code="cancelled", error_message="cancelled",
        )  # fmt: skip
        return
    is_theirs = isinstance(error, FetchFailed | EgressRefused) or error.permanent
    if is_theirs or task.strikes + 1 >= settings.EASEL_MAX_ATTEMPTS:
        finish(
            task, TaskState.FAILED, token=token, sources=[TaskState.UPLOADING],
            error_code=error.code, error_message=error.message,
        )  # fmt: skip
        return
    Attempt.objects.filter(lease_token=token).update(
        ended_at=Now(), outcome=error.code, detail=error.message[:2000]
    )
    downloads.give_back(task.pk, token, strike=True, delay=error.retry_after or 0.5)


def _in_database(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    with _database:
        try:
            return steadily(work, *args, **kwargs)
        finally:
            connection.close()
