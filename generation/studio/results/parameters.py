"""All that a task was asked for, in words: what the light box lists under the main facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext as _

from generation.request import (
    ADetailerUnit,
    ControlMode,
    ControlNetUnit,
    Cutout,
    Extras,
    Hires,
    ImageRequest,
    Init,
    Mask,
    MaskFill,
    ResizeMode,
)

Row = tuple[str, str]


def rows(request: ImageRequest) -> list[Row]:
    """(name, value), without prompt, size, seed, steps, CFG and sampler, which stand elsewhere.
    What has no effect is left out."""
    plain = [
        (_("VAE"), request.vae),
        (_("LoRA"), ", ".join(f"{use.name} ({use.weight:g})" for use in request.loras)),
        (_("Scheduler"), request.scheduler),
        (_("Clip skip"), _unless(request.clip_skip, 1)),
        (_("Variation seed"), _variation(request)),
        (_("Pictures of the task"), _unless(request.images, 1)),
        (_("Restore faces"), _yes(request.restore_faces)),
        (_("Seamless tiles"), _yes(request.tiling)),
        (_("Second pass"), _said(request.hires, _hires)),
        (_("Starts from a picture"), _said(request.init if request.is_painted else None, _init)),
        (_("Mask"), _said(request.mask, _mask)),
        *_units(_("ControlNet"), (u for u in request.controlnet if u.enabled), _control),
        *_units(_("ADetailer"), request.adetailer, _detail),
        (_("Enlarged"), _said(request.extras, _extras)),
        (_("Background removed"), _said(request.cutout, _cutout)),
    ]
    return [(name, value) for name, value in plain if value]


def _said(part: Any, words: Callable[[Any], Iterable[str]]) -> str:
    return ", ".join(word for word in words(part) if word) if part else ""


def _units(name: str, units: Iterable[Any], words: Callable[[Any], Iterable[str]]) -> list[Row]:
    return [(f"{name} {at}", _said(unit, words)) for at, unit in enumerate(units, start=1)]


def _unless(value: int, usual: int) -> str:
    return "" if value == usual else str(value)


def _yes(on: bool) -> str:
    return _("yes") if on else ""


def _pair(name: str, value: object) -> str:
    return _("%(name)s %(value)s") % {"name": name, "value": value}


def _number(name: str, value: float) -> str:
    return _pair(name, f"{value:g}")


def _variation(request: ImageRequest) -> str:
    if not request.subseed_strength:
        return ""
    return f"{request.subseed or 0} ({request.subseed_strength:g})"


def _hires(hires: Hires) -> Iterable[str]:
    wide, high = hires.width, hires.height
    yield f"{wide or '?'} × {high or '?'}" if wide or high else f"× {hires.scale:g}"
    yield hires.upscaler
    yield _number(_("steps"), hires.steps) if hires.steps else ""
    yield _number(_("strength"), hires.denoising_strength)


def _init(init: Init) -> Iterable[str]:
    yield _number(_("strength"), init.denoising_strength)
    yield _resized(init.resize_mode)
    if init.noise_multiplier is not None:
        yield _number(_("noise"), init.noise_multiplier)
    if init.image_cfg_scale is not None:
        yield _number(_("picture CFG"), init.image_cfg_scale)


def _resized(mode: ResizeMode) -> str:
    return {
        ResizeMode.JUST_RESIZE: _("stretched"),
        ResizeMode.CROP_AND_RESIZE: _("cropped"),
        ResizeMode.RESIZE_AND_FILL: _("filled up"),
        ResizeMode.LATENT_UPSCALE: _("enlarged as latents"),
    }[mode]


def _mask(mask: Mask) -> Iterable[str]:
    yield _number(_("blur"), mask.blur)
    yield {
        MaskFill.FILL: _("filled"),
        MaskFill.ORIGINAL: _("from the original"),
        MaskFill.LATENT_NOISE: _("from noise"),
        MaskFill.LATENT_NOTHING: _("from nothing"),
    }[mask.fill]
    yield _number(_("only the masked part, padding"), mask.padding) if mask.only_masked else ""
    yield _("inverted") if mask.invert else ""


def _control(unit: ControlNetUnit) -> Iterable[str]:
    yield unit.model
    yield "" if unit.module == "none" else unit.module
    yield _number(_("weight"), unit.weight)
    if (unit.guidance_start, unit.guidance_end) != (0, 1):
        yield f"{unit.guidance_start:g}–{unit.guidance_end:g}"
    yield {
        ControlMode.BALANCED: "",
        ControlMode.PROMPT: _("the prompt goes before it"),
        ControlMode.CONTROL: _("it goes before the prompt"),
    }[unit.control_mode]


def _detail(unit: ADetailerUnit) -> Iterable[str]:
    yield unit.model
    yield unit.prompt
    yield _number(_("confidence"), unit.confidence)
    yield _number(_("strength"), unit.denoising_strength)


def _cutout(cutout: Cutout) -> Iterable[str]:
    yield cutout.model or _("whatever stands in front")
    yield cutout.background
    if cutout.feather:
        yield _("soft edge of %(pixels)g pixels") % {"pixels": cutout.feather}


def _extras(extras: Extras) -> Iterable[str]:
    sides = bool(extras.width and extras.height)
    yield f"{extras.width} × {extras.height}" if sides else f"× {extras.factor:g}"
    yield from extras.upscalers
    if extras.gfpgan_visibility:
        yield _number("GFPGAN", extras.gfpgan_visibility)
    if extras.codeformer_visibility:
        yield _number("CodeFormer", extras.codeformer_visibility)
