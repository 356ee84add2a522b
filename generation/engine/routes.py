"""The engine's part of sdapi: one literal table, (method, path) → what answers it."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from generation.dialects.sdwebui.wire import (
    GenerationRequest,
    Img2ImgRequest,
    InterruptRequest,
    PendingTasks,
    ProgressRequest,
    ProgressResponse,
    ProgressState,
    TaskProgressRequest,
    TaskProgressResponse,
    Txt2ImgRequest,
    invalid_fields,
)
from generation.engine import calls, samplers
from generation.engine.engine import Engine
from generation.engine.jobs import Job
from generation.engine.options import NAME
from generation.engine.refusal import Refusal

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One HTTP call. ``is_connected`` tells whether its caller still waits."""

    engine: Engine
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    is_connected: Callable[[], bool] = lambda: True


LOOK_SECONDS = 0.25  # how often a waiting call looks whether its caller is still there


def _read(model: type[T], data: object) -> T:
    """Raises Refusal 422 in WebUI's shape, naming each field."""
    try:
        return model.model_validate({} if data is None else data)
    except ValidationError as error:
        refusal = Refusal(422, "invalid")
        refusal.body = invalid_fields(error)
        raise refusal from error


# ── Generation ───────────────────────────────────────────────────────────────────────────────
def _txt2img(call: Call) -> object:
    return _generate(call, _read(Txt2ImgRequest, call.body))


def _img2img(call: Call) -> object:
    return _generate(call, _read(Img2ImgRequest, call.body))


def _generate(call: Call, request: GenerationRequest) -> object:
    """Answers when the job has ended. A caller that goes away takes its job with it: nobody
    would ever read the pictures."""
    plan = calls.plan(request, call.engine.options)
    plan.job.pace = call.engine.pace
    call.engine.queue.submit(plan.job)
    while not plan.job.done.wait(LOOK_SECONDS):
        if not call.is_connected():
            call.engine.queue.interrupt(plan.job.id)
    if call.engine.queue.is_closed and plan.job.interrupted.is_set():
        # No answer: an empty one would read as a job that somebody interrupted.
        raise ConnectionAbortedError("the engine ends")
    return calls.answer(plan).model_dump()


def _interrupt(call: Call) -> object:
    """By ``task_id``; without one whatever runs, as WebUI does. What waits is left alone then."""
    queue = call.engine.queue
    task = _read(InterruptRequest, call.body).task_id
    running = queue.running
    if task or running:
        queue.interrupt(task or (running.id if running else ""))
    return {}


def _progress(call: Call) -> object:
    asked = _read(ProgressRequest, dict(call.query))
    queue = call.engine.queue
    job = queue.find(asked.task_id) if asked.task_id else queue.running
    if job is None:
        done = float(bool(asked.task_id) and queue.was_finished(asked.task_id))
        state = ProgressState(task_id=asked.task_id)
        return ProgressResponse(progress=done, state=state).model_dump()
    drawn = None if asked.skip_current_image or job is not queue.running else job.preview()
    return ProgressResponse(
        progress=job.fraction,
        eta_relative=job.eta or 0.0,
        state=_state(job),
        current_image=base64.b64encode(drawn[1]).decode("ascii") if drawn else None,
    ).model_dump()


def _state(job: Job) -> ProgressState:
    return ProgressState(
        interrupted=job.interrupted.is_set(),
        job=job.id,
        job_count=len(job.paints),
        job_no=len(job.pictures),
        sampling_step=job.step,
        sampling_steps=job.steps,
        task_id=job.id,
    )


def _task_progress(call: Call) -> object:
    asked = _read(TaskProgressRequest, call.body)
    queue = call.engine.queue
    job = queue.find(asked.id_task)
    if job is None:
        done = queue.was_finished(asked.id_task)
        return TaskProgressResponse(completed=done, textinfo="Waiting...").model_dump()
    position = queue.position(job)
    if position > 0:
        total = len(queue.waiting)
        queued = TaskProgressResponse(queued=True, textinfo=f"In queue: {position}/{total}")
        return queued.model_dump()
    drawn = job.preview() if asked.live_preview else None
    fresh = drawn if drawn and drawn[0] != asked.id_live_preview else None
    answer = TaskProgressResponse(
        active=True,
        progress=job.fraction,
        eta=job.eta,
        live_preview=_data_uri(fresh[1]) if fresh else None,
        id_live_preview=drawn[0] if drawn else asked.id_live_preview,
    )
    steps = {"sampling_step": job.step, "sampling_steps": job.steps}
    return answer.model_dump() | steps


def _data_uri(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")


def _pending(call: Call) -> object:
    waiting = call.engine.queue.waiting
    return PendingTasks(size=len(waiting), tasks=waiting).model_dump()


# ── Settings and lists ───────────────────────────────────────────────────────────────────────
def _options(call: Call) -> object:
    return call.engine.options.read()


def _set_options(call: Call) -> object:
    if not isinstance(call.body, dict):
        raise Refusal(422, "an object of settings", field="body")
    call.engine.options.update(call.body)
    return None


def _sd_models(call: Call) -> object:
    """``description`` and ``base_model`` are ours: what kind of painter stands behind it."""
    return [
        {
            "title": offer.title,
            "model_name": offer.card.title,
            "hash": offer.card.sha256[:10],
            "sha256": offer.card.sha256,
            "filename": offer.card.name,
            "config": None,
            "base_model": offer.card.base_model,
            "description": offer.card.description,
        }
        for offer in call.engine.offers()
    ]


def _samplers(call: Call) -> object:
    return samplers.sampler_rows()


def _schedulers(call: Call) -> object:
    return samplers.scheduler_rows()


def _nothing(call: Call) -> object:
    return []


def _embeddings(call: Call) -> object:
    return {"loaded": {}, "skipped": {}}


def _scripts(call: Call) -> object:
    return {"txt2img": [], "img2img": []}


def _memory(call: Call) -> object:
    """Bytes of the machine's memory, and of it what this process holds."""
    page = os.sysconf("SC_PAGE_SIZE")
    total = os.sysconf("SC_PHYS_PAGES") * page
    free = os.sysconf("SC_AVPHYS_PAGES") * page
    with open("/proc/self/statm", encoding="ascii") as statm:
        used = int(statm.read().split()[1]) * page
    return {"ram": {"free": free, "used": used, "total": total}, "cuda": {"error": "no CUDA"}}


def _flags(call: Call) -> object:
    """Not WebUI's flags, which tell its password: only what this server is."""
    return {"api": True, "easel_engine": NAME}


def _ping(call: Call) -> object:
    return {"ready": call.engine.warm.is_set()}


def _accepted(call: Call) -> object:
    """Refresh calls: the lists are never stale here."""
    return None


Route = Callable[[Call], object]
ROUTES: dict[tuple[str, str], Route] = {
    ("POST", "/sdapi/v1/txt2img"): _txt2img,
    ("POST", "/sdapi/v1/img2img"): _img2img,
    ("GET", "/sdapi/v1/progress"): _progress,
    ("POST", "/sdapi/v1/interrupt"): _interrupt,
    ("POST", "/sdapi/v1/skip"): _interrupt,
    ("POST", "/internal/progress"): _task_progress,
    ("GET", "/internal/pending-tasks"): _pending,
    ("GET", "/internal/ping"): _ping,
    ("GET", "/sdapi/v1/options"): _options,
    ("POST", "/sdapi/v1/options"): _set_options,
    ("GET", "/sdapi/v1/cmd-flags"): _flags,
    ("GET", "/sdapi/v1/sd-models"): _sd_models,
    ("GET", "/sdapi/v1/samplers"): _samplers,
    ("GET", "/sdapi/v1/schedulers"): _schedulers,
    ("GET", "/sdapi/v1/upscalers"): _nothing,
    ("GET", "/sdapi/v1/latent-upscale-modes"): _nothing,
    ("GET", "/sdapi/v1/sd-vae"): _nothing,
    ("GET", "/sdapi/v1/hypernetworks"): _nothing,
    ("GET", "/sdapi/v1/face-restorers"): _nothing,
    ("GET", "/sdapi/v1/realesrgan-models"): _nothing,
    ("GET", "/sdapi/v1/prompt-styles"): _nothing,
    ("GET", "/sdapi/v1/embeddings"): _embeddings,
    ("GET", "/sdapi/v1/loras"): _nothing,
    ("GET", "/sdapi/v1/scripts"): _scripts,
    ("GET", "/sdapi/v1/script-info"): _nothing,
    ("GET", "/sdapi/v1/extensions"): _nothing,
    ("GET", "/sdapi/v1/memory"): _memory,
    ("POST", "/sdapi/v1/refresh-checkpoints"): _accepted,
    ("POST", "/sdapi/v1/refresh-loras"): _accepted,
    ("POST", "/sdapi/v1/refresh-vae"): _accepted,
    ("POST", "/sdapi/v1/refresh-embeddings"): _accepted,
}
SLOW = frozenset({"/sdapi/v1/txt2img", "/sdapi/v1/img2img"})
OPEN = frozenset({"/internal/ping"})  # paths that need no credential: liveness, nothing else


def answer(method: str, path: str, call: Call) -> object:
    """The JSON to answer with. Raises Refusal for everything else, an unknown route included."""
    route = ROUTES.get((method, path))
    if route is None:
        known = any(path == other for _, other in ROUTES)
        raise Refusal(405, "Method Not Allowed") if known else Refusal(404, "Not Found")
    return route(call)
