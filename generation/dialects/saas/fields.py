"""The bodies of the saas generation calls, field by field. Pure.

Ranges are the documented ones, the union where two tables differ. ``always_on_scripts`` may also
be spelled ``alwayson_scripts``, and its keys may stand at the top level.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from generation.dialects.coercion import Integer, Number, Side, Text, Truth, Wire

SCRIPT_KEYS = (
    "sd_model_checkpoint",
    "id_task",
    "sd_vae",
    "output_image_format",
    "override_settings",
    "ADetailer",
)


class ADetailerArgs(Wire):
    """One detector of ADetailer.args (31 fields)."""

    ad_model: Text = "None"
    ad_prompt: Text = Field("", max_length=8000)
    ad_negative_prompt: Text = Field("", max_length=8000)
    ad_confidence: Number = Field(0.3, ge=0, le=1)
    ad_mask_min_ratio: Number = Field(0.0, ge=0, le=1)
    ad_mask_max_ratio: Number = Field(1.0, ge=0, le=1)
    ad_dilate_erode: Integer = Field(4, ge=-128, le=256)
    ad_x_offset: Integer = 0
    ad_y_offset: Integer = 0
    ad_mask_merge_invert: Literal["None", "Merge", "Merge and Invert"] = "None"
    ad_mask_blur: Integer = Field(4, ge=0, le=64)
    ad_denoising_strength: Number = Field(0.4, ge=0, le=1)
    ad_inpaint_only_masked: Truth = True
    ad_inpaint_only_masked_padding: Integer = Field(32, ge=0, le=256)
    ad_use_inpaint_width_height: Truth = False
    ad_inpaint_width: Side = Field(512, ge=64, le=2048, multiple_of=8)
    ad_inpaint_height: Side = Field(512, ge=64, le=2048, multiple_of=8)
    ad_use_steps: Truth = False
    ad_steps: Integer = Field(28, ge=1, le=150)
    ad_use_cfg_scale: Truth = False
    ad_cfg_scale: Number = Field(7.0, ge=1, le=30)
    ad_use_sampler: Truth = False
    ad_sampler: Text = "DPM++ 2M Karras"
    ad_use_noise_multiplier: Truth = False
    ad_noise_multiplier: Number = Field(1.0, ge=0.5, le=1.5)
    ad_restore_face: Truth = False
    ad_controlnet_model: Text = "None"
    ad_controlnet_module: Text = "None"
    ad_controlnet_weight: Number = Field(1.0, ge=0, le=2)
    ad_controlnet_guidance_start: Number = Field(0.0, ge=0, le=1)
    ad_controlnet_guidance_end: Number = Field(1.0, ge=0, le=1)


class Detectors(Wire):
    args: list[ADetailerArgs] = Field(default_factory=list, max_length=8)


class OverrideSettings(Wire):
    CLIP_stop_at_last_layers: Integer = Field(1, ge=1, le=12)
    sd_model_checkpoint: Text = ""
    sd_vae: Text = ""


class Scripts(Wire):
    """``always_on_scripts``."""

    sd_model_checkpoint: Text = Field(min_length=1, max_length=255)
    id_task: Text = Field(min_length=1, max_length=128)
    sd_vae: Text = Field("", max_length=255)
    output_image_format: Literal["jpg", "jpeg", "png"] | None = None
    override_settings: OverrideSettings = Field(default_factory=OverrideSettings)
    ADetailer: Detectors = Field(default_factory=Detectors)

    @field_validator("id_task", mode="before")
    @classmethod
    def _id_may_be_a_number(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("output_image_format", mode="before")
    @classmethod
    def _any_case(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value


class TextToImage(Wire):
    """POST /AIGCImgOpenServ/saas/sd/v2/text2image."""

    prompt: Text = Field(max_length=8000)
    negative_prompt: Text = Field("", max_length=8000)
    n_iter: Integer = Field(1, ge=1)
    batch_size: Integer = Field(1, ge=1)
    steps: Integer = Field(20, ge=1, le=150)
    width: Side = Field(512, ge=64, le=1024, multiple_of=8)
    height: Side = Field(512, ge=64, le=1024, multiple_of=8)
    seed: int | None = Field(None, le=2**64 - 1)
    cfg_scale: Number = Field(7.0, ge=1, le=30)
    sampler_index: Text = Field("", max_length=255)
    sampler_name: Text = Field("", max_length=255)
    restore_faces: Truth = False
    enable_hr: Truth = False
    hr_scale: Number = Field(2.0, ge=1, le=4)
    hr_upscaler: Text = Field("Latent", max_length=255)
    hr_second_pass_steps: Integer = Field(0, ge=0, le=150)
    hr_resize_x: Side = Field(0, ge=0, le=2048, multiple_of=8)
    hr_resize_y: Side = Field(0, ge=0, le=2048, multiple_of=8)
    denoising_strength: Number = Field(0.75, ge=0, le=1)
    override_settings: OverrideSettings | None = None
    always_on_scripts: Scripts
    callbackUrl: Text = Field("", max_length=2048)

    @model_validator(mode="before")
    @classmethod
    def _one_scripts_block(cls, body: Any) -> Any:
        """Both spellings and the top level, merged: the documented spelling wins per key."""
        blocks = [body.get("alwayson_scripts"), body.get("always_on_scripts")]
        for block in blocks:
            if block is not None and not isinstance(block, dict):
                raise ValueError("always_on_scripts: expected an object")
        if not any(blocks) and not any(key in body for key in SCRIPT_KEYS):
            return body
        merged = {key: body[key] for key in SCRIPT_KEYS if key in body}
        for block in blocks:
            merged |= block or {}
        override = body.get("override_settings")
        if isinstance(override, dict) and "sd_model_checkpoint" not in merged:
            merged |= {k: override[k] for k in ("sd_model_checkpoint", "sd_vae") if k in override}
        callback = body.get("callbackUrl") or body.get("callback_url")
        callback = callback or merged.get("callbackUrl") or merged.get("callback_url")
        return (
            body | {"always_on_scripts": merged} | ({"callbackUrl": callback} if callback else {})
        )

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
            number = int(text)
        except ValueError as error:
            raise ValueError("expected a whole number") from error
        return None if number < 0 else number


class Paging(Wire):
    pageSize: Integer = Field(10, ge=0, le=200)
    pageNum: Integer = Field(1, ge=0)


class ModelQuery(Paging):
    sdModelCheckpoint: Text = ""
    sdModelName: Text = ""


class TaskQuery(Wire):
    """Any of the four names that the documents use for the id."""

    businessTaskId: Text = Field(min_length=1, max_length=128)

    @model_validator(mode="before")
    @classmethod
    def _any_name(cls, body: Any) -> Any:
        for name in ("businessTaskId", "id_task", "task_id", "taskId"):
            value = body.get(name)
            if isinstance(value, int) and not isinstance(value, bool):
                value = str(value)
            if value:
                return {"businessTaskId": value}
        return {}
