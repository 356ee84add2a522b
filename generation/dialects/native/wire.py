"""The native API, both ways: bodies to requests, snapshots to bodies. Pure.

Types are taken strictly and unknown fields are refused: nothing is coerced, nothing is dropped.
Money is in credits (a number with three decimals), times are ISO 8601 in UTC.
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from typing import Any

from pydantic import Field, ValidationError

from generation.dialects.coercion import first_problem
from generation.errors import EaselError, InsufficientCredit, InvalidRequest
from generation.request import ControlNetUnit, ImageRequest, Init, Mask, Prompt, Swap
from generation.snapshot import OutputSnapshot, ProgressSnapshot, TaskSnapshot, Waiting
from generation.states import OutputState

IMAGE = "The picture: base64, a data: URI, the id of an upload, or an http(s) address."
_UPLOAD = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

STATUS = {
    "unauthenticated": 401,
    "insufficient_credit": 402,
    "forbidden": 403,
    "not_found": 404,
    "task_conflict": 409,
    "too_large": 413,
    "too_many": 422,
    "rate_limited": 429,
    "queue_full": 429,
    "internal": 500,
    "maintenance": 503,
    "audit_unavailable": 503,
    "storage_failed": 503,
}
"""Code → HTTP status; what is not here is 422."""


class InitIn(Init):
    image: str = Field(description=IMAGE)  # type: ignore[assignment]


class MaskIn(Mask):
    image: str = Field(description=IMAGE)  # type: ignore[assignment]


class SwapIn(Swap):
    image: str = Field(description=IMAGE)  # type: ignore[assignment]


class UnitIn(ControlNetUnit):
    image: str | None = Field(default=None, description=IMAGE)  # type: ignore[assignment]


class CreateTask(ImageRequest):
    """POST /api/v1/tasks and /api/v1/quote."""

    prompt: Prompt  # may be empty, but not forgotten: a slip must not cost a picture
    init: InitIn | None = None
    mask: MaskIn | None = None
    swap: SwapIn | None = None
    controlnet: tuple[UnitIn, ...] = Field(default=(), max_length=3)


def create(body: bytes) -> CreateTask:
    """InvalidRequest naming the field."""
    try:
        return CreateTask.model_validate_json(body or b"{}", strict=True)
    except ValidationError as error:
        raise first_problem(error) from error


def is_address(text: str) -> bool:
    return text[:8].lower().startswith(("http://", "https://"))


def is_upload(text: str) -> bool:
    """A UUID: base64 has no "-"."""
    return _UPLOAD.fullmatch(text) is not None


def image_bytes(text: str, field: str) -> bytes:
    """Bytes of base64, with or without ``data:image/…;base64,`` before it."""
    try:
        return base64.b64decode(text.rpartition("base64,")[2], validate=True)
    except ValueError as error:
        raise InvalidRequest(f"{field}: not base64", field=field) from error


def problem(error: EaselError) -> tuple[int, dict[str, Any]]:
    """RFC 9457 problem details."""
    status = STATUS.get(error.code, 422)
    body: dict[str, Any] = {
        "type": f"/docs/errors#{error.code}",
        "title": error.code.replace("_", " ").capitalize(),
        "status": status,
        "detail": error.message,
        "code": error.code,
    }
    if error.field:
        body["field"] = error.field
    if error.retry_after is not None:
        body["retry_after"] = error.retry_after
    if isinstance(error, InsufficientCredit):
        body |= {"balance": credits(error.balance), "price": credits(error.price)}
    return status, body


def credits(millicredits: int) -> float:
    return millicredits / 1000


def task(shown: TaskSnapshot) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": str(shown.id),
        "state": shown.state.value,
        "created_at": time(shown.created_at),
        "started_at": time(shown.started_at),
        "finished_at": time(shown.finished_at),
        "request": shown.request,
        "price": credits(shown.price),
        "spent": None if shown.spent is None else credits(shown.spent),
        "warnings": list(shown.warnings),
        "cancel_requested": shown.cancel_requested,
        "waiting": _waiting(shown.waiting),
        "progress": progress(shown.progress) if shown.progress else None,
        "error": None,
        "outputs": [_output(output) for output in shown.outputs],
    }
    if shown.error_code:
        body["error"] = {"code": shown.error_code, "message": shown.error_message}
    return body


def webhook_body(shown: TaskSnapshot) -> dict[str, Any]:
    """An event of Standard Webhooks: what happened, when, and the task as a poll shows it."""
    return {
        "type": f"task.{shown.state.value}",
        "timestamp": time(shown.finished_at),
        "data": task(shown),
    }


def time(at: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def _waiting(why: Waiting | None) -> dict[str, Any] | None:
    if why is None:
        return None
    eta = [round(seconds, 1) for seconds in why.eta] if why.eta else None
    return {"position": why.position, "reason": why.reason, "eta": eta}


def progress(at: ProgressSnapshot) -> dict[str, Any]:
    preview = base64.b64encode(at.preview).decode() if at.preview else None
    return {
        "fraction": round(at.fraction, 4),
        "step": at.step,
        "steps": at.steps,
        "eta": at.eta,
        "preview": preview,
    }


def image(picture: Any) -> dict[str, Any]:
    """An output by itself: with its task, and the words that it was made of."""
    return _output(picture.snapshot) | {
        "task": str(picture.task_id),
        "created_at": time(picture.created_at),
        "prompt": picture.request.get("prompt", ""),
        "checkpoint": picture.request.get("checkpoint", ""),
    }


def _output(output: OutputSnapshot) -> dict[str, Any]:
    shown = output.state == OutputState.VISIBLE
    return {
        "id": str(output.id),
        "index": output.index,
        "state": output.state.value,
        "verdict": output.verdict.value,
        "labels": [{"name": each.name, "confidence": each.confidence} for each in output.labels],
        "url": output.url if shown else None,
        "thumbnail_url": output.thumbnail_url if shown else None,
        "format": output.format,
        "width": output.width,
        "height": output.height,
        "size": output.size,
        "sha256": output.sha256,
        "seed": output.seed,
        "qr": output.qr,
        "expires_at": time(output.expires_at),
    }
