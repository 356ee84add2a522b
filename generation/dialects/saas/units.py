"""The units inside ``always_on_scripts``: ControlNet's 14 fields and ADetailer's 31. Pure.

Ranges are the documented ones, the union where two tables differ.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from generation.dialects.coercion import Integer, Number, Side, Text, Truth, Wire
from generation.request import ControlMode, ResizeMode

Prompt = Annotated[Text, Field(max_length=8000)]
Name = Annotated[Text, Field(max_length=255)]
MOST_UNITS = 3
MOST_DETECTORS = 8
LONGEST_LINK = 28_000_000  # characters: 20 MB of base64 in a data: URI

RESIZE_MODES = {
    "just resize": ResizeMode.JUST_RESIZE,
    "crop and resize": ResizeMode.CROP_AND_RESIZE,
    "resize and fill": ResizeMode.RESIZE_AND_FILL,
    "just resize (latent upscale)": ResizeMode.LATENT_UPSCALE,
}
CONTROL_MODES = {
    "balanced": ControlMode.BALANCED,
    "my prompt is more important": ControlMode.PROMPT,
    "controlnet is more important": ControlMode.CONTROL,
}
# The nine published preprocessors, then the names by which WebUI's extension knows the others.
MODULES = (
    "canny", "depth_midas", "lineart_realistic", "mlsd", "normal_bae", "openpose",
    "scribble_xdog", "seg_ufade20k", "inpaint_global_harmonious",
    "none", "invert", "blur_gaussian", "depth_anything", "depth_leres", "depth_leres++",
    "depth_zoe", "dw_openpose_full", "inpaint_only", "inpaint_only+lama", "lineart_anime",
    "lineart_anime_denoise", "lineart_coarse", "lineart_standard", "normal_midas",
    "openpose_face", "openpose_faceonly", "openpose_full", "openpose_hand", "recolor_intensity",
    "recolor_luminance", "reference_adain", "reference_adain+attn", "reference_only",
    "scribble_hed", "scribble_pidinet", "seg_ofade20k", "seg_ofcoco", "shuffle", "softedge_hed",
    "softedge_hedsafe", "softedge_pidinet", "softedge_pidisafe", "threshold", "tile_colorfix",
    "tile_colorfix+sharp", "tile_resample",
)  # fmt: skip
AD_CONTROLNETS = (
    "None",
    "control_v11f1e_sd15_tile [a371b31b]",
    "control_v11p_sd15_inpaint [ebff9138]",
    "control_v11p_sd15_lineart [43d4be0d]",
    "control_v11p_sd15_openpose [cab727d4]",
    "control_v11p_sd15_scribble [d4ba51ff]",
    "control_v11p_sd15s2_lineart_anime [3825e83e]",
)
_AD_SPELLINGS = {name.lower(): name for name in AD_CONTROLNETS} | {
    name.partition(" [")[0].lower(): name for name in AD_CONTROLNETS
}
# As one of the two tables has it.
_AD_SPELLINGS["control_v11p_sd15s2_linear_anime [3825e83e]"] = AD_CONTROLNETS[-1]


def _resize_mode(value: Any) -> Any:
    """A name, a number, or a number as text."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip().lower()
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("expected a resize mode: 0 to 3, or its name")
    if text in ("0", "1", "2", "3"):
        return ResizeMode(int(text))
    if text not in RESIZE_MODES:
        raise ValueError(f"one of 0 to 3, {', '.join(RESIZE_MODES)}")
    return RESIZE_MODES[text]


def _unit_resize_mode(value: Any) -> Any:
    mode = _resize_mode(value)
    if mode == ResizeMode.LATENT_UPSCALE:
        raise ValueError("a unit has 0 to 2: Just Resize, Crop and Resize, Resize and Fill")
    return mode


def _control_mode(value: Any) -> Any:
    modes = list(CONTROL_MODES.values())
    text = str(value).strip().lower() if not isinstance(value, bool) else ""
    if text in ("0", "1", "2"):
        return modes[int(text)]
    if text not in CONTROL_MODES:
        raise ValueError(
            "one of ControlNet is more important, Balanced, My prompt is more important"
        )
    return CONTROL_MODES[text]


def _module(value: Any) -> Any:
    if not isinstance(value, str) or value.strip().lower() not in MODULES:
        raise ValueError("no preprocessor of ours")
    return value.strip().lower()


def _ad_controlnet(value: Any) -> Any:
    found = _AD_SPELLINGS.get(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"one of {', '.join(AD_CONTROLNETS)}")
    return found


Resize = Annotated[ResizeMode, BeforeValidator(_resize_mode)]
UnitResize = Annotated[ResizeMode, BeforeValidator(_unit_resize_mode)]
Mode = Annotated[ControlMode, BeforeValidator(_control_mode)]
Module = Annotated[str, BeforeValidator(_module)]
AdControlNet = Annotated[str, BeforeValidator(_ad_controlnet)]


class ControlNetArgs(Wire):
    """One unit of controlnet.args (14 fields)."""

    image_link: Text = Field("", max_length=LONGEST_LINK)
    enabled: Truth = True
    module: Module
    model: Name = Field(min_length=1)
    weight: Number = Field(1.0, ge=0, le=2)
    resize_mode: UnitResize = ResizeMode.CROP_AND_RESIZE
    low_vram: Truth = False
    processor_res: Integer = Field(512, ge=64, le=2048)
    threshold_a: Number = Field(-1, ge=-1, le=4096)
    threshold_b: Number = Field(-1, ge=-1, le=4096)
    guidance_start: Number = Field(0.0, ge=0, le=1)
    guidance_end: Number = Field(1.0, ge=0, le=1)
    pixel_perfect: Truth = False
    control_mode: Mode = ControlMode.BALANCED

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Self:
        if self.guidance_end < self.guidance_start:
            raise ValueError("guidance_end: less than guidance_start")
        return self


class Units(Wire):
    args: list[ControlNetArgs] = Field(default_factory=list, max_length=MOST_UNITS)


class ADetailerArgs(Wire):
    """One detector of ADetailer.args (31 fields)."""

    ad_model: Name = "None"
    ad_prompt: Prompt = ""
    ad_negative_prompt: Prompt = ""
    ad_confidence: Number = Field(0.3, ge=0, le=1)
    ad_mask_min_ratio: Number = Field(0.0, ge=0, le=1)
    ad_mask_max_ratio: Number = Field(1.0, ge=0, le=1)
    ad_dilate_erode: Integer = Field(4, ge=-128, le=256)
    ad_x_offset: Integer = Field(0, ge=-4096, le=4096)
    ad_y_offset: Integer = Field(0, ge=-4096, le=4096)
    ad_mask_merge_invert: Literal["None", "Merge", "Merge and Invert"] = "None"
    ad_mask_blur: Integer = Field(4, ge=0, le=64)
    ad_denoising_strength: Number = Field(0.4, ge=0, le=1)
    ad_inpaint_only_masked: Truth = True
    ad_inpaint_only_masked_padding: Integer = Field(32, ge=0, le=4096)
    ad_use_inpaint_width_height: Truth = False
    ad_inpaint_width: Side = Field(512, ge=64, le=2048, multiple_of=8)
    ad_inpaint_height: Side = Field(512, ge=64, le=2048, multiple_of=8)
    ad_use_steps: Truth = False
    ad_steps: Integer = Field(28, ge=1, le=150)
    ad_use_cfg_scale: Truth = False
    ad_cfg_scale: Number = Field(7.0, ge=1, le=30)
    ad_use_sampler: Truth = False
    ad_sampler: Name = "DPM++ 2M Karras"
    ad_use_noise_multiplier: Truth = False
    ad_noise_multiplier: Number = Field(1.0, ge=0.5, le=1.5)
    ad_restore_face: Truth = False
    ad_controlnet_model: AdControlNet = "None"
    ad_controlnet_module: Name = "None"
    ad_controlnet_weight: Number = Field(1.0, ge=0, le=2)
    ad_controlnet_guidance_start: Number = Field(0.0, ge=0, le=1)
    ad_controlnet_guidance_end: Number = Field(1.0, ge=0, le=1)


class Detectors(Wire):
    args: list[ADetailerArgs] = Field(default_factory=list, max_length=MOST_DETECTORS)
