"""The bodies of the OpenAI images calls, field by field. Pure.

Unknown fields are refused by name, as the original does: what would be dropped in silence is a
picture that is not what was asked for.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from generation.dialects.coercion import Integer, Text, Truth, Wire
from generation.request import MAX_SEED


class Common(Wire):
    model_config = ConfigDict(extra="forbid")

    model: Text = Field("", max_length=255)
    n: Integer = Field(1, ge=1, le=10)
    size: Text = "auto"
    response_format: Literal["url", "b64_json"] | None = None
    user: Text = Field("", max_length=512)
    safety_identifier: Text = Field("", max_length=512)
    # Ours: without them the same answers as without an extension.
    seed: Integer | None = Field(None, ge=0, le=MAX_SEED)
    negative_prompt: Text = Field("", max_length=8000)


class Variation(Common):
    """POST /v1/images/variations."""


class Prompted(Common):
    prompt: Text = Field(min_length=1, max_length=8000)
    quality: Literal["auto", "low", "medium", "standard", "high", "hd", "xhigh", "max"] = "auto"
    output_format: Literal["png", "jpeg", "webp"] = "png"
    output_compression: Integer = Field(100, ge=0, le=100)
    background: Literal["auto", "opaque", "transparent"] = "auto"
    stream: Truth = False
    partial_images: Integer = Field(0, ge=0, le=3)
    moderation: Literal["auto", "low"] = "auto"
    # Published, and not to be had here: each is refused by its name (``wire``).
    complexity: Literal["low", "medium", "high"] | None = None
    frame_count: Integer | None = Field(None, ge=2, le=16)
    frame_duration_ms: Integer | None = Field(None, ge=1, le=655_350)
    svg: Any = None


class Generation(Prompted):
    """POST /v1/images/generations."""

    style: Text = Field("", max_length=255)


class Edit(Prompted):
    """POST /v1/images/edits."""

    input_fidelity: Literal["low", "high"] = "low"
    markup: Any = None  # as ``svg``


class PictureIn(Wire):
    """One picture of an edit in JSON."""

    model_config = ConfigDict(extra="forbid")

    image_url: Text = ""
    file_id: Text = Field("", max_length=64)


class Pictured(Wire):
    """What an edit in JSON has in the place of a form's files."""

    images: list[PictureIn] = Field(default_factory=list, max_length=16)
    mask: PictureIn | None = None
