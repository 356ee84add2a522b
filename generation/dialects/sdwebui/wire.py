"""What goes over the wire of WebUI's ``/sdapi/v1``: generation, progress, options, errors.

Pure types: no Django, no HTTP. Names, defaults and ranges are WebUI 1.10's, with Forge's
additions and the published ``task_id``. Unknown fields are ignored, ``null`` is an absent field,
numbers may be numeric strings. Pictures are base64 (a ``data:`` prefix may stand before it).
The lists are in ``wire_lists``, the post-processing calls in ``wire_extras``.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

MAX_SIDE = 2048
MAX_SEED = 2**64 - 1
MAX_PROMPT = 8000

Text = Annotated[str, Field(max_length=MAX_PROMPT)]
Name = Annotated[str, Field(max_length=255)]
Seed = Annotated[int, Field(ge=-1, le=MAX_SEED)]
Side = Annotated[int, Field(ge=64, le=MAX_SIDE)]
OptionalSide = Annotated[int, Field(ge=0, le=MAX_SIDE)]  # 0 = not given
Fraction = Annotated[float, Field(ge=0, le=1)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Base64Image = str


class Wire(BaseModel):
    """Tolerant as the published contract says: unknown fields are ignored, null is absent."""

    model_config = ConfigDict(extra="ignore", protected_namespaces=())

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: Any) -> Any:
        if isinstance(data, dict):
            return {key: value for key, value in data.items() if value is not None}
        return data


class GenerationRequest(Wire):
    """The fields that txt2img and img2img share, the API's extras and Forge's included."""

    prompt: Text = ""
    negative_prompt: Text = ""
    styles: list[Name] = Field(default_factory=list, max_length=64)
    seed: Seed = -1
    subseed: Seed = -1
    subseed_strength: Fraction = 0.0
    seed_resize_from_h: int = -1
    seed_resize_from_w: int = -1
    sampler_name: Name = ""
    sampler_index: Name = "Euler"  # the old name of sampler_name, read where that is absent
    scheduler: Name = ""
    batch_size: int = Field(default=1, ge=1, le=64)
    n_iter: int = Field(default=1, ge=1, le=64)
    steps: int = Field(default=50, ge=1, le=150)
    cfg_scale: float = Field(default=7.0, ge=1, le=30)
    distilled_cfg_scale: float = Field(default=3.5, ge=0, le=30)
    width: Side = 512
    height: Side = 512
    restore_faces: bool = False
    tiling: bool = False
    do_not_save_samples: bool = False
    do_not_save_grid: bool = False
    eta: Finite | None = None
    s_min_uncond: Finite | None = None
    s_churn: Finite | None = None
    s_tmax: float | None = None  # infinite by default in WebUI
    s_tmin: Finite | None = None
    s_noise: Finite | None = None
    override_settings: dict[str, Any] = Field(default_factory=dict)
    override_settings_restore_afterwards: bool = True
    refiner_checkpoint: Name = ""
    refiner_switch_at: Fraction | None = None
    disable_extra_networks: bool = False
    firstpass_image: Base64Image = ""
    comments: dict[str, Any] = Field(default_factory=dict)
    script_name: Name = ""
    script_args: list[Any] = Field(default_factory=list)
    alwayson_scripts: dict[str, Any] = Field(default_factory=dict)
    send_images: bool = True
    save_images: bool = False
    infotext: str = ""
    force_task_id: Name = ""
    task_id: Name = ""

    @property
    def sampler(self) -> str:
        return self.sampler_name or self.sampler_index

    @property
    def task(self) -> str:
        """The id that the caller chose for this job; "" where it chose none."""
        return self.force_task_id or self.task_id


class Txt2ImgRequest(GenerationRequest):
    denoising_strength: Fraction = 0.75
    enable_hr: bool = False
    firstphase_width: OptionalSide = 0
    firstphase_height: OptionalSide = 0
    hr_scale: float = Field(default=2.0, ge=1, le=4)
    hr_upscaler: Name = ""
    hr_second_pass_steps: int = Field(default=0, ge=0, le=150)
    hr_resize_x: OptionalSide = 0
    hr_resize_y: OptionalSide = 0
    hr_checkpoint_name: Name = ""
    hr_sampler_name: Name = ""
    hr_scheduler: Name = ""
    hr_prompt: Text = ""
    hr_negative_prompt: Text = ""
    hr_additional_modules: list[Name] = Field(default_factory=list, max_length=64)
    hr_cfg: float = Field(default=1.0, ge=0, le=30)
    hr_distilled_cfg: float = Field(default=3.5, ge=0, le=30)


class Img2ImgRequest(GenerationRequest):
    init_images: list[Base64Image] = Field(default_factory=list, max_length=64)
    resize_mode: int = Field(default=0, ge=0, le=3)
    denoising_strength: Fraction = 0.75
    image_cfg_scale: float | None = Field(default=None, ge=0, le=30)
    mask: Base64Image = ""
    latent_mask: Base64Image = ""
    mask_blur_x: int = Field(default=4, ge=0, le=64)
    mask_blur_y: int = Field(default=4, ge=0, le=64)
    mask_blur: int | None = Field(default=None, ge=0, le=64)  # sets both
    mask_round: bool = True
    inpainting_fill: int = Field(default=0, ge=0, le=3)
    inpaint_full_res: bool = True
    inpaint_full_res_padding: int = Field(default=0, ge=0, le=256)
    inpainting_mask_invert: bool = False  # 0 or 1 on the wire
    initial_noise_multiplier: float | None = Field(default=None, ge=0, le=2)
    include_init_images: bool = False


class GenerationResponse(Wire):
    """``info`` is a JSON text: ``Info.to_wire``."""

    images: list[Base64Image] = Field(default_factory=list)
    parameters: dict[str, Any] = Field(default_factory=dict)
    info: str = ""


class Info(Wire):
    """What ``info`` holds. Pictures before ``index_of_first_image`` are grids."""

    prompt: str = ""
    all_prompts: list[str] = Field(default_factory=list)
    negative_prompt: str = ""
    all_negative_prompts: list[str] = Field(default_factory=list)
    seed: int = -1
    all_seeds: list[int] = Field(default_factory=list)
    subseed: int = -1
    all_subseeds: list[int] = Field(default_factory=list)
    subseed_strength: float = 0.0
    width: int = 0
    height: int = 0
    sampler_name: str = ""
    cfg_scale: float = 0.0
    steps: int = 0
    batch_size: int = 1
    restore_faces: bool = False
    face_restoration_model: str | None = None
    sd_model_name: str = ""
    sd_model_hash: str = ""
    sd_vae_name: str | None = None
    sd_vae_hash: str | None = None
    seed_resize_from_w: int = -1
    seed_resize_from_h: int = -1
    denoising_strength: float | None = None
    extra_generation_params: dict[str, Any] = Field(default_factory=dict)
    index_of_first_image: int = 0
    infotexts: list[str] = Field(default_factory=list)
    styles: list[str] = Field(default_factory=list)
    job_timestamp: str = ""
    clip_skip: int = 1
    is_using_inpainting_conditioning: bool = False
    version: str = ""
    task_id: str = ""

    def to_wire(self) -> str:
        return json.dumps(self.model_dump(), ensure_ascii=False)

    @classmethod
    def from_wire(cls, text: str) -> Self:
        """Raises ValidationError for anything but a JSON object of this form."""
        return cls.model_validate_json(text or "{}")


class ProgressState(Wire):
    skipped: bool = False
    interrupted: bool = False
    stopping_generation: bool = False
    job: str = ""
    job_count: int = 0
    job_timestamp: str = "0"
    job_no: int = 0
    sampling_step: int = 0
    sampling_steps: int = 0
    task_id: str = ""


class ProgressRequest(Wire):
    """The query of GET ``/sdapi/v1/progress``."""

    skip_current_image: bool = False
    task_id: Name = ""


class ProgressResponse(Wire):
    progress: float = 0.0
    eta_relative: float = 0.0
    state: ProgressState = Field(default_factory=ProgressState)
    current_image: Base64Image | None = None
    textinfo: str | None = None


class TaskProgressRequest(Wire):
    """The body of POST ``/internal/progress``."""

    id_task: Name = ""
    id_live_preview: int = -1
    live_preview: bool = True


class TaskProgressResponse(Wire):
    active: bool = False
    queued: bool = False
    paused: bool = False
    completed: bool = False
    progress: float | None = None
    eta: float | None = None
    live_preview: str | None = None  # a data: URI
    id_live_preview: int = -1
    textinfo: str | None = None


class PendingTasks(Wire):
    size: int = 0
    tasks: list[str] = Field(default_factory=list)


class InterruptRequest(Wire):
    """The body of POST ``/sdapi/v1/interrupt``: none in WebUI, one task with ours."""

    task_id: Name = ""


class Options(Wire):
    """A settings call: any subset of the flat settings; clients echo the whole of them back."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    sd_model_checkpoint: Name = ""
    sd_vae: Name = ""
    CLIP_stop_at_last_layers: int = Field(default=1, ge=1, le=12)
    samples_format: str = "png"
    jpeg_quality: int = Field(default=80, ge=1, le=100)


class ErrorBody(Wire):
    """WebUI's error shape. For a bad field ``detail`` is FastAPI's list of what is wrong."""

    error: str
    detail: str | list[dict[str, Any]] = ""
    body: str = ""
    errors: str = ""


def invalid_fields(error: ValidationError) -> ErrorBody:
    """The 422 answer that names each field which is at fault."""
    detail = [
        {"loc": ["body", *problem["loc"]], "msg": problem["msg"], "type": problem["type"]}
        for problem in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    named = ((".".join(map(str, item["loc"][1:])) or "body", item["msg"]) for item in detail)
    return ErrorBody(
        error="ValidationError",
        detail=detail,
        errors="; ".join(f"{field}: {message}" for field, message in named),
    )


def decode_base64_image(text: str) -> bytes:
    """The bytes of a wire picture, whatever picture they are.

    Raises ValueError where the text is no base64 or is empty.
    """
    encoded = text.strip()
    if encoded.startswith("data:"):
        head, comma, encoded = encoded.partition(",")
        if not comma or not head.endswith(";base64"):
            raise ValueError("Invalid encoded image: not a base64 data: address")
    try:
        data = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("Invalid encoded image: not base64") from error
    if not data:
        raise ValueError("Invalid encoded image: empty")
    return data
