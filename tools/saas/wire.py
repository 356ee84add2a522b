"""The tools as saas tells them: the envelope, the errors, the state of a task. Pure.

Status as everywhere in saas: 0 failed, 1 generating, 2 success, 3 queued, 5 uploading; in words in
``statusText``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from generation.dialects.coercion import in_their_words
from generation.dialects.saas import wire as saas
from generation.errors import EaselError, InvalidRequest
from generation.snapshot import TaskSnapshot
from generation.states import OutputState
from tools import registry
from tools.tool import Tool

FIELDS = {
    "init": "imageUrl",
    "init.image": "imageUrl",
    "callback_url": "callbackUrl",
    "client_id": "businessTaskId",
}
WORDS = {
    saas.FAILED: "failed",
    saas.GENERATING: "generating",
    saas.SUCCESS: "success",
    saas.QUEUED: "queued",
    saas.UPLOADING: "uploading",
}


class UnknownTool(InvalidRequest):
    """No tool of this name is served here."""


def error_form(error: EaselError) -> tuple[int, dict[str, Any]]:
    """HTTP 200 with code "400" for every business outcome, 404 for a tool that is none."""
    if isinstance(error, UnknownTool):
        return 404, {"code": "400", "msg": error.message, "data": None}
    status = saas.http_status(error)
    message = in_their_words(error, FIELDS)
    return status, {"code": str(status if status != 200 else 400), "msg": message, "data": None}


def put_in_words_of(tool: Tool, error: EaselError) -> None:
    """The error of a call then names its field as the tool's body spells it."""
    error.message, error.field = in_their_words(error, _names(tool)), ""


def accepted(code: str, client_id: str, task_id: UUID, address: str) -> dict[str, Any]:
    """``address``: where the picture will lie."""
    status = saas.GENERATING
    return saas.success(
        {
            "businessTaskId": client_id or str(task_id),
            "taskId": str(task_id),
            "toolTask": code,
            "status": status,
            "statusText": WORDS[status],
            "desc": "任务生成中",
            "outputImageUrl": address,
        }
    )


def task_info(task: TaskSnapshot, now: datetime, address: str = "") -> dict[str, Any]:
    """The queryTask envelope. ``address``: where the picture of an unfinished task will lie."""
    tool = registry.by_kind(task.kind)
    status, desc, error = saas.status_of(task, now, partial(_named, _names(tool)))
    urls = [output.url for output in task.outputs if output.state == OutputState.VISIBLE]
    data: dict[str, Any] = {
        "businessTaskId": task.client_id or str(task.id),
        "taskId": str(task.id),
        "toolTask": tool.code if tool else task.kind,
        "status": status,
        "statusText": WORDS[status],
        "desc": desc,
        "outputImageUrl": urls[0] if urls else "" if task.is_final else address,
    }
    if tool is None:
        data["outputImageUrls"] = urls
    elif status == saas.SUCCESS:
        data |= tool.told(task)
    return saas.success(data | error)


def callback_body(task: TaskSnapshot) -> dict[str, Any]:
    """The envelope of queryTask, with the id under each name that the documents use."""
    found = task_info(task, task.finished_at or task.created_at)
    name = task.client_id or str(task.id)
    found["data"] |= {"task_id": name, "id_task": name}
    return found


def _names(tool: Tool | None) -> Mapping[str, str]:
    """Our fields → the tool's."""
    return FIELDS | dict(tool.fields) if tool else FIELDS


def _named(names: Mapping[str, str], message: str) -> str:
    name, colon, rest = message.partition(": ")
    return f"{names.get(name, name)}{colon}{rest}" if colon else message
