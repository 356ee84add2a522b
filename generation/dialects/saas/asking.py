"""saas bodies to requests: one reader for all generation calls of both versions. Pure.

A picture is an address, a ``data:`` URI or base64; the request names it by its field, and what is
in the body itself comes beside it in ``Asked.pictures``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from generation.dialects import adetailer
from generation.dialects.coercion import Notes, read
from generation.dialects.pictures import Pictures, reference
from generation.dialects.saas.fields import Drawing, DrawingV3, Scripts
from generation.dialects.saas.units import ControlNetArgs
from generation.errors import InvalidRequest
from generation.request import (
    MAX_SIDE,
    ControlNetUnit,
    Hires,
    ImageRef,
    ImageRequest,
    Init,
    Mask,
    MaskFill,
    ResizeMode,
)
from generation.wording.schedules import scheduler

Call = Literal["text2image", "image2image", "inpaint", "controlnet"]
SAMPLER = "Euler a"
BLOCK = "always_on_scripts"
IMAGE, MASK = f"{BLOCK}.image_link", f"{BLOCK}.mask_link"


@dataclass(frozen=True)
class Axes:
    """How an operator reads ``hr_resize_x`` and ``hr_resize_y``: as WebUI does (width, height),
    or as the published table describes them (height, width)."""

    documented: bool = False


@dataclass(frozen=True)
class Asked:
    """What a generation call asks for. ``client_id`` "": the server's own id is its."""

    request: ImageRequest
    client_id: str
    callback_url: str
    warnings: tuple[str, ...]
    pictures: Pictures = field(default_factory=dict)


def asked(
    body: Mapping[str, Any],
    call: Call,
    *,
    default_format: str,
    version: int = 2,
    strict: bool = False,
    axes: Axes | None = None,
) -> Asked:
    """InvalidRequest naming the field, in this API's spelling."""
    notes = Notes(strict=strict)
    wire = read(DrawingV3 if version == 3 else Drawing, body, notes)
    scripts = wire.always_on_scripts
    if strict and "batch_size" not in wire.model_fields_set:
        raise InvalidRequest("batch_size is required", field="batch_size")
    pictures: Pictures = {}
    init = None if call == "text2image" else _init(wire, call, pictures)
    size, hires = _sizes(wire, axes or Axes(), init is not None, notes)
    if call == "text2image" and (scripts.image_link or scripts.mask_link):
        notes.warnings.append("image_link: text2image draws without a picture")
    request = ImageRequest(
        prompt=wire.prompt,
        negative_prompt=wire.negative_prompt,
        checkpoint=scripts.sd_model_checkpoint,
        vae=scripts.sd_vae,
        clip_skip=scripts.override_settings.CLIP_stop_at_last_layers,
        width=size[0],
        height=size[1],
        steps=wire.steps,
        cfg_scale=wire.cfg_scale,
        sampler=_sampler(wire, notes),
        scheduler=_scheduler(wire),
        seed=wire.seed,
        batch_size=min(wire.batch_size, 64),
        n_iter=min(wire.n_iter, 64),
        restore_faces=wire.restore_faces,
        hires=hires,
        init=init,
        mask=_mask(wire, pictures) if init and scripts.mask_link else None,
        controlnet=_units(scripts, call, init, pictures),
        adetailer=_detectors(scripts),
        output_format=_format(scripts.output_image_format or default_format),
    )
    return Asked(request, scripts.id_task, wire.callbackUrl, tuple(notes.warnings), pictures)


def _format(name: str) -> Literal["jpg", "png"]:
    return "jpg" if name.lower() in ("jpg", "jpeg") else "png"


def _sampler(wire: Drawing, notes: Notes) -> str:
    found = wire.sampler_index or wire.sampler_name
    if not found:
        notes.warnings.append(f"sampler_index: absent, {SAMPLER} is used")
    return found or SAMPLER


def _scheduler(wire: Drawing) -> str:
    found = scheduler(wire.scheduler)
    if found is None:
        raise InvalidRequest("scheduler: no schedule of ours", field="scheduler")
    return found


def _sizes(
    wire: Drawing, axes: Axes, has_init: bool, notes: Notes
) -> tuple[tuple[int, int], Hires | None]:
    """Width and height of the first pass, and the second. From a picture there is one pass: the
    size of the second is drawn at once."""
    size = wire.width, wire.height
    if not wire.enable_hr:
        return size, None
    x, y = wire.hr_resize_x, wire.hr_resize_y
    hires = Hires(
        scale=wire.hr_scale,
        width=y if axes.documented else x,
        height=x if axes.documented else y,
        upscaler=wire.hr_upscaler,
        steps=wire.hr_second_pass_steps,
        denoising_strength=wire.denoising_strength,
    )
    if not has_init:
        return size, hires
    final = ImageRequest(width=size[0], height=size[1], hires=hires).final_size
    wide, high = (side // 8 * 8 for side in final)
    if max(wide, high) > MAX_SIDE:
        raise InvalidRequest(f"hr_scale: at most {MAX_SIDE} pixels a side", field="hr_scale")
    notes.warnings.append(f"enable_hr: with a picture there is one pass, at {wide}x{high}")
    return (wide, high), None


def _init(wire: Drawing, call: Call, pictures: Pictures) -> Init | None:
    scripts = wire.always_on_scripts
    for name in ("image_link", "mask_link") if call == "inpaint" else ("image_link",):
        if call != "controlnet" and not getattr(scripts, name):
            raise InvalidRequest(f"{BLOCK}.{name} is required", field=f"{BLOCK}.{name}")
    if not scripts.image_link:
        return None
    return Init(
        image=reference(scripts.image_link, IMAGE, pictures),
        resize_mode=wire.resize_mode,
        denoising_strength=wire.denoising_strength,
        noise_multiplier=wire.initial_noise_multiplier,
        image_cfg_scale=wire.image_cfg_scale,
    )


def _mask(wire: Drawing, pictures: Pictures) -> Mask:
    both = wire.mask_blur
    return Mask(
        image=reference(wire.always_on_scripts.mask_link, MASK, pictures),
        blur=wire.mask_blur_x if both is None else both,
        blur_y=wire.mask_blur_y if both is None else None,
        fill=MaskFill(wire.inpainting_fill),
        only_masked=wire.inpaint_full_res,
        padding=wire.inpaint_full_res_padding,
        invert=wire.inpainting_mask_invert != 0,
    )


def _units(
    scripts: Scripts, call: Call, init: Init | None, pictures: Pictures
) -> tuple[ControlNetUnit, ...]:
    if scripts.controlnet is None:
        if call == "controlnet":
            raise InvalidRequest(f"{BLOCK}.controlnet is required", field=f"{BLOCK}.controlnet")
        return ()
    return tuple(
        _unit(args, f"{BLOCK}.controlnet.args.{index}", init, pictures)
        for index, args in enumerate(scripts.controlnet.args)
    )


def _unit(
    args: ControlNetArgs, where: str, init: Init | None, pictures: Pictures
) -> ControlNetUnit:
    """A unit without a picture of its own is led by the outer one."""
    image: ImageRef | None = None
    if args.enabled and args.image_link:
        image = reference(args.image_link, f"{where}.image_link", pictures)
    elif args.enabled and init is None:
        name = f"{where}.image_link"
        raise InvalidRequest(f"{name} is required: there is no outer picture", field=name)
    return ControlNetUnit(
        model=args.model,
        module=args.module,
        image=image,
        enabled=args.enabled,
        weight=args.weight,
        resize_mode=ResizeMode(args.resize_mode),
        low_vram=args.low_vram,
        processor_res=args.processor_res,
        threshold_a=args.threshold_a,
        threshold_b=args.threshold_b,
        guidance_start=args.guidance_start,
        guidance_end=args.guidance_end,
        pixel_perfect=args.pixel_perfect,
        control_mode=args.control_mode,
    )


def _detectors(scripts: Scripts) -> tuple[Any, ...]:
    given = [args.model_dump() for args in scripts.ADetailer.args]
    return tuple(adetailer.unit(each) for each in given if adetailer.acts(each))
