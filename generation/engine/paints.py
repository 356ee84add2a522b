"""A wire request → one PaintJob a picture, each field read and none left out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from generation.dialects.sdwebui.wire import (
    GenerationRequest,
    Img2ImgRequest,
    Txt2ImgRequest,
    decode_base64_image,
)
from generation.engine import encode, samplers, stocked, units
from generation.engine.options import Chosen, Offer
from generation.engine.painter import Hires, Mask, MaskFill, PaintJob, ResizeMode, Stock
from generation.engine.refusal import Refusal

GRAIN = 8  # WebUI's latents are an eighth of the picture: sides are rounded down to it
SEEDS = 2**32  # a painter's seed; larger ones of the wire are taken modulo this
# Finished pictures wait in memory for the last one: 3 bytes a pixel, 400 MB a job.
MAX_PIXELS = 32 * 2048 * 2048
SAME = frozenset({"use same checkpoint", "use same sampler", "use same scheduler"})
_TAG = re.compile(r"<\w+:[^>]+>")


@dataclass(frozen=True, kw_only=True)
class Around:
    """What a request is read against."""

    chosen: Chosen
    stock: Stock
    offer: Callable[[str, str], Offer]
    """A checkpoint by its name; the field that it stands in is what a refusal names."""
    files: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Seeds:
    """Of all pictures, as the wire has them."""

    seeds: Sequence[int]
    subseeds: Sequence[int]


def read(request: GenerationRequest, seeds: Seeds, around: Around) -> list[PaintJob]:
    """Raises Refusal, naming the field."""
    stocked.check(request, around.stock)
    images = _init_images(request)
    job = _common(request, around)
    if isinstance(request, Img2ImgRequest):
        job = _over_image(job, request, images[0], around.stock)
    elif isinstance(request, Txt2ImgRequest):
        job = _twice(job, request, around)
    job = _with_units(job, request, around.stock)
    _check_size(job, len(seeds.seeds), request, around.stock)
    return [
        replace(
            job,
            seed=seed % SEEDS,
            subseed=subseed % SEEDS,
            init_image=images[index % len(images)] if images else None,
        )
        for index, (seed, subseed) in enumerate(zip(seeds.seeds, seeds.subseeds, strict=True))
    ]


def _common(request: GenerationRequest, around: Around) -> PaintJob:
    sampler, scheduler = samplers.resolve(request.sampler, request.scheduler)
    width, height = (side // GRAIN * GRAIN for side in (request.width, request.height))
    prompts = (request.prompt, request.negative_prompt)
    if request.disable_extra_networks:
        prompts = _TAG.sub("", prompts[0]), _TAG.sub("", prompts[1])
    return PaintJob(
        prompt=prompts[0],
        negative_prompt=prompts[1],
        width=width,
        height=height,
        steps=request.steps,
        subseed_strength=request.subseed_strength,
        seed_resize_from=_resized_from(request),
        cfg_scale=request.cfg_scale,
        distilled_cfg_scale=request.distilled_cfg_scale,
        sampler=sampler,
        scheduler=scheduler,
        checkpoint=around.chosen.offer.card.name,
        vae=around.chosen.vae,
        clip_skip=around.chosen.clip_skip,
        tiling=request.tiling,
        restore_faces=request.restore_faces,
        files=dict(around.files),
        **_noise(request),
        **_refiner(request, around),
    )


def _noise(request: GenerationRequest) -> dict[str, Any]:
    """None is the sampler's own. A tmax of 0 is "no limit", as clients have it."""
    return {
        "eta": request.eta,
        "s_churn": request.s_churn or 0.0,
        "s_tmin": request.s_tmin or 0.0,
        "s_tmax": request.s_tmax or math.inf,
        "s_noise": 1.0 if request.s_noise is None else request.s_noise,
        "s_min_uncond": request.s_min_uncond or 0.0,
    }


def _refiner(request: GenerationRequest, around: Around) -> dict[str, Any]:
    if stocked.is_nothing(request.refiner_checkpoint):
        return {}
    refiner = around.offer(request.refiner_checkpoint, "refiner_checkpoint")
    switch_at = request.refiner_switch_at
    return {
        "refiner": refiner.card.name,
        "refiner_switch_at": 0.8 if switch_at is None else switch_at,
    }


def _resized_from(request: GenerationRequest) -> tuple[int, int] | None:
    size = request.seed_resize_from_w, request.seed_resize_from_h
    if min(size) <= 0:
        return None
    if max(size) > 2048:
        raise Refusal(422, "at most 2048", field="seed_resize_from_w")
    return max(size[0] // GRAIN * GRAIN, GRAIN), max(size[1] // GRAIN * GRAIN, GRAIN)


# ── Image to image ───────────────────────────────────────────────────────────────────────────
def picture(text: str, field: str, *, as_mask: bool = False) -> Image.Image:
    """A picture of the wire. Nothing is fetched. Raises Refusal."""
    if text.strip()[:8].lower().startswith(("http://", "https://")):
        raise Refusal(422, "Requests not allowed: send the picture itself", field=field)
    try:
        data = decode_base64_image(text)
        return encode.read_mask(data) if as_mask else encode.read(data)
    except ValueError as error:
        raise Refusal(422, str(error), field=field) from error


def pictures(texts: Sequence[tuple[str, str]]) -> list[Image.Image]:
    """Several of the wire, each after its field. Raises Refusal, also where they are too much
    together: a file of a few kilobytes may be 200 MB of pixels."""
    found: list[Image.Image] = []
    pixels = 0
    for field, text in texts:
        found.append(picture(text, field))
        pixels += found[-1].width * found[-1].height
        if pixels > MAX_PIXELS:
            raise Refusal(422, f"more than {MAX_PIXELS} pixels in one call", field=field)
    return found


def _init_images(request: GenerationRequest) -> list[Image.Image]:
    if not isinstance(request, Img2ImgRequest):
        return []
    if not request.init_images:
        raise Refusal(404, "Init image not found", field="init_images")
    if len(request.init_images) > max(1, request.batch_size):
        reason = f"{len(request.init_images)} pictures for a batch of {request.batch_size}"
        raise Refusal(422, reason, field="init_images")
    return pictures([("init_images", image) for image in request.init_images])


def _over_image(
    job: PaintJob, request: Img2ImgRequest, image: Image.Image, stock: Stock
) -> PaintJob:
    mode = ResizeMode(request.resize_mode)
    if mode == ResizeMode.LATENT_UPSCALE and not stock.latent_upscalers:
        raise Refusal(422, "no latent space to resize in", field="resize_mode")
    return replace(
        job,
        init_image=image,
        resize_mode=mode,
        denoising_strength=request.denoising_strength,
        image_cfg_scale=request.image_cfg_scale,
        noise_multiplier=request.initial_noise_multiplier,
        mask=_mask(request),
    )


def _mask(request: Img2ImgRequest) -> Mask | None:
    if not request.mask:
        if request.latent_mask:
            raise Refusal(422, "goes with a mask", field="latent_mask")
        return None
    blur_x, blur_y = request.mask_blur_x, request.mask_blur_y
    if request.mask_blur is not None:
        blur_x = blur_y = request.mask_blur
    latent = None
    if request.latent_mask:
        latent = picture(request.latent_mask, "latent_mask")
    return Mask(
        image=picture(request.mask, "mask", as_mask=True),
        blur_x=blur_x,
        blur_y=blur_y,
        fill=MaskFill(request.inpainting_fill),
        only_masked=request.inpaint_full_res,
        padding=request.inpaint_full_res_padding,
        invert=request.inpainting_mask_invert,
        round=request.mask_round,
        latent=latent,
    )


# ── The second pass ──────────────────────────────────────────────────────────────────────────
def _twice(job: PaintJob, request: Txt2ImgRequest, around: Around) -> PaintJob:
    if not request.enable_hr:
        return job
    job, size = _sizes(job, request)
    sampler, scheduler = "", ""
    if not _is_same(request.hr_sampler_name):
        sampler, scheduler = samplers.resolve(request.hr_sampler_name, "", field="hr_sampler_name")
        scheduler = "" if scheduler == "Automatic" else scheduler
    if not _is_same(request.hr_scheduler):
        scheduler = samplers.schedule(request.hr_scheduler, field="hr_scheduler")
    checkpoint = ""
    if not _is_same(request.hr_checkpoint_name):
        offer = around.offer(request.hr_checkpoint_name, "hr_checkpoint_name")
        checkpoint = offer.card.name
    if any(not name.casefold().startswith("use same") for name in request.hr_additional_modules):
        raise Refusal(422, "the second pass has the first one's", field="hr_additional_modules")
    given = request.model_fields_set
    hires = Hires(
        width=size[0],
        height=size[1],
        upscaler=stocked.hires_upscaler(request.hr_upscaler, around.stock),
        steps=request.hr_second_pass_steps,
        denoising_strength=request.denoising_strength,
        prompt=request.hr_prompt,
        negative_prompt=request.hr_negative_prompt,
        sampler=sampler,
        scheduler=scheduler,
        checkpoint=checkpoint,
        # Forge's: their defaults are not "as in the first pass", so only where they were sent.
        cfg_scale=request.hr_cfg if "hr_cfg" in given else None,
        distilled_cfg_scale=request.hr_distilled_cfg if "hr_distilled_cfg" in given else None,
    )
    return replace(job, hires=hires)


def _sizes(job: PaintJob, request: Txt2ImgRequest) -> tuple[PaintJob, tuple[int, int]]:
    """The first pass, and the size of the second. Where only one side of the second is given
    the other follows the ratio; ``firstphase_…`` turns it round: the size is the second's."""
    asked = request.hr_resize_x, request.hr_resize_y
    if request.firstphase_width or request.firstphase_height:
        first = _followed((request.firstphase_width, request.firstphase_height), job)
        return replace(job, width=first[0], height=first[1]), (job.width, job.height)
    if any(asked):
        return job, _followed(asked, job)
    scaled = int(job.width * request.hr_scale), int(job.height * request.hr_scale)
    return job, (scaled[0] // GRAIN * GRAIN, scaled[1] // GRAIN * GRAIN)


def _followed(asked: tuple[int, int], job: PaintJob) -> tuple[int, int]:
    width = asked[0] or asked[1] * job.width // job.height
    height = asked[1] or asked[0] * job.height // job.width
    return max(width // GRAIN, 1) * GRAIN, max(height // GRAIN, 1) * GRAIN


def _is_same(name: str) -> bool:
    return stocked.is_nothing(name) or name.strip().casefold() in SAME


# ── Scripts and bounds ───────────────────────────────────────────────────────────────────────
def _with_units(job: PaintJob, request: GenerationRequest, stock: Stock) -> PaintJob:
    has_init = job.init_image is not None
    controls, details = units.read(request.alwayson_scripts, stock, has_init=has_init)
    return replace(job, controls=controls, details=details)


def _check_size(job: PaintJob, count: int, request: GenerationRequest, stock: Stock) -> None:
    feature = "img2img" if job.init_image is not None else "txt2img"
    stocked.need(stock, feature, "init_images" if job.init_image is not None else "prompt")
    if job.clip_skip > 1:
        stocked.need(stock, "clip_skip", "override_settings.CLIP_stop_at_last_layers")
    for field, side in (("width", job.width), ("height", job.height)):
        if side > stock.max_side:
            raise Refusal(422, f"{side} is more than {stock.max_side}", field=field)
    if job.hires and max(job.size) > stock.max_side:
        field = "hr_resize_x" if getattr(request, "hr_resize_x", 0) else "hr_scale"
        width, height = job.size
        raise Refusal(422, f"{width} x {height} has more than {stock.max_side}", field=field)
    if job.size[0] * job.size[1] * count > MAX_PIXELS:
        width, height = job.size
        reason = f"{count} pictures of {width} x {height} are too much for one call"
        raise Refusal(422, reason, field="n_iter")
