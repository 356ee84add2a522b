"""``alwayson_scripts`` → the painter's controls and details."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generation.dialects.sdwebui import wire_scripts
from generation.dialects.sdwebui.errors import BadFields
from generation.engine import encode, samplers, stocked
from generation.engine.painter import (
    Control,
    ControlMode,
    Detail,
    ResizeMode,
    Stock,
)
from generation.engine.refusal import Refusal
from generation.errors import InvalidRequest
from generation.request import ADetailerUnit, ControlNetUnit

CONTROLNET, ADETAILER = "alwayson_scripts.controlnet", "alwayson_scripts.ADetailer"
PASS_ON = "passthrough"
"""ADetailer's word for the main pass's own unit."""


def read(
    given: Mapping[str, Any], stock: Stock, *, has_init: bool
) -> tuple[tuple[Control, ...], tuple[Detail, ...]]:
    """Raises Refusal, naming the unit's field."""
    pictures: dict[str, bytes] = {}
    try:
        units, detectors = wire_scripts.scripts(given, pictures)
    except BadFields as error:
        refusal = Refusal(422, "invalid")
        refusal.body = error.body
        raise refusal from error
    except InvalidRequest as error:
        raise Refusal(422, str(error), field=error.field) from error
    if units:
        stocked.need(stock, "controlnet", CONTROLNET)
    if detectors:
        stocked.need(stock, "adetailer", ADETAILER)
    controls = tuple(_control(unit, pictures, stock, has_init) for unit in units)
    return controls, tuple(_detail(unit, controls, stock) for unit in detectors)


def _control(
    unit: ControlNetUnit, pictures: Mapping[str, bytes], stock: Stock, has_init: bool
) -> Control:
    image = None
    if unit.image:
        field = unit.image.stored
        try:
            image = encode.read(pictures[field])
        except ValueError as error:
            raise Refusal(422, str(error), field=field) from error
    elif not has_init:
        raise Refusal(422, "no picture to take the control from", field=f"{CONTROLNET}.image")
    return Control(
        model=stocked.controlnet(unit.model, stock, f"{CONTROLNET}.model"),
        module=stocked.module(unit.module, stock, f"{CONTROLNET}.module"),
        image=image,
        weight=unit.weight,
        resize_mode=ResizeMode(unit.resize_mode),
        low_vram=unit.low_vram,
        processor_res=unit.processor_res,
        threshold_a=unit.threshold_a,
        threshold_b=unit.threshold_b,
        guidance_start=unit.guidance_start,
        guidance_end=unit.guidance_end,
        pixel_perfect=unit.pixel_perfect,
        mode=ControlMode[unit.control_mode.name],
    )


def _detail(unit: ADetailerUnit, controls: tuple[Control, ...], stock: Stock) -> Detail:
    sampler = scheduler = None
    if unit.sampler is not None:
        sampler, scheduler = samplers.resolve(unit.sampler, "", field=f"{ADETAILER}.ad_sampler")
    return Detail(
        model=stocked.detector(unit.model, stock, f"{ADETAILER}.ad_model"),
        prompt=unit.prompt,
        negative_prompt=unit.negative_prompt,
        confidence=unit.confidence,
        mask_min_ratio=unit.mask_min_ratio,
        mask_max_ratio=unit.mask_max_ratio,
        dilate_erode=unit.dilate_erode,
        x_offset=unit.x_offset,
        y_offset=unit.y_offset,
        mask_merge_invert=unit.mask_merge_invert,
        mask_blur=unit.mask_blur,
        denoising_strength=unit.denoising_strength,
        only_masked=unit.only_masked,
        only_masked_padding=unit.only_masked_padding,
        width=unit.width,
        height=unit.height,
        steps=unit.steps,
        cfg_scale=unit.cfg_scale,
        sampler=sampler,
        scheduler=scheduler,
        noise_multiplier=unit.noise_multiplier,
        restore_face=_restored(unit, stock),
        control=_of_detail(unit, controls, stock),
    )


def _restored(unit: ADetailerUnit, stock: Stock) -> bool:
    if unit.restore_face:
        stocked.need(stock, "restore_faces", f"{ADETAILER}.ad_restore_face")
    return unit.restore_face


def _of_detail(unit: ADetailerUnit, controls: tuple[Control, ...], stock: Stock) -> Control | None:
    """The unit that holds the repainting: its picture is what is repainted."""
    if stocked.is_nothing(unit.controlnet_model):
        return None
    if unit.controlnet_model.strip().casefold() == PASS_ON:
        return controls[0] if controls else None
    stocked.need(stock, "controlnet", f"{ADETAILER}.ad_controlnet_model")
    where = f"{ADETAILER}.ad_controlnet"
    return Control(
        model=stocked.controlnet(unit.controlnet_model, stock, f"{where}_model"),
        module=stocked.module(unit.controlnet_module, stock, f"{where}_module"),
        weight=unit.controlnet_weight,
        guidance_start=unit.controlnet_guidance_start,
        guidance_end=unit.controlnet_guidance_end,
    )
