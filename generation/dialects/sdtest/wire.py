"""sdtest, both ways: bodies to requests, records to bodies. Pure.

A record is one picture. Its name is ``YYYYMMDD/<task>-<number>.<format>``, below the user's id and
the type of drawing, ``t2i`` or ``i2i``.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from generation.dialects.coercion import (
    Integer,
    Notes,
    Number,
    Side,
    Text,
    Wire,
    in_their_words,
    read,
)
from generation.dialects.pictures import Pictures, reference
from generation.dialects.references import MOST, fields, unit
from generation.errors import EaselError, InvalidRequest, NotFound
from generation.request import MAX_SEED, MAX_SIDE, Hires, ImageRequest, Init

REQUIRED = (
    "id", "prompt", "negative_prompt", "width", "height", "seed", "steps", "hr_upscaler",
    "cfg_scale", "style", "batch_size",
)  # fmt: skip
TYPES = {"t2i": "t2i", "txt2img": "t2i", "text2img": "t2i", "i2i": "i2i", "img2img": "i2i"}
LARGEST_PAGE = 200
LONGEST_PROMPT = 8000  # characters
_NOTHING = ("", "none")
_NAME = re.compile(
    r"(?:(?P<day>\d{8})/)?(?P<task>[0-9a-f]{32})(?:-(?P<index>\d{1,2}))?(?:\.(?P<format>[a-z]{3,4}))?"
)
# Our code → HTTP status; 422 for all others that are the caller's to change.
STATUS = {
    "unauthenticated": 401,
    "insufficient_credit": 402,
    "forbidden": 403,
    "not_found": 404,
    "task_conflict": 409,
    "ambiguous": 409,
    "cancelled": 409,
    "too_large": 413,
    "rate_limited": 429,
    "queue_full": 429,
    "maintenance": 503,
    "audit_unavailable": 503,
    "storage_failed": 503,
    "timed_out": 504,
}
_OURS = (
    "internal", "database_away", "backend_failed", "backend_unavailable", "backend_busy",
    "backend_refused", "out_of_memory",
)  # fmt: skip
# Our names of fields → the names in this API.
FIELDS = {
    "images": "batch_size",
    "init": "init_images",
    "init.image": "init_images",
    **fields("init_images"),
    "hires": "hr_upscaler",
    "hires.upscaler": "hr_upscaler",
    "styles": "style",
    "loras": "prompt",
}


class Ambiguous(EaselError):
    """A name that several records have: none of them is touched."""

    code = "ambiguous"


class Drawing(Wire):
    """POST /txt2img and /img2img."""

    id: Text = Field(min_length=1, max_length=64)
    prompt: Text = Field(max_length=LONGEST_PROMPT)
    negative_prompt: Text = Field("", max_length=LONGEST_PROMPT)
    width: Side = Field(512, ge=64, le=MAX_SIDE, multiple_of=8)
    height: Side = Field(512, ge=64, le=MAX_SIDE, multiple_of=8)
    seed: int | None = Field(None, ge=0, le=MAX_SEED)
    steps: Integer = Field(20, ge=1, le=150)
    hr_upscaler: Text = Field("None", max_length=255)
    cfg_scale: Number = Field(7.0, ge=1, le=30)
    style: Text = Field("", max_length=255)
    batch_size: Integer = Field(1, ge=1, le=64)
    init_images: list[Text] = Field(default_factory=list)

    @field_validator("id", mode="before")
    @classmethod
    def _id_may_be_a_number(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("init_images", mode="before", json_schema_input_type=str | list[str])
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        if value in ("", [""]):
            return []
        found = [value] if isinstance(value, str) else value
        if isinstance(found, list) and len(found) > MOST:
            raise ValueError(f"at most {MOST} pictures a call")
        return found

    @field_validator("seed", mode="before")
    @classmethod
    def _seed(cls, value: Any, info: ValidationInfo) -> Any:
        """A number or its text; negative or empty: random; words: the CRC-32 of their UTF-8."""
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise ValueError("expected text or a whole number")
        text = str(value).strip()
        if re.fullmatch(r"-?[0-9]+", text):
            if len(text) > 20:  # the largest has 20 digits
                raise ValueError(f"at most {MAX_SEED}")
            return int(text) if int(text) >= 0 else None
        if not text:
            return None
        notes = info.context
        if not isinstance(notes, Notes) or notes.strict:
            raise ValueError("expected a whole number")
        number = zlib.crc32(text.encode("utf-8", "surrogatepass"))
        notes.coerced("seed", value, number)
        return number


@dataclass(frozen=True, kw_only=True)
class Asked:
    drawing: Drawing
    warnings: tuple[str, ...]

    @property
    def type(self) -> str:
        return "i2i" if self.drawing.init_images else "t2i"

    @property
    def style(self) -> str:
        return "" if self.drawing.style.strip().lower() in _NOTHING else self.drawing.style.strip()

    def request(self, pictures: Pictures, *, styles: Sequence[str] = ()) -> ImageRequest:
        """The first of ``init_images`` is drawn over, the others are looked at; what the body
        itself holds of them goes into ``pictures``. ``styles``: the catalog's; without them the
        words of ``style`` join the prompt."""
        drawing = self.drawing
        images = [
            reference(text, f"init_images[{at}]" if at else "init_images", pictures)
            for at, text in enumerate(drawing.init_images)
        ]
        words = [drawing.prompt] + ([self.style] if self.style and not styles else [])
        prompt = ", ".join(word for word in words if word)
        if len(prompt) > LONGEST_PROMPT:
            raise InvalidRequest("too long together with the prompt", field="style")
        upscaler = drawing.hr_upscaler.strip()
        return ImageRequest(
            prompt=prompt,
            negative_prompt=drawing.negative_prompt,
            width=drawing.width,
            height=drawing.height,
            seed=drawing.seed,
            steps=drawing.steps,
            cfg_scale=drawing.cfg_scale,
            n_iter=drawing.batch_size,
            styles=tuple(styles),
            init=Init(image=images[0]) if images else None,
            controlnet=tuple(unit(image) for image in images[1:]),
            hires=None if upscaler.lower() in _NOTHING else Hires(scale=2, upscaler=upscaler),
        )

    def kept(self) -> dict[str, Any]:
        """What get_args answers later, less what only the record knows."""
        kept = self.drawing.model_dump(include=set(REQUIRED))
        cfg_scale = self.drawing.cfg_scale
        return kept | {"cfg_scale": int(cfg_scale) if cfg_scale.is_integer() else cfg_scale}


def drawing(body: Mapping[str, Any], *, needs_picture: bool, strict: bool = False) -> Asked:
    """InvalidRequest naming the field. ``strict``: every field of the table is required."""
    notes = Notes(strict=strict)
    asked = read(Drawing, body, notes)
    missing = [name for name in REQUIRED if strict and body.get(name) is None]
    if needs_picture and not asked.init_images:
        missing.append("init_images")
    if missing:
        raise InvalidRequest(f"{missing[0]} is required", field=missing[0])
    return Asked(drawing=asked, warnings=tuple(notes.warnings))


@dataclass(frozen=True, kw_only=True)
class Record:
    """One picture, as its row tells."""

    user: str
    type: str
    task: UUID
    index: int
    format: str
    created_at: datetime

    @property
    def filename(self) -> str:
        day = self.created_at.astimezone(UTC)
        return f"{day:%Y%m%d}/{self.task.hex}-{self.index}.{self.format}"

    def shown(self) -> dict[str, Any]:
        where = f"{self.user}/{self.type}/{self.filename}"
        created = self.created_at.astimezone(UTC)
        return {
            "id": self.user,
            "type": self.type,
            "filename": self.filename,
            "url": f"/get_images/{where}",
            "args_url": f"/get_args/{where}",
            "created_at": f"{created:%Y-%m-%dT%H:%M:%SZ}",
        }


@dataclass(frozen=True, kw_only=True)
class Name:
    """What a file name in a path says; "" and None where it leaves something out."""

    day: str
    task: UUID
    index: int | None
    format: str

    def fits(self, record: Record) -> bool:
        return (
            self.task == record.task
            and self.index in (None, record.index)
            and self.format in ("", record.format)
            and (not self.day or record.filename.startswith(f"{self.day}/"))
        )


def type_of(text: str) -> str:
    """NotFound for a type that there is not."""
    if text not in TYPES:
        raise NotFound("not found")
    return TYPES[text]


def name_of(text: str, kind: str) -> Name:
    """A file name with or without directory and extension, and with or without the type before
    it. NotFound for what is none of ours: no path leaves the user's records."""
    head, _, rest = text.partition("/")
    found = _NAME.fullmatch(rest if TYPES.get(head) == kind and rest else text)
    if not found:
        raise NotFound("not found")
    index = found["index"]
    return Name(
        day=found["day"] or "",
        task=UUID(found["task"]),
        index=None if index is None else int(index),
        format=found["format"] or "",
    )


def page_of(query: Mapping[str, str]) -> tuple[int, int]:
    """(page from 1, size) of a history call."""
    found = []
    for name, default, most in (("page", 1, 1_000_000), ("size", 20, LARGEST_PAGE)):
        text = query.get(name) or str(default)
        if not (text.isascii() and text.isdigit() and len(text) < 8 and 1 <= int(text) <= most):
            raise InvalidRequest(f"1 to {most}", field=name)
        found.append(int(text))
    return found[0], found[1]


def drawn(records: Sequence[Record]) -> dict[str, Any]:
    rows = [record.shown() for record in records]
    return {
        "code": 200,
        "msg": "success",
        "images": [row["url"] for row in rows],
        "records": rows,
    }


def history(user: str, kind: str, records: Sequence[Record], total: int) -> dict[str, Any]:
    return {
        "code": 200,
        "msg": "success",
        "id": user,
        "type": kind,
        "records": [record.shown() for record in records],
        "total": total,
    }


def args(kept: Mapping[str, Any], record: Record, seed: int) -> dict[str, Any]:
    names = [name for name in REQUIRED if name in kept]
    mine = {"seed": str(seed), "type": record.type, "filename": record.filename}
    return {name: kept[name] for name in names} | mine


def deleted(count: int) -> dict[str, Any]:
    return {"code": 200, "msg": "success", "deleted": count}


def error_form(error: EaselError) -> tuple[int, dict[str, Any]]:
    status = STATUS.get(error.code, 500 if error.code in _OURS else 422)
    message = "not found" if status == 404 else in_their_words(error, FIELDS)
    return status, {"code": status, "msg": message}
