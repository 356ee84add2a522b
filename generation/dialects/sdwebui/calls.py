"""txt2img and img2img: a body becomes an ImageRequest. Pure.

What a request here cannot carry is refused by name; the values of such a field that ask for
nothing (WebUI's defaults, and what well-known clients always send) are let through.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from generation.dialects.coercion import Notes, without_nulls
from generation.dialects.sdwebui.errors import BadFields
from generation.dialects.sdwebui.settings import Chosen, overrides
from generation.dialects.sdwebui.wire import (
    GenerationRequest,
    Img2ImgRequest,
    Name,
    Txt2ImgRequest,
)
from generation.dialects.sdwebui.wire_scripts import Pictures, picture, scripts
from generation.errors import InvalidRequest, NotFound, UnknownModel
from generation.request import Hires, ImageRef, ImageRequest, Init, Mask, MaskFill, ResizeMode
from generation.wording.schedules import scheduler

SAMPLER = "Euler"  # WebUI's, where a call names none
LONGEST_ID = 128
TRUTH = ("true", "false", "1", "0")
LORA_TAG = re.compile(r"<lora:([^:>]{1,255}):\s*\(?\s*([-+]?[0-9]*\.?[0-9]+)\s*\)?[^:>0-9]*\)?>")
# Field → the values that ask for nothing.
UNSERVED: dict[str, tuple[Any, ...]] = {
    "seed_resize_from_h": (-1, 0),
    "seed_resize_from_w": (-1, 0),
    "eta": (None, 1.0),
    "s_min_uncond": (None, 0.0),
    "s_churn": (None, 0.0),
    "s_tmax": (None, 0.0, inf),
    "s_tmin": (None, 0.0),
    "s_noise": (None, 1.0),
    "refiner_checkpoint": ("", "None"),
    "firstpass_image": ("",),
    "script_name": ("", "None"),
    "infotext": ("",),
    "distilled_cfg_scale": (3.5,),
}
UNSERVED_TXT2IMG: dict[str, tuple[Any, ...]] = {
    "firstphase_width": (0,),
    "firstphase_height": (0,),
}
UNSERVED_HIRES: dict[str, tuple[Any, ...]] = {
    "hr_checkpoint_name": ("", "Use same checkpoint"),
    "hr_sampler_name": ("", "Use same sampler"),
    "hr_scheduler": ("", "Use same scheduler"),
    "hr_prompt": ("",),
    "hr_negative_prompt": ("",),
    "hr_additional_modules": ([], ["Use same choices"]),
    "hr_cfg": (1.0,),
    "hr_distilled_cfg": (3.5,),
}
UNSERVED_IMG2IMG: dict[str, tuple[Any, ...]] = {"mask_round": (True,), "latent_mask": ("",)}


class Txt2Img(Txt2ImgRequest):
    """With the defaults and ranges of the published contract."""

    batch_size: int = Field(default=1, ge=1, le=8)
    steps: int = Field(default=30, ge=1, le=150)
    hr_upscaler: Name = "ESRGAN_4x"


class Img2Img(Img2ImgRequest):
    batch_size: int = Field(default=1, ge=1, le=8)
    steps: int = Field(default=30, ge=1, le=150)
    image_cfg_scale: float | None = Field(default=None, ge=0, le=3)
    initial_noise_multiplier: float | None = Field(default=None, ge=0.5, le=1.5)


T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a call asks for. The request names its pictures by their field, ``pictures`` has their
    bytes; ``keep``: settings that are to hold after the call too."""

    wire: GenerationRequest
    request: ImageRequest
    pictures: Pictures
    warnings: tuple[str, ...]
    keep: dict[str, Any] = field(default_factory=dict)


def txt2img(body: Mapping[str, Any], chosen: Chosen, *, strict: bool = False) -> Asked:
    """InvalidRequest naming the field; UnknownModel for a schedule that nobody knows."""
    notes = Notes(strict=strict)
    wire = read(Txt2Img, body, notes)
    _refuse(wire, UNSERVED_TXT2IMG)
    hires = None
    if wire.enable_hr:
        _refuse(wire, UNSERVED_HIRES)
        hires = Hires(
            scale=wire.hr_scale,
            width=_eighth(wire.hr_resize_x, "hr_resize_x", notes),
            height=_eighth(wire.hr_resize_y, "hr_resize_y", notes),
            upscaler=wire.hr_upscaler,
            steps=wire.hr_second_pass_steps,
            denoising_strength=wire.denoising_strength,
        )
    return _asked(wire, chosen, notes, {"hires": hires}, {})


def img2img(body: Mapping[str, Any], chosen: Chosen, *, strict: bool = False) -> Asked:
    """The same; NotFound where there is no picture to begin with."""
    notes = Notes(strict=strict)
    wire = read(Img2Img, body, notes)
    if not wire.init_images or not wire.init_images[0]:
        raise NotFound("Init image not found", field="init_images")
    if len(wire.init_images) > 1:
        raise InvalidRequest("one picture a call", field="init_images")
    _refuse(wire, UNSERVED_IMG2IMG)
    pictures = {"init_images": picture(wire.init_images[0], "init_images")}
    init = Init(
        image=ImageRef(stored="init_images"),
        resize_mode=ResizeMode(wire.resize_mode),
        denoising_strength=wire.denoising_strength,
        noise_multiplier=wire.initial_noise_multiplier,
        image_cfg_scale=wire.image_cfg_scale,
    )
    mask = _mask(wire) if wire.mask else None
    if mask:
        pictures["mask"] = picture(wire.mask, "mask")
    return _asked(wire, chosen, notes, {"init": init, "mask": mask}, pictures)


def _mask(wire: Img2Img) -> Mask:
    both = wire.mask_blur
    return Mask(
        image=ImageRef(stored="mask"),
        blur=wire.mask_blur_x if both is None else both,
        blur_y=wire.mask_blur_y if both is None else None,
        fill=MaskFill(wire.inpainting_fill),
        only_masked=wire.inpaint_full_res,
        padding=wire.inpaint_full_res_padding,
        invert=wire.inpainting_mask_invert,
    )


def _asked(
    wire: GenerationRequest, chosen: Chosen, notes: Notes, parts: dict[str, Any], pictures: Pictures
) -> Asked:
    _refuse(wire, UNSERVED)
    if wire.disable_extra_networks and "<lora:" in wire.prompt.lower():
        raise InvalidRequest("the prompt names a LoRA", field="disable_extra_networks")
    if len(wire.task) > LONGEST_ID:
        raise InvalidRequest(f"at most {LONGEST_ID} characters", field="task_id")
    override = overrides(wire.override_settings)
    settings = chosen.changed(override)
    schedule = scheduler(wire.scheduler)
    if schedule is None:
        raise UnknownModel(f"unknown: “{wire.scheduler}”", field="scheduler")
    units, detectors = scripts(wire.alwayson_scripts, pictures)
    if not {"sampler_name", "sampler_index"} & wire.model_fields_set:
        notes.warnings.append(f"sampler_name: absent, {SAMPLER} is used")
    request = ImageRequest(
        prompt=_lora_tags(wire.prompt, notes),
        negative_prompt=wire.negative_prompt,
        checkpoint=settings.sd_model_checkpoint,
        vae=settings.sd_vae,
        styles=tuple(wire.styles),
        clip_skip=settings.CLIP_stop_at_last_layers,
        width=_eighth(wire.width, "width", notes),
        height=_eighth(wire.height, "height", notes),
        steps=wire.steps,
        cfg_scale=wire.cfg_scale,
        sampler=wire.sampler or SAMPLER,
        scheduler=schedule,
        seed=None if wire.seed < 0 else wire.seed,
        subseed=None if wire.subseed < 0 else wire.subseed,
        subseed_strength=wire.subseed_strength,
        batch_size=wire.batch_size,
        n_iter=wire.n_iter,
        restore_faces=wire.restore_faces,
        tiling=wire.tiling,
        controlnet=units,
        adetailer=detectors,
        output_format=settings.samples_format,
        **parts,
    )
    return Asked(
        wire=wire,
        request=request,
        pictures=pictures,
        warnings=tuple(notes.warnings),
        keep={} if wire.override_settings_restore_afterwards else override,
    )


def read(kind: type[T], body: Mapping[str, Any], notes: Notes) -> T:
    """``body`` as ``kind``, with each coercion noted. BadFields names every field at fault."""
    given = without_nulls(body)
    _no_nul(given)
    try:
        wire = kind.model_validate(given)
    except ValidationError as error:
        raise BadFields(error) from error
    for name in sorted(wire.model_fields_set):
        _note(name, given[name], getattr(wire, name), notes)
    return wire


def _note(name: str, raw: Any, value: Any, notes: Notes) -> None:
    """Pydantic reads "25" as 25 and "true" as True: allowed, and told; all else is refused."""
    if isinstance(value, bool):
        if isinstance(raw, bool) or (name == "inpainting_mask_invert" and raw in (0, 1)):
            return
        if str(raw).strip().lower() not in TRUTH or notes.strict:
            raise InvalidRequest("expected true or false", field=name)
        notes.coerced(name, raw, value)
    elif isinstance(value, int | float):
        if isinstance(raw, bool) or (isinstance(raw, str) and notes.strict):
            raise InvalidRequest("expected a number", field=name)
        if isinstance(raw, str):
            notes.coerced(name, raw, value)


def _no_nul(value: Any, name: str = "body") -> None:
    """PostgreSQL has no place for it, and no picture is the better for it."""
    if isinstance(value, str) and "\x00" in value:
        raise InvalidRequest("contains a NUL character", field=name)
    if isinstance(value, Mapping):
        for key, each in value.items():
            _no_nul(key, name)
            _no_nul(each, key if name == "body" else name)
    elif isinstance(value, list):
        for each in value:
            _no_nul(each, name)


def _eighth(side: int, name: str, notes: Notes) -> int:
    """Rounded down to a multiple of 8."""
    if side % 8 == 0:
        return side
    if notes.strict:
        raise InvalidRequest("expected a multiple of 8", field=name)
    notes.coerced(name, side, side // 8 * 8)
    return side // 8 * 8


def _lora_tags(prompt: str, notes: Notes) -> str:
    """``<lora:name:(0.5)>`` is how one published recipe writes ``<lora:name:0.5>``."""
    changed: list[tuple[str, str]] = []

    def plain(match: re.Match[str]) -> str:
        tag = f"<lora:{match[1]}:{match[2]}>"
        if tag != match[0]:
            changed.append((match[0], tag))
        return tag

    read_as = LORA_TAG.sub(plain, prompt)
    if changed and notes.strict:
        raise InvalidRequest("expected <lora:name:weight>", field="prompt")
    if changed:  # the first stands for all: a header has an end
        notes.coerced("prompt", *changed[0])
    return read_as


def _refuse(wire: BaseModel, table: Mapping[str, tuple[Any, ...]]) -> None:
    for name, nothing in table.items():
        if getattr(wire, name) not in nothing:
            raise InvalidRequest("is not served here", field=name)
