"""``alwayson_scripts``: ControlNet and ADetailer, as their own extensions read them. Pure.

Any other script that is given arguments is refused by name, as WebUI refuses one that it lacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError

from generation.dialects import adetailer
from generation.dialects.sdwebui.errors import BadFields
from generation.dialects.sdwebui.wire import Fraction, Name, Text, Wire, decode_base64_image
from generation.errors import InvalidRequest
from generation.request import (
    ADetailerUnit,
    ControlMode,
    ControlNetUnit,
    ImageRef,
    ResizeMode,
)

MOST_UNITS = 3
MOST_DETECTORS = 8
CONTROL_MODES = {
    "balanced": ControlMode.BALANCED,
    "my prompt is more important": ControlMode.PROMPT,
    "controlnet is more important": ControlMode.CONTROL,
    "0": ControlMode.BALANCED,
    "1": ControlMode.PROMPT,
    "2": ControlMode.CONTROL,
}
RESIZE_MODES = {
    "just resize": ResizeMode.JUST_RESIZE,
    "crop and resize": ResizeMode.CROP_AND_RESIZE,
    "resize and fill": ResizeMode.RESIZE_AND_FILL,
    "scale to fit (inner fit)": ResizeMode.CROP_AND_RESIZE,
    "inner fit (scale to fit)": ResizeMode.CROP_AND_RESIZE,
    "envelope (outer fit)": ResizeMode.RESIZE_AND_FILL,
    "outer fit (shrink to fit)": ResizeMode.RESIZE_AND_FILL,
    "0": ResizeMode.JUST_RESIZE,
    "1": ResizeMode.CROP_AND_RESIZE,
    "2": ResizeMode.RESIZE_AND_FILL,
}
# Fields of a unit that change the picture and have no place in a request here, with the values
# that ask for nothing.
UNIT_UNSERVED: dict[str, tuple[Any, ...]] = {
    "mask": (None, ""),
    "mask_image": (None, ""),
    "effective_region_mask": (None, ""),
    "hr_option": (None, "", "Both"),
    "advanced_weighting": (None, []),
    "inpaint_crop_input_image": (None, False, True),
    "batch_images": (None, ""),
}
DETECTOR_UNSERVED: dict[str, tuple[Any, ...]] = {
    "ad_model_classes": (None, ""),
    "ad_tab_enable": (None, True),
    "ad_mask_k_largest": (None, 0),
    "ad_mask_k": (None, 0),
    "ad_use_checkpoint": (None, False),
    "ad_use_vae": (None, False),
    "ad_use_clip_skip": (None, False),
    "ad_scheduler": (None, "", "Use same scheduler"),
}


class Unit(Wire):
    """One of ``controlnet.args``; the extension's names and ranges."""

    enabled: bool = True
    model: Name = "None"
    module: Name = "none"
    weight: float = Field(default=1.0, ge=0, le=2)
    image: Any = None
    input_image: Any = None  # the old name
    resize_mode: str | int = "Crop and Resize"
    low_vram: bool = False
    lowvram: bool = False
    processor_res: int = Field(default=512, ge=-1, le=2048)
    threshold_a: float = Field(default=-1, allow_inf_nan=False)
    threshold_b: float = Field(default=-1, allow_inf_nan=False)
    guidance_start: Fraction = 0.0
    guidance_end: Fraction = 1.0
    pixel_perfect: bool = False
    control_mode: str | int = "Balanced"


class Detector(Wire):
    """One of ``ADetailer.args``; the extension's names and ranges."""

    ad_model: Name = "None"
    ad_prompt: Text = ""
    ad_negative_prompt: Text = ""
    ad_confidence: Fraction = 0.3
    ad_mask_min_ratio: Fraction = 0.0
    ad_mask_max_ratio: Fraction = 1.0
    ad_dilate_erode: int = Field(default=4, ge=-128, le=256)
    ad_x_offset: int = Field(default=0, ge=-4096, le=4096)
    ad_y_offset: int = Field(default=0, ge=-4096, le=4096)
    ad_mask_merge_invert: Annotated[str, Field(pattern="^(None|Merge|Merge and Invert)$")] = "None"
    ad_mask_blur: int = Field(default=4, ge=0, le=64)
    ad_denoising_strength: Fraction = 0.4
    ad_inpaint_only_masked: bool = True
    ad_inpaint_only_masked_padding: int = Field(default=32, ge=0, le=4096)
    ad_use_inpaint_width_height: bool = False
    ad_inpaint_width: int = Field(default=512, ge=64, le=2048, multiple_of=8)
    ad_inpaint_height: int = Field(default=512, ge=64, le=2048, multiple_of=8)
    ad_use_steps: bool = False
    ad_steps: int = Field(default=28, ge=1, le=150)
    ad_use_cfg_scale: bool = False
    ad_cfg_scale: float = Field(default=7.0, ge=1, le=30)
    ad_use_sampler: bool = False
    ad_sampler: Name = "DPM++ 2M Karras"
    ad_use_noise_multiplier: bool = False
    ad_noise_multiplier: float = Field(default=1.0, ge=0.5, le=1.5)
    ad_restore_face: bool = False
    ad_controlnet_model: Name = "None"
    ad_controlnet_module: Name = "None"
    ad_controlnet_weight: float = Field(default=1.0, ge=0, le=2)
    ad_controlnet_guidance_start: Fraction = 0.0
    ad_controlnet_guidance_end: Fraction = 1.0


Pictures = dict[str, bytes]


def scripts(
    given: Mapping[str, Any], pictures: Pictures
) -> tuple[tuple[ControlNetUnit, ...], tuple[ADetailerUnit, ...]]:
    """The units that act. Their pictures go into ``pictures`` by the name of their field."""
    units: tuple[ControlNetUnit, ...] = ()
    detectors: tuple[ADetailerUnit, ...] = ()
    for title, script in given.items():
        args = script.get("args") if isinstance(script, Mapping) else script
        where = f"alwayson_scripts.{title[:60]}"
        if args is not None and not isinstance(args, list):
            raise InvalidRequest("expected {args: […]}", field=where)
        if title.strip().lower() == "controlnet":
            units = _units(args or [], f"{where}.args", pictures)
        elif title.strip().lower() == "adetailer":
            detectors = _detectors(args or [], f"{where}.args")
        elif any(args or ()):
            raise InvalidRequest(f"Script '{title[:60]}' not found", field=where)
    return units, detectors


def _units(args: list[Any], where: str, pictures: Pictures) -> tuple[ControlNetUnit, ...]:
    found = []
    for index, arg in enumerate(args):
        if not isinstance(arg, Mapping):
            raise InvalidRequest("expected an object", field=f"{where}.{index}")
        unit = _read(Unit, arg, f"{where}.{index}")
        if unit.enabled and unit.model.strip().lower() not in ("", "none"):
            _refuse(arg, UNIT_UNSERVED, f"{where}.{index}")
            found.append(_unit(unit, f"{where}.{index}", pictures))
    if len(found) > MOST_UNITS:
        raise InvalidRequest(f"at most {MOST_UNITS} units", field=where)
    return tuple(found)


def _unit(unit: Unit, where: str, pictures: Pictures) -> ControlNetUnit:
    image = unit.image or unit.input_image
    if isinstance(image, Mapping):  # {"image": …, "mask": …}
        _refuse(image, {"mask": (None, "")}, f"{where}.image")
        image = image.get("image")
    reference = None
    if image:
        pictures[f"{where}.image"] = picture(image, f"{where}.image")
        reference = ImageRef(stored=f"{where}.image")
    return ControlNetUnit(
        model=unit.model,
        module=unit.module,
        image=reference,
        weight=unit.weight,
        resize_mode=_choice(RESIZE_MODES, unit.resize_mode, f"{where}.resize_mode"),
        low_vram=unit.low_vram or unit.lowvram,
        processor_res=unit.processor_res if unit.processor_res >= 64 else 512,
        threshold_a=unit.threshold_a,
        threshold_b=unit.threshold_b,
        guidance_start=unit.guidance_start,
        guidance_end=unit.guidance_end,
        pixel_perfect=unit.pixel_perfect,
        control_mode=_choice(CONTROL_MODES, unit.control_mode, f"{where}.control_mode"),
    )


def _detectors(args: list[Any], where: str) -> tuple[ADetailerUnit, ...]:
    """Two switches may stand before the detectors: on or off, and whether to skip img2img."""
    switches = [arg for arg in args if isinstance(arg, bool)]
    if switches[1:2] == [True]:
        raise InvalidRequest("skip_img2img is not served", field=f"{where}.1")
    if switches[:1] == [False]:
        return ()
    found = []
    for index, arg in enumerate(args):
        if isinstance(arg, bool):
            continue
        if not isinstance(arg, Mapping):
            raise InvalidRequest("expected an object", field=f"{where}.{index}")
        unit = _read(Detector, arg, f"{where}.{index}")
        if adetailer.acts(unit.model_dump()):
            _refuse(arg, DETECTOR_UNSERVED, f"{where}.{index}")
            found.append(adetailer.unit(unit.model_dump()))
    if len(found) > MOST_DETECTORS:
        raise InvalidRequest(f"at most {MOST_DETECTORS} detectors", field=where)
    return tuple(found)


def picture(text: Any, field: str) -> bytes:
    """The bytes of a picture in a body. An address is no picture: nothing is fetched here."""
    if not isinstance(text, str):
        raise InvalidRequest("expected a base64 picture", field=field)
    if text.strip()[:8].lower().startswith(("http://", "https://")):
        raise InvalidRequest("Requests not allowed: send the picture itself", field=field)
    try:
        return decode_base64_image(text)
    except ValueError as error:
        raise InvalidRequest(str(error), field=field) from error


def _read(kind: type[Any], given: Mapping[str, Any], where: str) -> Any:
    try:
        return kind.model_validate(dict(given))
    except ValidationError as error:
        bad = BadFields(error)
        parts = where.split(".")
        for line in bad.body.detail:
            if isinstance(line, dict):
                line["loc"] = ["body", *parts, *line["loc"][1:]]
        bad.body.errors = "; ".join(f"{where}.{each}" for each in bad.body.errors.split("; "))
        raise bad from error


def _refuse(given: Mapping[str, Any], table: dict[str, tuple[Any, ...]], where: str) -> None:
    for name, nothing in table.items():
        if name in given and given[name] not in nothing:
            raise InvalidRequest("is not served here", field=f"{where}.{name}")


def _choice(table: Mapping[str, Any], given: str | int, field: str) -> Any:
    found = table.get(str(given).strip().lower())
    if found is None:
        names = ", ".join(name for name in table if not name.isdigit())
        raise InvalidRequest(f"one of {names}", field=field)
    return found
