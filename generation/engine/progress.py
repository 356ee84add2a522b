"""How far the engine is: WebUI's one progress, and progress by task. And the ways to stop."""

from __future__ import annotations

from generation.dialects.sdwebui.wire import (
    InterruptRequest,
    PendingTasks,
    ProgressRequest,
    ProgressResponse,
    ProgressState,
    TaskProgressRequest,
    TaskProgressResponse,
)
from generation.engine.caller import Call, validated
from generation.engine.jobs import Job
from generation.engine.lists import as_base64


def interrupt(call: Call) -> object:
    """By ``task_id``; without one whatever runs, as WebUI does. What waits is left alone then."""
    queue = call.engine.queue
    task = call.read(InterruptRequest).task_id
    running = queue.running
    if task or running:
        queue.interrupt(task or (running.id if running else ""))
    return {}


def skip(call: Call) -> object:
    """Gives up what is painted now and goes on with the job's next picture."""
    call.engine.queue.skip(call.read(InterruptRequest).task_id)
    return None


def progress(call: Call) -> object:
    asked = validated(ProgressRequest, dict(call.query))
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
        current_image=as_base64(drawn[1]) if drawn else None,
    ).model_dump()


def _state(job: Job) -> ProgressState:
    return ProgressState(
        skipped=job.skipped.is_set(),
        interrupted=job.interrupted.is_set(),
        job=job.id,
        job_count=len(job.paints) or 1,  # 0 is how clients know an idle server
        job_no=len(job.pictures),
        sampling_step=job.step,
        sampling_steps=job.steps,
        task_id=job.id,
    )


def task_progress(call: Call) -> object:
    asked = call.read(TaskProgressRequest)
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
    return "data:image/jpeg;base64," + as_base64(jpeg)


def pending(call: Call) -> object:
    waiting = call.engine.queue.waiting
    return PendingTasks(size=len(waiting), tasks=waiting).model_dump()


def gradio(call: Call) -> object:
    """Gradio's route, which some clients ask whether the server is up."""
    return {"msg": "estimation", "queue_size": len(call.engine.queue.waiting)}
