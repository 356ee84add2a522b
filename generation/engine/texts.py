"""The parameters text of a picture and ``info``, with what WebUI 1.10 writes into them; and the
way back: what a text says completes a request."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from generation.dialects.sdwebui.wire import GenerationRequest, Img2ImgRequest, Info, Txt2ImgRequest
from generation.engine import stocked
from generation.engine.jobs import Job
from generation.engine.options import NAME, Chosen
from generation.engine.painter import Control, Detail, MaskFill, PaintJob, Stock
from generation.engine.paints import Seeds
from generation.wording import infotext

_LORA = re.compile(r"<lora:([^:>]+)")
_CONTENT = {
    MaskFill.FILL: "fill",
    MaskFill.LATENT_NOISE: "latent noise",
    MaskFill.LATENT_NOTHING: "latent nothing",
}
_CONTROL_RESIZE = ("Just Resize", "Crop and Resize", "Resize and Fill")
_ORDINALS = ("", " 2nd", " 3rd", *(f" {number}th" for number in range(4, 10)))


def text(
    request: GenerationRequest,
    chosen: Chosen,
    stock: Stock,
    paint: PaintJob,
    seeds: Seeds,
    index: int,
) -> str:
    """In WebUI's order; what has its default value there is left out as WebUI leaves it out."""
    card, varied = chosen.offer.card, bool(paint.subseed_strength)
    from_size = paint.seed_resize_from
    parameters: dict[str, object] = {
        "Steps": request.steps,
        "Sampler": paint.sampler,
        "Schedule type": paint.scheduler,
        "CFG scale": f"{request.cfg_scale:g}",
        "Distilled CFG Scale": _guidance(request),
        "Image CFG scale": paint.image_cfg_scale,
        "Seed": seeds.seeds[index],
        "Face restoration": chosen.face_restoration if paint.restore_faces else None,
        "Size": f"{paint.width}x{paint.height}",
        "Model hash": card.sha256[:10],
        "Model": stocked.stem(card.name),
        "VAE hash": _vae_hash(chosen, stock),
        "VAE": paint.vae or None,
        "Variation seed": seeds.subseeds[index] if varied else None,
        "Variation seed strength": f"{paint.subseed_strength:g}" if varied else None,
        "Seed resize from": f"{from_size[0]}x{from_size[1]}" if from_size else None,
        "Denoising strength": _denoising(request),
        "Clip skip": paint.clip_skip if paint.clip_skip > 1 else None,
        "RNG": stock.rng or None,
        "Tiling": "True" if paint.tiling else None,
    }
    parameters |= _passes(paint, request) | _mask(paint) | _units(paint, stock)
    parameters |= {"Version": NAME}
    return infotext.write(request.prompt, request.negative_prompt, parameters)


def _guidance(request: GenerationRequest) -> str | None:
    is_given = "distilled_cfg_scale" in request.model_fields_set
    return f"{request.distilled_cfg_scale:g}" if is_given else None


def _vae_hash(chosen: Chosen, stock: Stock) -> str | None:
    vae = stocked.find(chosen.vae, stock.vaes) if chosen.vae else None
    return vae.sha256[:10] if vae and vae.sha256 else None


def _denoising(request: GenerationRequest) -> float | None:
    if isinstance(request, Img2ImgRequest):
        return request.denoising_strength
    if isinstance(request, Txt2ImgRequest) and request.enable_hr:
        return request.denoising_strength
    return None


def _passes(paint: PaintJob, request: GenerationRequest) -> dict[str, object]:
    """The second pass, the refiner, and the samplers' own settings."""
    said: dict[str, object] = {
        "Refiner": paint.refiner or None,
        "Refiner switch at": f"{paint.refiner_switch_at:g}" if paint.refiner else None,
        "Eta": f"{paint.eta:g}" if paint.eta is not None else None,
        "Sigma churn": f"{paint.s_churn:g}" if paint.s_churn else None,
        "Sigma tmin": f"{paint.s_tmin:g}" if paint.s_churn and paint.s_tmin else None,
        "Sigma noise": f"{paint.s_noise:g}" if paint.s_noise != 1 else None,
        "NGMS": f"{paint.s_min_uncond:g}" if paint.s_min_uncond else None,
        "Noise multiplier": paint.noise_multiplier,
    }
    hires = paint.hires
    if hires is None or not isinstance(request, Txt2ImgRequest):
        return said
    is_resized = request.hr_resize_x or request.hr_resize_y or request.firstphase_width
    return said | {
        "Hires upscale": None if is_resized else f"{request.hr_scale:g}",
        "Hires resize": f"{hires.width}x{hires.height}" if is_resized else None,
        "Hires steps": hires.steps or None,
        "Hires upscaler": hires.upscaler,
        "Hires checkpoint": hires.checkpoint or None,
        "Hires sampler": hires.sampler or None,
        "Hires schedule type": hires.scheduler or None,
        "Hires prompt": hires.prompt or None,
        "Hires negative prompt": hires.negative_prompt or None,
        "Hires CFG Scale": hires.cfg_scale,
        "Hires Distilled CFG Scale": hires.distilled_cfg_scale,
    }


def _mask(paint: PaintJob) -> dict[str, object]:
    mask = paint.mask
    if mask is None:
        return {}
    blurs = mask.blur_x, mask.blur_y
    return {
        "Mask mode": "Inpaint not masked" if mask.invert else None,
        "Mask blur": blurs[0] if blurs[0] == blurs[1] and blurs[0] else None,
        "Mask blur x": blurs[0] if blurs[0] != blurs[1] else None,
        "Mask blur y": blurs[1] if blurs[0] != blurs[1] else None,
        "Inpaint area": "Only masked" if mask.only_masked else None,
        "Masked area padding": mask.padding if mask.only_masked else None,
        "Masked content": _CONTENT.get(mask.fill),
    }


def _units(paint: PaintJob, stock: Stock) -> dict[str, object]:
    said: dict[str, object] = {}
    hashes = (
        f"{name}: {extra.sha256[:12]}"
        for name in _LORA.findall(f"{paint.prompt} {paint.negative_prompt}")
        if (extra := stocked.find(name, stock.loras)) and extra.sha256
    )
    said["Lora hashes"] = ", ".join(dict.fromkeys(hashes)) or None
    for index, control in enumerate(paint.controls):
        said[f"ControlNet {index}"] = _control(control)
    for detail, ordinal in zip(paint.details, _ORDINALS, strict=False):
        said |= _detail(detail, ordinal)
    return said


def _control(control: Control) -> str:
    """In the form that ControlNet's extension writes and reads."""
    values = {
        "Module": control.module,
        "Model": control.model,
        "Weight": f"{control.weight:g}",
        "Resize Mode": _CONTROL_RESIZE[control.resize_mode],
        "Processor Res": control.processor_res,
        "Threshold A": f"{control.threshold_a:g}",
        "Threshold B": f"{control.threshold_b:g}",
        "Guidance Start": f"{control.guidance_start:g}",
        "Guidance End": f"{control.guidance_end:g}",
        "Pixel Perfect": control.pixel_perfect,
        "Control Mode": control.mode.value,
    }
    return ", ".join(f"{name}: {value}" for name, value in values.items())


def _detail(detail: Detail, ordinal: str) -> dict[str, object]:
    """In ADetailer's words; what it leaves to the main pass is left out."""
    values: dict[str, object] = {
        "model": detail.model,
        "prompt": detail.prompt or None,
        "negative prompt": detail.negative_prompt or None,
        "confidence": detail.confidence,
        "mask min ratio": detail.mask_min_ratio or None,
        "mask max ratio": detail.mask_max_ratio if detail.mask_max_ratio != 1 else None,
        "dilate erode": detail.dilate_erode,
        "x offset": detail.x_offset or None,
        "y offset": detail.y_offset or None,
        "mask merge invert": (
            detail.mask_merge_invert if detail.mask_merge_invert != "None" else None
        ),
        "mask blur": detail.mask_blur,
        "denoising strength": detail.denoising_strength,
        "inpaint only masked": detail.only_masked,
        "inpaint padding": detail.only_masked_padding if detail.only_masked else None,
        "inpaint width": detail.width,
        "inpaint height": detail.height,
        "steps": detail.steps,
        "CFG scale": detail.cfg_scale,
        "sampler": detail.sampler,
        "noise multiplier": detail.noise_multiplier,
        "restore face": detail.restore_face or None,
        "ControlNet model": detail.control.model if detail.control else None,
        "ControlNet module": detail.control.module if detail.control else None,
        "ControlNet weight": detail.control.weight if detail.control else None,
    }
    return {f"ADetailer {name}{ordinal}": value for name, value in values.items()}


def info(
    request: GenerationRequest, chosen: Chosen, job: Job, seeds: Seeds, made: Mapping[int, str]
) -> Info:
    card, paint, count = chosen.offer.card, job.paints[0], len(made)
    written = infotext.parse(next(iter(made.values()), "")).parameters
    from_size = paint.seed_resize_from or (-1, -1)
    return Info(
        prompt=request.prompt,
        all_prompts=[request.prompt] * count,
        negative_prompt=request.negative_prompt,
        all_negative_prompts=[request.negative_prompt] * count,
        seed=seeds.seeds[0],
        all_seeds=[seeds.seeds[index] for index in made],
        subseed=seeds.subseeds[0],
        all_subseeds=[seeds.subseeds[index] for index in made],
        subseed_strength=request.subseed_strength,
        width=paint.width,
        height=paint.height,
        sampler_name=paint.sampler,
        cfg_scale=request.cfg_scale,
        steps=request.steps,
        batch_size=request.batch_size,
        restore_faces=request.restore_faces,
        face_restoration_model=chosen.face_restoration if request.restore_faces else None,
        sd_model_name=stocked.stem(card.name),
        sd_model_hash=card.sha256[:10],
        sd_vae_name=paint.vae or None,
        sd_vae_hash=written.get("VAE hash"),
        seed_resize_from_w=from_size[0],
        seed_resize_from_h=from_size[1],
        denoising_strength=_denoising(request),
        extra_generation_params=_extra(written),
        infotexts=list(made.values()),
        styles=request.styles,
        job_timestamp=time.strftime("%Y%m%d%H%M%S"),
        clip_skip=paint.clip_skip,
        version=NAME,
        task_id=job.id,
    )


# Of the text, what ``info`` has under names of its own.
_OWN = frozenset(
    {
        *("Steps", "Sampler", "CFG scale", "Seed", "Face restoration", "Size", "Model hash"),
        *("Model", "VAE hash", "VAE", "Variation seed", "Variation seed strength"),
        *("Seed resize from", "Clip skip", "RNG", "Version"),
    }
)


def _extra(written: Mapping[str, str]) -> dict[str, Any]:
    return {name: value for name, value in written.items() if name not in _OWN}


# ── The way back ─────────────────────────────────────────────────────────────────────────────
_FIELDS = {
    "Steps": "steps",
    "Sampler": "sampler_name",
    "Schedule type": "scheduler",
    "CFG scale": "cfg_scale",
    "Distilled CFG Scale": "distilled_cfg_scale",
    "Seed": "seed",
    "Variation seed": "subseed",
    "Variation seed strength": "subseed_strength",
    "Denoising strength": "denoising_strength",
    "Hires upscale": "hr_scale",
    "Hires steps": "hr_second_pass_steps",
    "Hires upscaler": "hr_upscaler",
}


def completed(request: GenerationRequest) -> GenerationRequest:
    """With what its ``infotext`` says where the request itself says nothing.

    Raises ValidationError for a text whose values are out of range.
    """
    if not request.infotext:
        return request
    read = infotext.parse(request.infotext)
    found: dict[str, Any] = {"prompt": read.prompt, "negative_prompt": read.negative_prompt}
    for name, field in _FIELDS.items():
        if name in read.parameters:
            found[field] = read.parameters[name]
    wide, times, high = read.parameters.get("Size", "").partition("x")
    if times:
        found |= {"width": wide, "height": high}
    if "Hires upscaler" in read.parameters:
        found["enable_hr"] = True
    overrides = {"Model": "sd_model_checkpoint", "Clip skip": "CLIP_stop_at_last_layers"}
    named = {
        field: read.parameters[name] for name, field in overrides.items() if name in read.parameters
    }
    given = {name: getattr(request, name) for name in request.model_fields_set}
    given["override_settings"] = named | request.override_settings
    return type(request).model_validate(found | given)
