"""ADetailer's second pass: each mask is repainted by img2img, with a prompt and settings of its
own where the request has them.

    image = finish(image, job, detectors, paint)

`paint` paints one PaintJob; everything else about inpainting is its business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from PIL import Image

from generation.engine.diffusion.details.detectors import NOTHING, Detectors
from generation.engine.diffusion.details.masks import MODES, masks
from generation.engine.painter import Control, Detail, Mask, MaskFill, PaintJob, ResizeMode

Paint = Callable[[PaintJob], Image.Image]
SEPARATOR = re.compile(r"\s*\[SEP\]\s*")
SKIP = re.compile(r"\s*\[SKIP\]\s*")
SEEDS = 2**32


def finish(image: Image.Image, job: PaintJob, detectors: Detectors, paint: Paint) -> Image.Image:
    """The picture of a job after its `details`, of the same size."""
    for detail in job.details:
        if detail.model == NOTHING:
            continue
        found = detectors.find(detail.model, image, detail.confidence)
        for number, mask in enumerate(masks(found, detail)):
            one = repainting(image, mask, job, detail, number)
            if one is not None:
                painted = paint(one)
                fits = painted.size == image.size
                image = painted if fits else painted.resize(image.size, Image.Resampling.LANCZOS)
    return image


def repainting(
    image: Image.Image, mask: Image.Image, job: PaintJob, detail: Detail, number: int
) -> PaintJob | None:
    """The job that repaints mask `number` (from 0); None where its prompt is [SKIP]."""
    prompt = prompt_of(detail.prompt, job.prompt, number)
    if SKIP.fullmatch(prompt):
        return None
    width, height = (job.width, job.height) if detail.only_masked else image.size
    controls = () if detail.control is None else (_control(detail.control),)
    return replace(
        job,
        prompt=prompt,
        negative_prompt=prompt_of(detail.negative_prompt, job.negative_prompt, number),
        width=detail.width or width,
        height=detail.height or height,
        steps=detail.steps or job.steps,
        seed=(job.seed + number) % SEEDS,
        cfg_scale=job.cfg_scale if detail.cfg_scale is None else detail.cfg_scale,
        sampler=detail.sampler or job.sampler,
        scheduler=detail.scheduler or ("Automatic" if detail.sampler else job.scheduler),
        init_image=image,
        resize_mode=ResizeMode.JUST_RESIZE,
        denoising_strength=detail.denoising_strength,
        noise_multiplier=detail.noise_multiplier,
        mask=_mask(mask, detail),
        hires=None,
        controls=controls,
        details=(),
        restore_faces=detail.restore_face,
        seed_resize_from=None,
        refiner="",
    )


def _mask(mask: Image.Image, detail: Detail) -> Mask:
    return Mask(
        image=mask,
        blur_x=detail.mask_blur,
        blur_y=detail.mask_blur,
        fill=MaskFill.ORIGINAL,
        only_masked=detail.only_masked,
        padding=detail.only_masked_padding,
    )


def _control(control: Control) -> Control:
    """The unit looks at what is repainted."""
    return replace(control, image=None)


def prompt_of(own: str, main: str, number: int) -> str:
    """For mask `number`: the parts between [SEP] in turn, the last for all that follow. An empty
    part, and [PROMPT] in one, stand for the main prompt.
    """
    parts = SEPARATOR.split(own)
    part = parts[min(number, len(parts) - 1)]
    return part.replace("[PROMPT]", main) if part.strip() else main


def refuse(details: Sequence[Detail], detectors: Detectors) -> str | None:
    """As Painter.refuse, for these passes; units of ControlNet are judged where all are."""
    for number, detail in enumerate(details):
        if detail.model == NOTHING:
            continue
        if reason := _refuse(detail, detectors):
            return f"ADetailer.args[{number}].{reason}"
    return None


def _refuse(detail: Detail, detectors: Detectors) -> str | None:
    if reason := detectors.refuse(detail.model):
        return f"ad_model: {reason}"
    if detail.mask_merge_invert not in MODES:
        return f"ad_mask_merge_invert: {detail.mask_merge_invert!r} is none of {', '.join(MODES)}"
    for name, side in (("width", detail.width), ("height", detail.height)):
        if side is not None and (side < 8 or side % 8):
            return f"ad_inpaint_{name}: {side} is no multiple of 8"
    if detail.mask_min_ratio > detail.mask_max_ratio:
        return "ad_mask_min_ratio: it is above ad_mask_max_ratio"
    return None
