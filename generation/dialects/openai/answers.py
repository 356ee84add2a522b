"""OpenAI images, from tasks to bodies, events and errors. Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from generation.dialects.coercion import in_their_words
from generation.dialects.openai.fields import Prompted
from generation.dialects.openai.wire import Asked
from generation.dialects.references import fields
from generation.errors import ContentRefused, EaselError
from generation.snapshot import OutputSnapshot, TaskSnapshot
from generation.states import OutputState

# Our names of fields → the names in this API.
FIELDS = {
    "checkpoint": "model",
    "images": "n",
    "width": "size",
    "height": "size",
    "init": "image",
    "init.image": "image",
    "mask.image": "mask",
    **fields("image"),
    "styles": "style",
    "loras": "prompt",
}
# Our code → status, error type, their code.
ERRORS = {
    "unauthenticated": (401, "invalid_request_error", "invalid_api_key"),
    "forbidden": (403, "invalid_request_error", "insufficient_permissions"),
    "not_found": (404, "invalid_request_error", "not_found"),
    "unknown_model": (404, "invalid_request_error", "model_not_found"),
    "task_conflict": (409, "invalid_request_error", "idempotency_conflict"),
    "cancelled": (409, "invalid_request_error", "cancelled"),
    "too_large": (413, "invalid_request_error", "request_too_large"),
    "rate_limited": (429, "requests", "rate_limit_exceeded"),
    "queue_full": (429, "requests", "rate_limit_exceeded"),
    "insufficient_credit": (429, "insufficient_quota", "insufficient_quota"),
    "egress_refused": (400, "invalid_request_error", "egress_refused"),
    "fetch_failed": (400, "invalid_request_error", "fetch_failed"),
    "input_unusable": (400, "invalid_request_error", "input_unusable"),
    "content_refused": (400, "image_generation_user_error", "moderation_blocked"),
    "invalid": (400, "invalid_request_error", "invalid_value"),
    "not_servable": (400, "invalid_request_error", "not_available"),
    "unknown_parameter": (400, "invalid_request_error", "unknown_parameter"),
    "missing_required_parameter": (400, "invalid_request_error", "missing_required_parameter"),
    "maintenance": (503, "server_error", "maintenance"),
    "audit_unavailable": (503, "server_error", "server_error"),
    "storage_failed": (503, "server_error", "server_error"),
    "timed_out": (504, "server_error", "timed_out"),
}


def error_form(error: EaselError) -> tuple[int, dict[str, Any]]:
    default = (500, "server_error", error.code if error.code != "internal" else "server_error")
    status, kind, code = ERRORS.get(error.code, default)
    if error.code == "unknown_model" and error.field != "checkpoint":
        status, code = 400, "invalid_value"
    if not error.field and error.message.partition(": ")[0] in FIELDS:
        error.field = error.message.partition(": ")[0]  # of a task's row, which keeps the text
    body = {
        "message": in_their_words(error, FIELDS),
        "type": kind,
        "param": FIELDS.get(error.field, error.field) or None,
        "code": code,
    }
    return status, {"error": body}


def shown_outputs(task: TaskSnapshot) -> list[OutputSnapshot]:
    """ContentRefused where the audit let none of the pictures through."""
    found = [output for output in task.outputs if output.state == OutputState.VISIBLE]
    if not found:
        raise ContentRefused("the audit withheld the pictures")
    return found


def withheld(task: TaskSnapshot) -> list[str]:
    """A warning where some pictures are missing."""
    missing = sum(output.state != OutputState.VISIBLE for output in task.outputs)
    return [f"n: the audit withheld {missing} of {task.images} pictures"] if missing else []


def images(asked: Asked, task: TaskSnapshot, files: Mapping[UUID, bytes]) -> dict[str, Any]:
    """The ImagesResponse. ``files``: the bytes of the pictures, none where only addresses were
    asked for."""
    outputs = shown_outputs(task)
    return (
        {"created": _seconds(task)}
        | _settings(asked, outputs[0])
        | {
            "data": [_item(asked, output, files.get(output.id)) for output in outputs],
            "usage": usage(task),
        }
        | ({"safety_identifier": asked.end_user} if asked.end_user else {})
    )


def partial(asked: Asked, task: TaskSnapshot, index: int, preview: bytes, size: str) -> Any:
    """image_generation.partial_image: the backend's preview as it is, a small JPEG."""
    form = asked.form
    return {
        "type": f"{asked.event}.partial_image",
        "partial_image_index": index,
        "b64_json": base64.b64encode(preview).decode(),
        "created_at": _seconds(task),
        "background": "opaque",
        "output_format": "jpeg",
        "quality": form.quality if isinstance(form, Prompted) else "auto",
        "size": size,
    }


def completed(
    asked: Asked, task: TaskSnapshot, files: Mapping[UUID, bytes]
) -> Iterable[dict[str, Any]]:
    """One image_generation.completed for each picture; the usage of all on the last."""
    outputs = shown_outputs(task)
    for output in outputs:
        last = output is outputs[-1]
        yield (
            {"type": f"{asked.event}.completed", "created_at": _seconds(task)}
            | {"b64_json": base64.b64encode(files[output.id]).decode()}
            | {"url": output.url, "seed": output.seed}
            | _settings(asked, output)
            | {"usage": usage(task) if last else _tokens(0)}
        )


def _seconds(task: TaskSnapshot) -> int:
    return int(task.created_at.timestamp())


def _settings(asked: Asked, output: OutputSnapshot) -> dict[str, Any]:
    form = asked.form
    quality = form.quality if isinstance(form, Prompted) else "auto"
    names = {"auto": "medium", "standard": "medium", "hd": "high"}
    return {
        "background": "opaque",
        "output_format": "jpeg" if output.format == "jpg" else output.format,
        "quality": names.get(quality, quality),
        "size": f"{output.width}x{output.height}",
    }


def _item(asked: Asked, output: OutputSnapshot, data: bytes | None) -> dict[str, Any]:
    item: dict[str, Any] = {"seed": output.seed}
    if asked.form.response_format != "b64_json":
        item["url"] = output.url
    if data is not None:
        item["b64_json"] = base64.b64encode(data).decode()
    return item


def usage(task: TaskSnapshot) -> dict[str, Any]:
    """What the call cost: a token is a thousandth of a credit, and all of them are output."""
    return _tokens(task.spent or 0)


def _tokens(output: int) -> dict[str, Any]:
    return {
        "input_tokens": 0,
        "input_tokens_details": {"text_tokens": 0, "image_tokens": 0},
        "output_tokens": output,
        "output_tokens_details": {"text_tokens": 0, "image_tokens": output},
        "total_tokens": output,
    }


def model(name: str, owner: str) -> dict[str, Any]:
    """``created`` is 0, unknown: a file on a server has no such date."""
    return {"id": name, "object": "model", "created": 0, "owned_by": owner}


def models(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"object": "list", "data": list(rows)}
