"""The bodies of the saas generation calls, field by field. Pure.

One form serves them all: a call's own table decides what is required. Ranges are the documented
ones, the union where two tables differ. ``always_on_scripts`` may also be spelled
``alwayson_scripts``, and its keys may stand at the top level.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from generation.dialects.coercion import Integer, Number, Side, Text, Truth, Wire
from generation.dialects.saas.units import LONGEST_LINK, Detectors, Name, Prompt, Resize, Units
from generation.request import ResizeMode

CALLBACKS = ("callbackUrl", "callback_url")


class OverrideSettings(Wire):
    CLIP_stop_at_last_layers: Integer = Field(1, ge=1, le=12)


class Scripts(Wire):
    """``always_on_scripts``."""

    sd_model_checkpoint: Name = Field(min_length=1)
    id_task: Text = Field(min_length=1, max_length=128)
    sd_vae: Name = ""
    output_image_format: Literal["jpg", "jpeg", "png"] | None = None
    override_settings: OverrideSettings = Field(default_factory=OverrideSettings)
    image_link: Text = Field("", max_length=LONGEST_LINK)
    mask_link: Text = Field("", max_length=LONGEST_LINK)
    ADetailer: Detectors = Field(default_factory=Detectors)
    controlnet: Units | None = None

    @field_validator("id_task", mode="before")
    @classmethod
    def _id_may_be_a_number(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("output_image_format", mode="before")
    @classmethod
    def _any_case(cls, value: Any) -> Any:
        return value.strip().lower() if isinstance(value, str) else value


class ScriptsV3(Scripts):
    """Where a call names no ``id_task``, the server's own id is its."""

    id_task: Text = Field("", max_length=128)


# In any letter case: WebUI itself writes "ADetailer" and "ControlNet".
SPELLINGS = {name.lower(): name for name in Scripts.model_fields}


class Drawing(Wire):
    """text2image, image2image, inpaint and controlnet, v1 and v2."""

    prompt: Prompt
    negative_prompt: Prompt = ""
    n_iter: Integer = Field(1, ge=1)
    batch_size: Integer = Field(1, ge=1)
    steps: Integer = Field(20, ge=1, le=150)
    width: Side = Field(512, ge=64, le=1024, multiple_of=8)
    height: Side = Field(512, ge=64, le=1024, multiple_of=8)
    seed: int | None = Field(None, le=2**64 - 1)
    cfg_scale: Number = Field(7.0, ge=1, le=30)
    sampler_index: Name = ""
    sampler_name: Name = ""
    scheduler: Name = ""
    restore_faces: Truth = False
    enable_hr: Truth = False
    hr_scale: Number = Field(2.0, ge=1, le=4)
    hr_upscaler: Name = "Latent"
    hr_second_pass_steps: Integer = Field(0, ge=0, le=150)
    hr_resize_x: Side = Field(0, ge=0, le=2048, multiple_of=8)
    hr_resize_y: Side = Field(0, ge=0, le=2048, multiple_of=8)
    denoising_strength: Number = Field(0.75, ge=0, le=1)
    resize_mode: Resize = ResizeMode.JUST_RESIZE
    mask_blur: Integer | None = Field(None, ge=0, le=64)
    mask_blur_x: Integer = Field(4, ge=0, le=64)
    mask_blur_y: Integer = Field(4, ge=0, le=64)
    inpainting_fill: Integer = Field(1, ge=0, le=3)
    inpaint_full_res: Truth = False
    inpaint_full_res_padding: Integer = Field(32, ge=0, le=256)
    inpainting_mask_invert: Integer = 0  # any other number inverts
    initial_noise_multiplier: Number | None = Field(None, ge=0.5, le=1.5)
    image_cfg_scale: Number | None = Field(None, ge=0, le=3)
    always_on_scripts: Scripts
    callbackUrl: Text = Field("", max_length=2048)

    @model_validator(mode="before")
    @classmethod
    def _one_scripts_block(cls, body: Any) -> Any:
        """Both spellings and the top level, merged: the documented spelling wins per key."""
        blocks = [_top_level(body)]
        for name in ("alwayson_scripts", "always_on_scripts"):
            block = body.get(name)
            if block is not None and not isinstance(block, dict):
                raise ValueError("always_on_scripts: expected an object")
            blocks.append(_spelled(block or {}))
        if not any(blocks) and "always_on_scripts" not in body:
            return body
        scripts = _merged(blocks)
        found = next((each[k] for each in (body, scripts) for k in CALLBACKS if each.get(k)), "")
        return body | {"always_on_scripts": scripts} | ({"callbackUrl": found} if found else {})

    @field_validator("seed", mode="before")
    @classmethod
    def _seed(cls, value: Any) -> Any:
        """A string or an integer; empty or negative: random."""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError("expected a whole number")
        text = str(value).strip()
        if not text:
            return None
        try:
            number = int(text[:64])
        except ValueError as error:
            raise ValueError("expected a whole number") from error
        return None if number < 0 else number


class DrawingV3(Drawing):
    """v3: larger, and the block may be left out altogether."""

    width: Side = Field(512, ge=64, le=2048, multiple_of=8)
    height: Side = Field(512, ge=64, le=2048, multiple_of=8)
    always_on_scripts: ScriptsV3


def _spelled(block: Mapping[str, Any]) -> dict[str, Any]:
    return {SPELLINGS.get(key.lower(), key): value for key, value in block.items()}


def _top_level(body: Mapping[str, Any]) -> dict[str, Any]:
    """The block's keys where they stand beside it, and WebUI's names for two of them."""
    found = {SPELLINGS[k.lower()]: v for k, v in body.items() if k.lower() in SPELLINGS}
    pictures = body.get("init_images")
    if isinstance(pictures, list) and pictures:
        found.setdefault("image_link", pictures[0])
    if body.get("mask"):
        found.setdefault("mask_link", body["mask"])
    return found


def _merged(blocks: list[dict[str, Any]]) -> dict[str, Any]:
    """Later blocks win per key, inside ``override_settings`` too; from there come checkpoint and
    VAE where nothing else names them."""
    merged: dict[str, Any] = {}
    override: dict[str, Any] = {}
    for block in blocks:
        given = block.get("override_settings")
        if isinstance(given, dict):
            override |= given
        elif given is not None:
            override = given  # refused by its type
        merged |= block
        if not isinstance(override, dict):
            return merged | {"override_settings": override}
    if override:
        merged["override_settings"] = override
    for name in ("sd_model_checkpoint", "sd_vae"):
        if override.get(name):
            merged.setdefault(name, override[name])
    return merged
