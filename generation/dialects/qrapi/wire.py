"""qrapi, both ways: bodies to requests, snapshots to bodies. Pure.

Envelope ``{"code": 200, "message", "data"}``; the code is an integer. ``msg`` repeats the message
for clients that look for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from pydantic import Field, field_validator

from generation.dialects.coercion import Integer, Notes, Side, Text, Wire, in_their_words, read
from generation.errors import EaselError, InvalidRequest
from generation.qr import code
from generation.request import ImageRequest, LoraUse, QrArt, QrStyle
from generation.snapshot import TaskSnapshot
from generation.states import OutputState, TaskState

KEPT = timedelta(minutes=5)  # a result can be asked for this long after completion
GONE = "任务不存在或结果已过期"
DEFAULT_MODEL = "real"
HANFU = "hanfu"  # a Style of the catalog
SIZES = {"upload_txt": (512, 512), "upload_cloth": (512, 768)}
LORA_WEIGHT = 0.8
STATUS = {
    TaskState.UPLOADING: "queued",
    TaskState.QUEUED: "queued",
    TaskState.CLAIMED: "queued",
    TaskState.RUNNING: "running",
    TaskState.DONE: "done",
    TaskState.FAILED: "failed",
    TaskState.CANCELLED: "failed",
}
FIELDS = {
    "checkpoint": "sdmodelcheckpoint",
    "sampler": "sampler_name",
    "loras": "lora",
}


class Generate(Wire):
    """POST /QRcode/generate. The last five fields are silent extensions."""

    type: Literal["upload_txt", "upload_file", "upload_cloth"]
    prompt: Text = Field("", max_length=8000)
    str_message: Text = Field("", max_length=2000)
    model: Text = Field("", max_length=255)
    url: Text = Field("", max_length=2048)
    sdmodelcheckpoint: Text = Field("", max_length=255)
    sampler_name: Text = Field("", max_length=255)
    lora: Text = Field("", max_length=1000)
    modelType: Text = Field("", max_length=255)
    negative_prompt: Text = Field("", max_length=8000)
    width: Side | None = Field(None, ge=64, le=1024, multiple_of=8)
    height: Side | None = Field(None, ge=64, le=1024, multiple_of=8)
    steps: Integer = Field(20, ge=1, le=150)
    seed: Integer | None = Field(None, le=2**64 - 1)

    @field_validator("type", mode="before")
    @classmethod
    def _any_case(cls, value: Any) -> Any:
        return value.strip().lower() if isinstance(value, str) else value


@dataclass(frozen=True)
class Asked:
    """``names``: the fields of the request that the caller wrote under names of his own.
    ``remark``: what is said back to him."""

    request: ImageRequest
    warnings: tuple[str, ...]
    names: dict[str, str]
    remark: str = ""


def generate(body: Mapping[str, Any], *, strict: bool = False) -> Asked:
    """InvalidRequest naming the field."""
    notes = Notes(strict=strict)
    wire = read(Generate, body, notes)
    if not wire.sampler_name:
        notes.warnings.append("sampler_name: absent, Euler a is used")
    seed = wire.seed if wire.seed is not None and wire.seed >= 0 else None
    common: dict[str, Any] = {
        "prompt": wire.prompt,
        "negative_prompt": wire.negative_prompt,
        "loras": tuple(_loras(wire.lora)),
        "steps": wire.steps,
        "seed": seed,
        "sampler": wire.sampler_name or "Euler a",
        "output_format": "png",
    }
    if wire.type == "upload_file":
        request, names = _code(wire, common)
        return Asked(request, tuple(notes.warnings), names)
    if not wire.prompt.strip():
        raise InvalidRequest("prompt is required: there is nothing to draw", field="prompt")
    wide, high = SIZES[wire.type]
    request = ImageRequest(
        **common,
        checkpoint=wire.sdmodelcheckpoint or wire.model or DEFAULT_MODEL,
        styles=(HANFU,) if wire.type == "upload_cloth" else (),
        width=wire.width or wide,
        height=wire.height or high,
    )
    named = "model" if wire.model and not wire.sdmodelcheckpoint else "sdmodelcheckpoint"
    return Asked(request, tuple(notes.warnings), {"checkpoint": named}, wire.str_message)


def _code(wire: Generate, common: dict[str, Any]) -> tuple[ImageRequest, dict[str, str]]:
    """A picture with a code in it. Where ``url`` may lead to a picture, that is looked at."""
    field = "url" if wire.url.strip() else "str_message"
    content = wire.url.strip() or wire.str_message
    if not content.strip():
        raise InvalidRequest(
            "url or str_message is required: there is nothing to encode", field="url"
        )
    style, checkpoint = _look(wire)
    try:
        made = code.make(content)
        side = code.good_side(made)
        wide, high = wire.width or side, wire.height or side
        code.place(made, wide, high)
    except code.Unencodable as error:
        raise InvalidRequest(f"{field}: {error}", field=field) from error
    qr = QrArt(content=content, style=style, source=_source(wire.url.strip()))
    request = ImageRequest(**common, checkpoint=checkpoint, qr=qr, width=wide, height=high)
    return request, {"checkpoint": "model", "qr.content": field}


def _source(url: str) -> str:
    return url if url.lower().startswith(("http://", "https://")) else ""


def _look(wire: Generate) -> tuple[QrStyle, str]:
    """The style and the checkpoint ("" leaves it to the style). ``model`` names either."""
    asked = wire.modelType.strip().lower()
    found = next((style for style in get_args(QrStyle) if style == asked), None)
    if asked and found is None:
        known = ", ".join(get_args(QrStyle))
        raise InvalidRequest(f"modelType: {wire.modelType!r} is none of {known}", field="modelType")
    named = next(
        (style for style in get_args(QrStyle) if style == wire.model.strip().lower()), None
    )
    return found or named or "default", "" if named else wire.model


def _loras(text: str) -> list[LoraUse]:
    """``name``, ``name:weight``, or several separated by commas."""
    uses = []
    for part in filter(None, (part.strip() for part in text.replace("，", ",").split(","))):
        name, _, weight = part.partition(":")
        if not name.strip():
            raise InvalidRequest("lora: a weight without a name", field="lora")
        try:
            number = float(weight) if weight else LORA_WEIGHT
        except ValueError as error:
            raise InvalidRequest(f"lora: {weight!r} is no weight", field="lora") from error
        if not -5 <= number <= 5:
            raise InvalidRequest("lora: a weight is -5 to 5", field="lora")
        uses.append(LoraUse(name=name.strip(), weight=number))
    return uses


def envelope(data: Any, *, code: int = 200, message: str = "成功") -> dict[str, Any]:
    return {"code": code, "message": message, "msg": message, "data": data}


def accepted(task_id: str, position: int, remark: str = "") -> dict[str, Any]:
    """``remark``: the str_message of a picture without a code, said back."""
    data: dict[str, Any] = {"id": task_id, "status": "queued", "position": position}
    if remark:
        data["str_message"] = remark
    return envelope(data) | {"id": task_id}


def queue_status(task: TaskSnapshot, now: datetime) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": task.id.hex,
        "status": STATUS[task.state],
        "position": task.waiting.position if task.waiting else 0,
        "progress": _progress(task),
        "images": [o.url for o in task.outputs if o.state == OutputState.VISIBLE],
    }
    if data["status"] == "failed":
        data["error"] = task.error_message or "任务失败"
    if task.finished_at is not None:
        left = task.finished_at + KEPT - now
        data["expires_in"] = max(0, int(left.total_seconds()))
    return envelope(data)


def _progress(task: TaskSnapshot) -> float:
    if task.state == TaskState.DONE:
        return 1
    return round(task.progress.fraction, 3) if task.progress else 0


def error_form(error: EaselError) -> tuple[int, dict[str, Any]]:
    """HTTP 200 with code 400 or 404 for business outcomes; the rest by its HTTP status."""
    if error.code == "not_found":
        return 200, envelope(None, code=404, message=GONE)
    status = {
        "unauthenticated": 401,
        "rate_limited": 429,
        "queue_full": 429,
        "maintenance": 503,
        "too_large": 413,
        "internal": 500,
    }.get(error.code, 200)
    message = "tk无效或已过期" if status == 401 else in_their_words(error, FIELDS)
    return status, envelope(None, code=status if status != 200 else 400, message=message)
