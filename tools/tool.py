"""What a tool is: how it is asked for, how it is carried out, how its result is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from generation.dialects.coercion import Text, Wire
from generation.dialects.pictures import Pictures
from generation.request import ImageRequest
from generation.snapshot import TaskSnapshot

LONGEST_LINK = 28_000_000  # characters: 20 MB in base64
Made = tuple[bytes, str]
"""A picture's bytes and their format."""
Ask = Callable[[ImageRequest], bytes]
"""Asks the task's server for one picture. Raises BackendError and its kin."""


class Body(Wire):
    """What every tool takes. A field may also be written in snake case; ``ALIASES`` are the other
    names of a field (theirs → ours)."""

    businessTaskId: Text = Field("", max_length=128)
    callbackUrl: Text = Field("", max_length=2048)
    outputFormat: Literal["jpg", "png", "webp"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _by_any_name(cls, body: Any) -> Any:
        names = {_snake(name): name for name in cls.model_fields} | cls.aliases()
        found = {ours: body[theirs] for theirs, ours in names.items() if theirs in body}
        return found | {name: body[name] for name in cls.model_fields if name in body}

    @classmethod
    def aliases(cls) -> dict[str, str]:
        return {"output_image_format": "outputFormat", "task_id": "businessTaskId"}

    @field_validator("businessTaskId", mode="before")
    @classmethod
    def _id_may_be_a_number(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("outputFormat", mode="before")
    @classmethod
    def _any_case(cls, value: Any) -> Any:
        found = value.strip().lower() if isinstance(value, str) else value
        return "jpg" if found == "jpeg" else found


class PictureBody(Body):
    """Of a tool that works on one picture: an address, a data: URI or base64."""

    imageUrl: Text = Field(min_length=1, max_length=LONGEST_LINK)

    @classmethod
    def aliases(cls) -> dict[str, str]:
        return super().aliases() | {"image": "imageUrl", "image_link": "imageUrl"}


@dataclass(frozen=True, kw_only=True)
class Tool:
    """``code``: its path below ``tool/``; ``kind``: of its tasks (``request.TOOLS``)."""

    code: str
    kind: str
    summary: str
    body: type[Body]
    request: Callable[[Any, Pictures], ImageRequest]
    """From a body; bytes that it carries go into the second, by the field's name."""
    carry_out: Callable[[ImageRequest, Mapping[str, bytes], Ask], Sequence[Made]]
    told: Callable[[TaskSnapshot], dict[str, Any]]
    """The fields of a finished task's answer that are the tool's own."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Names of our fields → of the body's, for refusals."""


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
