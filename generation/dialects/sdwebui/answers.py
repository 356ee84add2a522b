"""What a caller is told of a task: its pictures, its progress. Pure: snapshots to wire bodies."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from generation.dialects.sdwebui.wire import (
    GenerationRequest,
    GenerationResponse,
    Info,
    ProgressResponse,
    ProgressState,
    TaskProgressResponse,
)
from generation.snapshot import OutputSnapshot, TaskSnapshot
from generation.states import TaskState
from generation.wording import infotext

VERSION = "Easel"


def generated(
    task: TaskSnapshot, shown: Sequence[OutputSnapshot], pictures: Sequence[bytes], asked: Any
) -> dict[str, Any]:
    """The answer of txt2img and img2img. ``shown``: the outputs behind ``pictures``."""
    wire: GenerationRequest = asked
    return GenerationResponse(
        images=[base64.b64encode(data).decode("ascii") for data in pictures],
        parameters=_parameters(wire, task.client_id),
        info=_info(task, shown, wire).to_wire(),
    ).model_dump()


def _parameters(wire: GenerationRequest, client_id: str) -> dict[str, Any]:
    """The call as it was read, without its pictures unless it asked for them, as WebUI does."""
    echo = wire.model_dump() | {"task_id": client_id}
    if not getattr(wire, "include_init_images", False):
        echo |= {name: None for name in ("init_images", "mask") if name in echo}
    return echo


def _info(task: TaskSnapshot, shown: Sequence[OutputSnapshot], wire: GenerationRequest) -> Info:
    request: dict[str, Any] = dict(task.request)
    seeds = [output.seed for output in shown]
    texts = [output.infotext for output in shown]
    told = infotext.parse(texts[0]).parameters if texts else {}
    count, seed = len(shown), request.get("seed") or 0
    subseed = request.get("subseed") if request.get("subseed") is not None else seed
    part = request.get("init") or request.get("hires") or {}
    return Info(
        prompt=request["prompt"],
        all_prompts=[request["prompt"]] * count,
        negative_prompt=request["negative_prompt"],
        all_negative_prompts=[request["negative_prompt"]] * count,
        seed=seeds[0] if seeds else seed,
        all_seeds=seeds,
        subseed=subseed,
        all_subseeds=[subseed] * count,
        subseed_strength=request["subseed_strength"],
        width=request["width"],
        height=request["height"],
        sampler_name=request["sampler"],
        cfg_scale=request["cfg_scale"],
        steps=request["steps"],
        batch_size=request["batch_size"],
        restore_faces=request["restore_faces"],
        sd_model_name=told.get("Model") or request["checkpoint"].rsplit(".", 1)[0],
        sd_model_hash=told.get("Model hash", ""),
        sd_vae_name=request["vae"] or None,
        denoising_strength=part.get("denoising_strength"),
        infotexts=texts,
        styles=list(wire.styles),
        job_timestamp=f"{task.created_at:%Y%m%d%H%M%S}",
        clip_skip=request["clip_skip"],
        version=told.get("Version", VERSION),
        task_id=task.client_id,
    )


def idle(task_id: str = "") -> dict[str, Any]:
    """Nothing runs, or no such task."""
    return ProgressResponse(
        state=ProgressState(task_id=task_id), current_image="" if task_id else None
    ).model_dump()


def progress(task: TaskSnapshot, preview: bytes | None) -> dict[str, Any]:
    """GET progress of one task, queued, running or finished."""
    done, steps = task.state == TaskState.DONE, _steps(task)
    now = task.progress
    fraction = now.fraction if now else float(done)
    images = 0 if task.is_final else task.images
    state = ProgressState(
        interrupted=task.cancel_requested,
        stopping_generation=task.cancel_requested and not task.is_final,
        job=task.client_id,
        job_count=images,
        job_timestamp=f"{task.created_at:%Y%m%d%H%M%S}",
        job_no=min(int(fraction * task.images), max(images - 1, 0)),
        sampling_step=now.step if now else steps * done,
        sampling_steps=now.steps if now else steps,
        task_id=task.client_id,
    )
    return ProgressResponse(
        progress=fraction,
        eta_relative=(now.eta if now else _patience(task)) or 0.0,
        state=state,
        current_image=base64.b64encode(preview).decode("ascii") if preview else "",
        textinfo=_textinfo(task),
    ).model_dump()


def task_progress(task: TaskSnapshot | None, known: int, with_preview: bool) -> dict[str, Any]:
    """POST /internal/progress. ``known``: the number of the preview that the caller has."""
    if task is None:
        return TaskProgressResponse(textinfo="Waiting...").model_dump()
    if task.is_final:
        return TaskProgressResponse(completed=True).model_dump()
    if task.state != TaskState.RUNNING or task.progress is None:
        return TaskProgressResponse(queued=True, textinfo=_textinfo(task)).model_dump()
    now = task.progress
    fresh = with_preview and now.preview and now.seq != known
    answer = TaskProgressResponse(
        active=True,
        progress=now.fraction,
        eta=now.eta,
        live_preview=_data_uri(now.preview) if fresh and now.preview else None,
        id_live_preview=now.seq,
    )
    return answer.model_dump()


def _steps(task: TaskSnapshot) -> int:
    steps = task.request.get("steps")
    return steps if isinstance(steps, int) else 0


def _patience(task: TaskSnapshot) -> float | None:
    return task.waiting.eta[1] if task.waiting and task.waiting.eta else None


def _textinfo(task: TaskSnapshot) -> str | None:
    if task.state == TaskState.FAILED:
        return f"Failed: {task.error_message or task.error_code}"
    if task.state == TaskState.RUNNING or task.is_final:
        return None
    return f"In queue: {task.waiting.position + 1 if task.waiting else 1}"


def _data_uri(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
