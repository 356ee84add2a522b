"""ImageRequest → the body of txt2img or img2img. Pure.

What WebUI cannot be asked for is refused here by name; nothing is left out in silence.
"""

from __future__ import annotations

import base64
from collections.abc import Container
from typing import Any

from generation.backends.base import Job
from generation.backends.sdwebui import cutting, swapping
from generation.errors import BackendError, BackendRefused
from generation.request import (
    ADetailerUnit,
    ControlMode,
    ControlNetUnit,
    ImageRef,
    ImageRequest,
    Mask,
    ResizeMode,
)

_EXTRAS = "/sdapi/v1/extra-single-image"
_INTERROGATE = "/sdapi/v1/interrogate"
_DETECT = "/controlnet/detect"
_CONTROL_MODES = {
    ControlMode.BALANCED: "Balanced",
    ControlMode.PROMPT: "My prompt is more important",
    ControlMode.CONTROL: "ControlNet is more important",
}
_CONTROL_RESIZE = {
    ResizeMode.JUST_RESIZE: "Just Resize",
    ResizeMode.CROP_AND_RESIZE: "Crop and Resize",
    ResizeMode.RESIZE_AND_FILL: "Resize and Fill",
}


def build(job: Job, settings: Container[str], fetch_from: str = "") -> tuple[str, dict[str, Any]]:
    """The path to post to, and the body.

    ``settings``: the names of the server's settings. WebUI fails on an override that it does not
    have, and a fork without ``sd_vae`` takes the VAE under another name. ``fetch_from``: where
    the server, an engine of ours, has weights from us: the address below which they are.
    """
    request = job.request
    if request.extras:
        return _EXTRAS, _extras(job)
    if request.caption:
        return _INTERROGATE, {"image": _init_image(job), "model": request.caption}
    if request.cutout:
        own = "easel_features" in settings
        model = cutting.model(request.cutout.model, own=own)
        return cutting.PATH, {"input_image": _init_image(job), "model": model}
    if request.swap:
        face = _base64(job, request.swap.image)
        return swapping.PATH, swapping.body(face, _init_image(job))
    if request.preprocess:
        return _DETECT, _preprocess(job)
    body = _common(job, settings) | _brought(job, fetch_from)
    scripts = _scripts(job)
    if scripts:
        body["alwayson_scripts"] = scripts
    if request.init is None:
        return "/sdapi/v1/txt2img", body | _hires(request)
    if request.hires:
        raise BackendRefused("hires does not go with an init image", field="hires")
    return "/sdapi/v1/img2img", body | _image_to_image(job)


def _brought(job: Job, fetch_from: str) -> dict[str, Any]:
    if not job.weights:
        return {}
    if not fetch_from:
        raise BackendRefused("this server fetches no files", field="loras")
    files = {
        name: {"url": fetch_from + file.path, "sha256": file.sha256, "kind": "lora"}
        for name, file in job.weights.items()
    }
    return {"easel_files": files}


def _extras(job: Job) -> dict[str, Any]:
    extras = job.request.extras
    assert extras is not None
    to_size = bool(extras.width and extras.height)
    size = {"upscaling_resize_w": extras.width, "upscaling_resize_h": extras.height}
    return {
        "image": _init_image(job),
        "resize_mode": int(to_size),
        "upscaling_resize": extras.factor,
        **(size if to_size else {}),
        "upscaling_crop": extras.crop,
        "upscaler_1": extras.upscaler,
        "upscaler_2": extras.upscaler_2,
        "extras_upscaler_2_visibility": extras.upscaler_2_visibility,
        "gfpgan_visibility": extras.gfpgan_visibility,
        "codeformer_visibility": extras.codeformer_visibility,
        "codeformer_weight": extras.codeformer_weight,
        "upscale_first": extras.upscale_first,
    }


def _preprocess(job: Job) -> dict[str, Any]:
    asked = job.request.preprocess
    assert asked is not None
    return {
        "controlnet_module": asked.module,
        "controlnet_input_images": [_init_image(job)],
        "controlnet_processor_res": asked.processor_res,
        "controlnet_threshold_a": asked.threshold_a,
        "controlnet_threshold_b": asked.threshold_b,
    }


def _init_image(job: Job) -> str:
    assert job.request.init is not None
    return _base64(job, job.request.init.image)


def _common(job: Job, settings: Container[str]) -> dict[str, Any]:
    request = job.request
    body: dict[str, Any] = {
        "prompt": _prompt(request),
        "negative_prompt": request.negative_prompt,
        "styles": list(request.styles),
        "seed": -1 if request.seed is None else request.seed,
        "subseed": -1 if request.subseed is None else request.subseed,
        "subseed_strength": request.subseed_strength,
        # Not split into name and schedule: servers since 1.9 split "DPM++ 2M Karras" themselves,
        # older ones know only the whole.
        "sampler_name": request.sampler,
        "batch_size": request.batch_size,
        "n_iter": request.n_iter,
        "steps": request.steps,
        "cfg_scale": request.cfg_scale,
        "width": request.width,
        "height": request.height,
        "restore_faces": request.restore_faces,
        "tiling": request.tiling,
        "override_settings": _overrides(request, settings),
        "override_settings_restore_afterwards": True,
        "send_images": True,
        "save_images": False,
        "do_not_save_samples": True,
        "do_not_save_grid": True,  # WebUI answers no grid where it need not save one
        "force_task_id": job.id,
    }
    if request.scheduler:
        body["scheduler"] = request.scheduler
    return body


def _prompt(request: ImageRequest) -> str:
    tags = [f"<lora:{lora.name}:{lora.weight:g}>" for lora in request.loras]
    return " ".join([request.prompt, *tags]) if tags else request.prompt


def _overrides(request: ImageRequest, settings: Container[str]) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "CLIP_stop_at_last_layers": request.clip_skip,
        "samples_format": request.output_format,
        "control_net_no_detectmap": True,
    }
    if request.checkpoint:
        wanted["sd_model_checkpoint"] = request.checkpoint
    if request.vae and "sd_vae" not in settings and "forge_additional_modules" in settings:
        wanted["forge_additional_modules"] = [request.vae]
    elif request.vae:
        wanted["sd_vae"] = request.vae
    needed = {"sd_model_checkpoint": "checkpoint", "sd_vae": "vae"}
    if request.clip_skip != 1:
        needed["CLIP_stop_at_last_layers"] = "clip_skip"
    for name, field in needed.items():
        if name in wanted and name not in settings:
            raise BackendRefused(f"this server has no setting {name}", field=field)
    return {name: value for name, value in wanted.items() if name in settings}


def _hires(request: ImageRequest) -> dict[str, Any]:
    hires = request.hires
    if hires is None:
        return {"enable_hr": False}
    return {
        "enable_hr": True,
        "hr_scale": hires.scale,
        "hr_resize_x": hires.width,
        "hr_resize_y": hires.height,
        "hr_upscaler": hires.upscaler,
        "hr_second_pass_steps": hires.steps,
        "denoising_strength": hires.denoising_strength,
    }


def _image_to_image(job: Job) -> dict[str, Any]:
    init, mask = job.request.init, job.request.mask
    assert init is not None
    body: dict[str, Any] = {
        "init_images": [_base64(job, init.image)],
        "resize_mode": int(init.resize_mode),
        "denoising_strength": init.denoising_strength,
        "include_init_images": False,
    }
    if init.noise_multiplier is not None:
        body["initial_noise_multiplier"] = init.noise_multiplier
    if init.image_cfg_scale is not None:
        body["image_cfg_scale"] = init.image_cfg_scale
    if mask:
        body |= {
            "mask": _base64(job, mask.image),
            **_blur(mask),
            "inpainting_fill": int(mask.fill),
            "inpaint_full_res": mask.only_masked,
            "inpaint_full_res_padding": mask.padding,
            "inpainting_mask_invert": int(mask.invert),
        }
    return body


def _blur(mask: Mask) -> dict[str, int]:
    """WebUI reads ``mask_blur`` first, and the two only where it is absent."""
    if mask.blur_y in (None, mask.blur):
        return {"mask_blur": mask.blur}
    return {"mask_blur_x": mask.blur, "mask_blur_y": mask.blur_y}


def _base64(job: Job, image: ImageRef) -> str:
    data = job.images.get(image.stored or image.url)
    if data is None:
        raise BackendError(f"the input picture {image.stored or image.url} was not handed over")
    return base64.b64encode(data).decode("ascii")


def _scripts(job: Job) -> dict[str, Any]:
    scripts: dict[str, Any] = {}
    units = [_controlnet(job, unit) for unit in job.request.controlnet if unit.enabled]
    if units:
        scripts["controlnet"] = {"args": units}
    if job.request.adetailer:
        units = [_adetailer(unit) for unit in job.request.adetailer]
        # The two switches before the units: on; and the main img2img pass is not skipped.
        scripts["ADetailer"] = {"args": [True, False, *units]}
    return scripts


def _controlnet(job: Job, unit: ControlNetUnit) -> dict[str, Any]:
    if unit.resize_mode not in _CONTROL_RESIZE:
        raise BackendRefused("ControlNet has no latent upscale", field="controlnet.resize_mode")
    args: dict[str, Any] = {
        "enabled": unit.enabled,
        "model": unit.model,
        "module": unit.module,
        "weight": unit.weight,
        "resize_mode": _CONTROL_RESIZE[unit.resize_mode],
        "low_vram": unit.low_vram,
        "processor_res": unit.processor_res,
        "threshold_a": unit.threshold_a,
        "threshold_b": unit.threshold_b,
        "guidance_start": unit.guidance_start,
        "guidance_end": unit.guidance_end,
        "pixel_perfect": unit.pixel_perfect,
        "control_mode": _CONTROL_MODES[unit.control_mode],
        "save_detected_map": False,
    }
    if unit.image:
        args["image"] = _base64(job, unit.image)
    return args


def _adetailer(unit: ADetailerUnit) -> dict[str, Any]:
    """ADetailer's own names. None switches its ``ad_use_…`` off: then the main pass's is used."""
    args: dict[str, Any] = {
        "ad_model": unit.model,
        "ad_prompt": unit.prompt,
        "ad_negative_prompt": unit.negative_prompt,
        "ad_confidence": unit.confidence,
        "ad_mask_min_ratio": unit.mask_min_ratio,
        "ad_mask_max_ratio": unit.mask_max_ratio,
        "ad_dilate_erode": unit.dilate_erode,
        "ad_x_offset": unit.x_offset,
        "ad_y_offset": unit.y_offset,
        "ad_mask_merge_invert": unit.mask_merge_invert,
        "ad_mask_blur": unit.mask_blur,
        "ad_denoising_strength": unit.denoising_strength,
        "ad_inpaint_only_masked": unit.only_masked,
        "ad_inpaint_only_masked_padding": unit.only_masked_padding,
        "ad_restore_face": unit.restore_face,
        "ad_controlnet_model": unit.controlnet_model,
        "ad_controlnet_module": unit.controlnet_module,
        "ad_controlnet_weight": unit.controlnet_weight,
        "ad_controlnet_guidance_start": unit.controlnet_guidance_start,
        "ad_controlnet_guidance_end": unit.controlnet_guidance_end,
    }
    if unit.width or unit.height:
        side = unit.width or unit.height
        args |= {
            "ad_use_inpaint_width_height": True,
            "ad_inpaint_width": unit.width or side,
            "ad_inpaint_height": unit.height or side,
        }
    own = {
        "steps": unit.steps,
        "cfg_scale": unit.cfg_scale,
        "sampler": unit.sampler,
        "noise_multiplier": unit.noise_multiplier,
    }
    for name, value in own.items():
        if value is not None:
            args |= {f"ad_use_{name}": True, f"ad_{name}": value}
    return args
