"""txt2img and img2img: a wire request becomes a job of the queue, its pictures a wire answer."""

from __future__ import annotations

import base64
import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from generation.dialects.sdwebui import infotext
from generation.dialects.sdwebui.wire import (
    MAX_SEED,
    GenerationRequest,
    GenerationResponse,
    Img2ImgRequest,
    Info,
    decode_base64_image,
)
from generation.engine import encode, samplers
from generation.engine.jobs import Job
from generation.engine.options import NAME, Chosen, Options
from generation.engine.painter import PaintJob
from generation.engine.refusal import Refusal

GRAIN = 8  # WebUI's latents are an eighth of the picture: sides are rounded down to it
SEEDS = 2**32  # a painter's seed; larger ones of the wire are taken modulo this
# Finished pictures wait in memory for the last one: 3 bytes a pixel, 400 MB a job.
MAX_PIXELS = 32 * 2048 * 2048
# Fields that ask for something no painter here can do, refused by name where they are set.
UNSUPPORTED = (
    "enable_hr",
    "restore_faces",
    "tiling",
    "subseed_strength",
    "styles",
    "refiner_checkpoint",
    "script_name",
    "firstpass_image",
    "save_images",
    "mask",
    "latent_mask",
)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A request that was judged: what to paint, and with which settings."""

    request: GenerationRequest
    chosen: Chosen
    job: Job
    sampler: str
    scheduler: str
    seeds: Sequence[int]


def plan(request: GenerationRequest, options: Options) -> Plan:
    """Judges the whole request. Raises Refusal, naming the field; nothing is queued then."""
    _refuse_unsupported(request)
    chosen = options.choose(request.override_settings)
    sampler, scheduler = samplers.resolve(request.sampler, request.scheduler)
    first = random.randrange(SEEDS) if request.seed < 0 else request.seed
    count = request.batch_size * request.n_iter
    seeds = [(first + index) % (MAX_SEED + 1) for index in range(count)]
    paints = _paints(request, chosen, sampler, seeds)
    reason = chosen.offer.painter.refuse(paints[0])
    if reason:
        raise Refusal(422, reason)
    id = request.task or f"task-{uuid.uuid4().hex}"
    job = Job(id, chosen.offer.painter, paints)
    return Plan(
        request=request,
        chosen=chosen,
        job=job,
        sampler=sampler,
        scheduler=scheduler,
        seeds=seeds,
    )


def answer(plan: Plan) -> GenerationResponse:
    """The wire answer of a job that ended; an interrupted one has the pictures it finished.

    Raises Refusal 500 where the painter failed.
    """
    if plan.job.error:
        failure = plan.job.error
        raise Refusal(500, f"{type(failure).__name__}: {failure}")
    texts = [_text(plan, seed) for seed in plan.seeds]
    images = [
        encode.picture(picture, text, plan.chosen.format, plan.chosen.quality)
        for picture, text in zip(plan.job.pictures, texts, strict=False)
    ]
    return GenerationResponse(
        images=[base64.b64encode(image).decode("ascii") for image in images],
        parameters=_parameters(plan),
        info=_info(plan, texts).to_wire(),
    )


def _refuse_unsupported(request: GenerationRequest) -> None:
    for name in UNSUPPORTED:
        if getattr(request, name, None):
            raise Refusal(422, "the painters of this engine cannot do this", field=name)
    for title, script in request.alwayson_scripts.items():
        if not isinstance(script, dict) or script.get("args"):
            raise Refusal(422, f"Script '{title}' not found", field=f"alwayson_scripts.{title}")
    if isinstance(request, Img2ImgRequest) and request.resize_mode == 3:
        raise Refusal(422, "no latent space to resize in", field="resize_mode")


def _paints(
    request: GenerationRequest, chosen: Chosen, sampler: str, seeds: Sequence[int]
) -> list[PaintJob]:
    width, height = (side // GRAIN * GRAIN for side in (request.width, request.height))
    if width * height * len(seeds) > MAX_PIXELS:
        reason = f"{len(seeds)} pictures of {width} x {height} are too much for one call"
        raise Refusal(422, reason, field="n_iter")
    init_image = None
    if isinstance(request, Img2ImgRequest):
        if not request.init_images:
            raise Refusal(404, "Init image not found", field="init_images")
        try:
            image = encode.read(decode_base64_image(request.init_images[0]))
        except ValueError as error:
            raise Refusal(422, str(error), field="init_images") from error
        init_image = encode.fit(image, width, height, request.resize_mode)
    return [
        PaintJob(
            prompt=request.prompt,
            negative_prompt=request.negative_prompt,
            width=width,
            height=height,
            steps=request.steps,
            seed=seed % SEEDS,
            cfg_scale=request.cfg_scale,
            sampler=sampler,
            checkpoint=chosen.offer.card.name,
            init_image=init_image,
            denoising_strength=_denoising(request) or 0.0,
        )
        for seed in seeds
    ]


def _denoising(request: GenerationRequest) -> float | None:
    return request.denoising_strength if isinstance(request, Img2ImgRequest) else None


def _text(plan: Plan, seed: int) -> str:
    """In WebUI's order; what has its default value there is left out as WebUI leaves it out."""
    request, card = plan.request, plan.chosen.offer.card
    paint = plan.job.paints[0]
    return infotext.write(
        request.prompt,
        request.negative_prompt,
        {
            "Steps": request.steps,
            "Sampler": plan.sampler,
            "Schedule type": plan.scheduler,
            "CFG scale": f"{request.cfg_scale:g}",
            "Seed": seed,
            "Size": f"{paint.width}x{paint.height}",
            "Model hash": card.sha256[:10],
            "Model": card.name,
            "Denoising strength": _denoising(request),
            "Clip skip": plan.chosen.clip_skip if plan.chosen.clip_skip > 1 else None,
            "Version": NAME,
        },
    )


def _info(plan: Plan, texts: Sequence[str]) -> Info:
    request, card = plan.request, plan.chosen.offer.card
    paint, count = plan.job.paints[0], len(plan.job.pictures)
    return Info(
        prompt=request.prompt,
        all_prompts=[request.prompt] * count,
        negative_prompt=request.negative_prompt,
        all_negative_prompts=[request.negative_prompt] * count,
        seed=plan.seeds[0],
        all_seeds=list(plan.seeds[:count]),
        subseed=plan.seeds[0],
        all_subseeds=list(plan.seeds[:count]),
        width=paint.width,
        height=paint.height,
        sampler_name=plan.sampler,
        cfg_scale=request.cfg_scale,
        steps=request.steps,
        batch_size=request.batch_size,
        sd_model_name=card.name,
        sd_model_hash=card.sha256[:10],
        denoising_strength=_denoising(request),
        infotexts=list(texts[:count]),
        job_timestamp=time.strftime("%Y%m%d%H%M%S"),
        clip_skip=plan.chosen.clip_skip,
        version=NAME,
        task_id=plan.job.id,
    )


def _parameters(plan: Plan) -> dict[str, Any]:
    """The request as it came, without its pictures, as WebUI echoes it."""
    hidden = {} if getattr(plan.request, "include_init_images", False) else {"init_images": None}
    echo = plan.request.model_dump(exclude_none=True) | {"task_id": plan.job.id}
    return echo | hidden if "init_images" in echo else echo
