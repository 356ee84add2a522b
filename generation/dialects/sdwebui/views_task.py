"""Where a caller's task is, and stopping it; the caller's options."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.actor import Actor
from generation import storage
from generation.cancel import cancel
from generation.dialects.coercion import without_nulls
from generation.dialects.door import json_body, reply
from generation.dialects.sdwebui import answers, caller
from generation.dialects.sdwebui.doorway import body_as, serves
from generation.dialects.sdwebui.wire import (
    ErrorBody,
    InterruptRequest,
    PendingTasks,
    ProgressRequest,
    TaskProgressRequest,
)
from generation.errors import EaselError, Forbidden, UnknownModel
from generation.models import Output
from generation.snapshot import TaskSnapshot
from generation.states import TaskState

LAST_PREVIEW = timedelta(minutes=5)  # how long a finished task still shows its picture


@serves("GET", "POST")
def progress(request: HttpRequest, actor: Actor) -> HttpResponse:
    """By ``task_id`` in the query or in a body; without one the caller's newest task."""
    asked = body_as(ProgressRequest, request, request.GET.dict())
    task = caller.task(actor, asked.task_id, preview=not asked.skip_current_image)
    if task is None:
        return reply(answers.idle(asked.task_id))
    preview = task.progress.preview if task.progress else None
    if task.state == TaskState.DONE and not asked.skip_current_image:
        preview = _last_preview(task)
    return reply(answers.progress(task, preview))


@serves("POST")
def internal_progress(request: HttpRequest, actor: Actor) -> HttpResponse:
    asked = body_as(TaskProgressRequest, request)
    task = caller.task(actor, asked.id_task, preview=asked.live_preview) if asked.id_task else None
    return reply(answers.task_progress(task, asked.id_live_preview, asked.live_preview))


@serves("GET")
def pending_tasks(request: HttpRequest, actor: Actor) -> HttpResponse:
    ids = caller.waiting(actor)
    return reply(PendingTasks(size=len(ids), tasks=ids).model_dump())


@serves("GET")
def ping(request: HttpRequest, actor: Actor) -> HttpResponse:
    return reply({})


@serves("POST")
def interrupt(request: HttpRequest, actor: Actor) -> HttpResponse:
    _stop(request, actor)
    return reply({})


@serves("POST")
def skip(request: HttpRequest, actor: Actor) -> HttpResponse:
    """WebUI goes on with the batch's next picture; here the task is one, and ends."""
    _stop(request, actor)
    return reply(None)


def _stop(request: HttpRequest, actor: Actor) -> None:
    if not actor.can("member"):
        raise Forbidden("your role may look, not stop")
    asked = body_as(InterruptRequest, request, request.GET.dict())
    task = caller.task(actor, asked.task_id, preview=False)
    if task is not None:
        cancel(actor, task.id)


@serves("GET", "POST")
def options(request: HttpRequest, actor: Actor) -> HttpResponse:
    if request.method == "GET":
        return reply(caller.options(actor))
    if not actor.can("member"):
        raise Forbidden("your role may look, not change")
    try:
        warnings = caller.set_options(actor, without_nulls(json_body(request)))
    except UnknownModel as error:
        if error.field != "checkpoint":
            raise
        text = f"sd_model_checkpoint: {error.message}"
        said = ErrorBody(error="HTTPException", detail="checkpoint not found", errors=text)
        return reply(said.model_dump(), status=400)
    return reply(None, warnings)


def _last_preview(task: TaskSnapshot) -> bytes | None:
    if not task.finished_at or task.finished_at < timezone.now() - LAST_PREVIEW:
        return None
    rows = Output.objects.visible().filter(task_id=task.id).order_by("index")
    name = rows.values_list("thumbnail", flat=True).first()
    try:
        return storage.open_stored(name) if name else None
    except EaselError:
        return None  # a file that is gone costs a preview, not the answer
