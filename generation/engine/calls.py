"""txt2img and img2img: a wire request becomes a job of the queue, its pictures a wire answer."""

from __future__ import annotations

import base64
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from generation.dialects.sdwebui.wire import (
    MAX_SEED,
    GenerationRequest,
    GenerationResponse,
    Img2ImgRequest,
)
from generation.engine import encode, texts
from generation.engine.engine import Engine
from generation.engine.jobs import Job, is_out_of_memory
from generation.engine.options import Chosen
from generation.engine.painter import Stock
from generation.engine.paints import SEEDS, Around, Seeds, read
from generation.engine.refusal import Refusal

# Echoed only where the caller asks for it: they are the largest part of a request.
PICTURES = ("init_images", "mask", "latent_mask", "firstpass_image")


# A PaintJob's names → the wire's, where they differ.
FIELDS = {
    "checkpoint": "override_settings.sd_model_checkpoint",
    "vae": "override_settings.sd_vae",
    "clip_skip": "override_settings.CLIP_stop_at_last_layers",
    "sampler": "sampler_name",
    "init_image": "init_images",
    "noise_multiplier": "initial_noise_multiplier",
    "hires": "enable_hr",
    "hires.width": "hr_resize_x",
    "hires.height": "hr_resize_y",
    "hires.upscaler": "hr_upscaler",
    "hires.steps": "hr_second_pass_steps",
    "hires.denoising_strength": "denoising_strength",
    "hires.sampler": "hr_sampler_name",
    "hires.scheduler": "hr_scheduler",
    "hires.checkpoint": "hr_checkpoint_name",
    "seed_resize_from.width": "seed_resize_from_w",
    "seed_resize_from.height": "seed_resize_from_h",
    "controls": "alwayson_scripts.controlnet",
    "details": "alwayson_scripts.ADetailer",
    "refiner": "refiner_checkpoint",
    **{name: f"easel_video.{name}" for name in ("frames", "fps", "motion", "augmentation")},
}


@dataclass(frozen=True, kw_only=True)
class Own:
    """What a request has beside WebUI's fields."""

    files: Mapping[str, str]
    """LoRAs and embeddings that it brought along: name → path."""
    video: Mapping[str, float]
    """``easel_video``: frames, fps, motion, augmentation of a video model."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A request that was judged: what to paint, and with which settings."""

    request: GenerationRequest
    asked: GenerationRequest
    """As it came; ``request`` has the styles in its prompts."""
    chosen: Chosen
    stock: Stock
    job: Job
    seeds: Seeds


def plan(asked: GenerationRequest, engine: Engine, own: Own) -> Plan:
    """Judges the whole request. Raises Refusal, naming the field; nothing is queued then."""
    request = _styled(texts.completed(asked), engine)
    stock = engine.stock()
    chosen = engine.options.choose(request.override_settings)
    seeds = _seeds(request)
    around = Around(chosen=chosen, stock=stock, offer=engine.options.offer, files=own.files)
    paints = [replace(paint, extra=dict(own.video)) for paint in read(request, seeds, around)]
    if reason := chosen.offer.painter.refuse(paints[0]):
        raise refusal(reason)
    if not request.override_settings_restore_afterwards:
        engine.options.update(request.override_settings)
    id = request.task or f"task-{uuid.uuid4().hex}"
    job = Job(id, chosen.offer.painter, paints)
    return Plan(request=request, asked=asked, chosen=chosen, stock=stock, job=job, seeds=seeds)


def answer(plan: Plan) -> GenerationResponse:
    """The wire answer of a job that ended; an interrupted one has the pictures it finished.

    Raises Refusal where the painter failed: 422 for a job that it does not take after all, else
    500.
    """
    if plan.job.error:
        raise failure(plan.job.error)
    made = {
        index: texts.text(plan.request, plan.chosen, plan.stock, paint, plan.seeds, index)
        for index, paint in enumerate(plan.job.paints)
        if index in plan.job.finished
    }
    images = [
        encode.picture(plan.job.finished[index], text, plan.chosen.format, plan.chosen.quality)
        for index, text in made.items()
        if plan.request.send_images
    ]
    info = texts.info(plan.request, plan.chosen, plan.job, plan.seeds, made)
    return GenerationResponse(
        images=[base64.b64encode(image).decode("ascii") for image in images],
        parameters=_parameters(plan),
        info=info.to_wire(),
    )


def failure(error: Exception) -> Refusal:
    """What a caller is told of a painter that failed."""
    if isinstance(error, ValueError):
        return refusal(str(error))
    said = f"{type(error).__name__}: {error}"
    if is_out_of_memory(error) and "out of memory" not in said:
        # The words that callers look for, ours among them.
        said = f"out of memory: {said}"
    return Refusal(500, said)


def refusal(reason: str) -> Refusal:
    """A painter's "field: reason", the field in the words of the wire."""
    field, colon, why = reason.partition(": ")
    if not colon or " " in field:
        return Refusal(422, reason)
    return Refusal(422, why, field=FIELDS.get(field, field))


def _seeds(request: GenerationRequest) -> Seeds:
    """Counted up, as WebUI does: with a variation it is the subseeds that count."""
    count = request.batch_size * request.n_iter
    first = random.randrange(SEEDS) if request.seed < 0 else request.seed
    second = random.randrange(SEEDS) if request.subseed < 0 else request.subseed
    step = 0 if request.subseed_strength else 1
    return Seeds(
        seeds=[(first + index * step) % (MAX_SEED + 1) for index in range(count)],
        subseeds=[(second + index) % (MAX_SEED + 1) for index in range(count)],
    )


def _styled(request: GenerationRequest, engine: Engine) -> GenerationRequest:
    if not request.styles:
        return request
    prompts = engine.styles.apply(request.styles, request.prompt, request.negative_prompt)
    return request.model_copy(update={"prompt": prompts[0], "negative_prompt": prompts[1]})


def _parameters(plan: Plan) -> dict[str, Any]:
    """The request as it came, without its pictures, as WebUI echoes it."""
    echo = plan.asked.model_dump(exclude_none=True) | {"task_id": plan.job.id}
    if isinstance(plan.asked, Img2ImgRequest) and plan.asked.include_init_images:
        return echo
    return echo | {name: None for name in PICTURES if name in echo}
