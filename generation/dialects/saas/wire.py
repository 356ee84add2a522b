"""saas answers: the envelope, errors, and tasks as the query calls and callbacks tell them. Pure.

Envelope ``{"code": "200" | "400", "msg", "data"}``; the code is a string. Status values of a task:
0 failed, 1 generating, 2 success, 3 queued, 5 uploading.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from generation.dialects.coercion import in_their_words
from generation.errors import EaselError
from generation.snapshot import OutputSnapshot, ProgressSnapshot, TaskSnapshot
from generation.states import OutputState, TaskState, Verdict

FAILED, GENERATING, SUCCESS, QUEUED, UPLOADING = 0, 1, 2, 3, 5
STATUS = {
    TaskState.UPLOADING: (GENERATING, "任务生成中"),
    TaskState.QUEUED: (QUEUED, "任务排队中"),
    TaskState.CLAIMED: (QUEUED, "任务排队中"),
    TaskState.RUNNING: (GENERATING, "任务生成中"),
    TaskState.DONE: (SUCCESS, "任务成功 !"),
    TaskState.FAILED: (FAILED, "任务失败"),
    TaskState.CANCELLED: (FAILED, "任务已取消"),
}
# Clients take 5 for an error: an upload is told so only when it lasts.
QUICK_UPLOAD = timedelta(seconds=10)
# The appendix of task status codes, sent as data.errorCode of a failed task.
ERROR_CODES = {
    "invalid": 1001,
    "unauthenticated": 1003,
    "unknown_model": 1004,
    "not_servable": 1004,
    "not_found": 1005,
    "task_conflict": 1007,
    "fetch_failed": 2001,
    "egress_refused": 2001,
    "input_unusable": 2002,
    "face_not_found": 2003,
    "queue_full": 3001,
    "maintenance": 3001,
    "out_of_memory": 3003,
    "timed_out": 3004,
    "content_refused": 4001,
    "audit_unavailable": 5000,
    "storage_failed": 5000,
    "database_away": 5000,
    "worker_lost": 5000,
    "internal": 5000,
}
GENERATION_FAILED = 3002
# Our names of fields → the names in this API.
FIELDS = {
    "checkpoint": "always_on_scripts.sd_model_checkpoint",
    "vae": "always_on_scripts.sd_vae",
    "sampler": "sampler_index",
    "images": "n_iter",
    "hires": "enable_hr",
    "hires.upscaler": "hr_upscaler",
    "loras": "prompt",
    "callback_url": "callbackUrl",
    "client_id": "always_on_scripts.id_task",
    "adetailer": "always_on_scripts.ADetailer",
    "adetailer.sampler": "always_on_scripts.ADetailer.args.ad_sampler",
    "controlnet": "always_on_scripts.controlnet",
    "controlnet.model": "always_on_scripts.controlnet.args.model",
    "init": "always_on_scripts.image_link",
    "init.image": "always_on_scripts.image_link",
    "mask": "always_on_scripts.mask_link",
    "mask.image": "always_on_scripts.mask_link",
    "inpaint": "always_on_scripts.mask_link",
}
_UNIT_PICTURE = re.compile(r"controlnet\.(\d+)\.image")


def success(data: Any) -> dict[str, Any]:
    return {"code": "200", "msg": "success", "data": data}


def accepted(task_id: str) -> dict[str, Any]:
    return success({"task_id": task_id})


def error_form(error: EaselError) -> tuple[int, dict[str, Any]]:
    """HTTP 200 with code "400" for every business outcome; the rest by its HTTP status."""
    status = http_status(error)
    message = in_their_words(error, FIELDS | {error.field: _theirs(error.field)})
    return status, {"code": str(status if status != 200 else 400), "msg": message, "data": None}


def http_status(error: EaselError) -> int:
    return {
        "unauthenticated": 401,
        "rate_limited": 429,
        "queue_full": 429,
        "maintenance": 503,
        "too_large": 413,
        "internal": 500,
    }.get(error.code, 200)


def _theirs(field: str) -> str:
    """The name of a field in this API."""
    unit = _UNIT_PICTURE.fullmatch(field)
    if unit:
        return f"always_on_scripts.controlnet.args.{unit[1]}.image_link"
    return FIELDS.get(field, field)


def task_info(task: TaskSnapshot, now: datetime) -> dict[str, Any]:
    """The queryTaskInfo envelope."""
    return success(_task_data(task, now))


def archive_info(task: TaskSnapshot, now: datetime, time_zone: str) -> dict[str, Any]:
    """The same, with its times there, and whether its pictures have had their time."""

    def shown(at: datetime | None) -> str | None:
        return f"{at.astimezone(ZoneInfo(time_zone)):%Y-%m-%d %H:%M:%S}" if at else None

    times = {"createTime": shown(task.created_at), "finishTime": shown(task.finished_at)}
    gone = [output for output in task.outputs if _is_expired(output, now)]
    return success(_task_data(task, now) | times | {"expired": bool(gone)})


def callback_body(task: TaskSnapshot) -> dict[str, Any]:
    """The envelope of queryTaskInfo, with the id under each name that the documents use."""
    name = task.client_id or str(task.id)
    ids = {"task_id": name, "businessTaskId": name}
    return success(_task_data(task, task.finished_at or task.created_at) | ids)


def _named(message: str) -> str:
    """A message that begins with a field of ours, with theirs."""
    name, colon, rest = message.partition(": ")
    return f"{_theirs(name)}{colon}{rest}" if colon else message


def status_of(
    task: TaskSnapshot, now: datetime, named: Callable[[str], str] = _named
) -> tuple[int, str, dict[str, int]]:
    """Status, its words, and the errorCode of a failed task; ``named`` puts a message that begins
    with a field of ours into the caller's words."""
    status, text = STATUS[task.state]
    if task.state == TaskState.UPLOADING and now - task.created_at > QUICK_UPLOAD:
        return UPLOADING, "任务上传中", {}
    if task.state != TaskState.FAILED:
        return status, text, {}
    code = {"errorCode": ERROR_CODES.get(task.error_code, GENERATION_FAILED)}
    return status, f"{text}: {named(task.error_message)}" if task.error_message else text, code


def _task_data(task: TaskSnapshot, now: datetime) -> dict[str, Any]:
    status, desc, error = status_of(task, now)
    pictures = [_picture(output, now) for output in task.outputs]
    return {
        "id_task": task.client_id or str(task.id),
        "status": status,
        "desc": desc,
        "temporaryImageDto": _temporary(task.progress, task.images),
        "differentialImageRspList": pictures if status == SUCCESS else None,
        **error,
    }


def _temporary(progress: ProgressSnapshot | None, images: int) -> dict[str, Any] | None:
    if progress is None:
        return None
    done = min(int(progress.fraction * images), images - 1)
    preview = base64.b64encode(progress.preview).decode() if progress.preview else None
    return {
        "progress": f"{progress.fraction:.2f}",
        "currentImage": preview,
        "jobNo": done,
        "jobCount": images,
    }


def _is_expired(output: OutputSnapshot, now: datetime) -> bool:
    """Gone with its month; one that the audit blocked is gone for another reason."""
    if output.verdict == Verdict.BLOCK:
        return False
    return output.state == OutputState.DELETED or output.expires_at <= now


def _picture(output: OutputSnapshot, now: datetime) -> dict[str, Any]:
    """Deleted: by the audit (then it may not be shown either), or because its month is over."""
    shown = output.state == OutputState.VISIBLE and not _is_expired(output, now)
    labels = [{"confidence": label.confidence, "label": label.name} for label in output.labels]
    return {
        "img_audit": labels or [{"confidence": None, "label": "nonLabel"}],
        "img_audit_status": output.verdict != Verdict.BLOCK,
        "image_status": 1 if shown else 2,
        "image_url": output.url if shown else None,
        "seed": output.seed,
    }
