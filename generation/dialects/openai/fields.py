"""The bodies of the OpenAI images calls, field by field. Pure.

Unknown fields are refused by name, as the original does: what would be dropped in silence is a
picture that is not what was asked for.
"""

from __future__ import annotations

from typing import Literal

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


class Generation(Prompted):
    """POST /v1/images/generations."""

    moderation: Literal["auto", "low"] = "auto"
    style: Text = Field("", max_length=255)


class Edit(Prompted):
    """POST /v1/images/edits."""

    input_fidelity: Literal["low", "high"] = "low"
