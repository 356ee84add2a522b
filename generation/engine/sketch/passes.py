"""A job as a sequence of drawings: first pass, hires pass, what a mask leaves, control, accents."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image, ImageEnhance

from generation.engine.canvas import masks
from generation.engine.canvas.fit import fit
from generation.engine.painter import MaskFill, PaintJob

from . import accents, weave
from .chance import Chance, Seeds
from .drawing import Frame, Sketch, draw
from .raster import grain
from .styles import style_for
from .tiles import draw_tile

RESAMPLING = {
    "None": Image.Resampling.LANCZOS,
    "Lanczos": Image.Resampling.LANCZOS,
    "Nearest": Image.Resampling.NEAREST,
    "Latent": Image.Resampling.BILINEAR,
    "Latent (antialiased)": Image.Resampling.HAMMING,
    "Latent (bicubic)": Image.Resampling.BICUBIC,
    "Latent (bicubic antialiased)": Image.Resampling.BICUBIC,
    "Latent (nearest)": Image.Resampling.NEAREST,
    "Latent (nearest-exact)": Image.Resampling.NEAREST,
}
"""Ways to enlarge the first pass, as WebUI names them."""
NEUTRAL_CFG = 7.0


def paint(job: PaintJob) -> Image.Image:
    """The finished RGB picture of a job that nothing refuses."""
    canvas = masks.prepare(job)
    if canvas is not None:
        filled = _filled(job, canvas)
        painted = _finish(job, _first(job, filled, _frame(canvas.mask)))
        return canvas.finish(Image.composite(painted, filled, canvas.mask))
    given = None
    if job.init_image is not None:
        given = fit(job.init_image.convert("RGB"), job.width, job.height, job.resize_mode)
    picture = _first(job, given, None)
    return _finish(job, _second(job, picture) if job.hires else picture)


def seeds_of(job: PaintJob) -> Seeds:
    return Seeds(job.seed, job.subseed, job.subseed_strength)


def _first(job: PaintJob, given: Image.Image | None, frame: Frame | None) -> Image.Image:
    sketch = Sketch(
        prompt=job.prompt,
        negative_prompt=job.negative_prompt,
        width=job.width,
        height=job.height,
        seeds=seeds_of(job),
        style=style_for(job.checkpoint, job.prompt),
        given=given,
        strength=job.denoising_strength,
        variation=1.0 if job.noise_multiplier is None else job.noise_multiplier,
        frame=frame or _seed_frame(job),
    )
    if job.tiling:
        return draw_tile(sketch)
    return draw(sketch)


def _seed_frame(job: PaintJob) -> Frame | None:
    """Things stay where they are in a picture of that other size, its middle in this middle."""
    if job.seed_resize_from is None or job.seed_resize_from == (job.width, job.height):
        return None
    width, height = job.seed_resize_from
    return (job.width - width) / 2, (job.height - height) / 2, width, height


def _second(job: PaintJob, first: Image.Image) -> Image.Image:
    """The hires pass: the scene is drawn once more in the larger size, over the enlarged first
    picture."""
    hires = job.hires
    if hires is None:
        return first
    scale = max(hires.width / job.width, hires.height / job.height)
    cover = max(hires.width, round(job.width * scale)), max(hires.height, round(job.height * scale))
    again = replace(
        job,
        prompt=hires.prompt or job.prompt,
        negative_prompt=hires.negative_prompt or job.negative_prompt,
        checkpoint=hires.checkpoint or job.checkpoint,
        width=cover[0],
        height=cover[1],
        denoising_strength=hires.denoising_strength,
        seed_resize_from=None,
    )
    picture = _first(again, first.resize(cover, RESAMPLING[hires.upscaler]), None)
    left, top = (cover[0] - hires.width) // 2, (cover[1] - hires.height) // 2
    return picture.crop((left, top, left + hires.width, top + hires.height))


def _finish(job: PaintJob, picture: Image.Image) -> Image.Image:
    """What lies over the whole drawing: guidance, accents, control."""
    if job.cfg_scale != NEUTRAL_CFG:
        picture = _guided(picture, job.cfg_scale - NEUTRAL_CFG)
    chance = Chance(seeds_of(job), "accents")
    for name, weight in accents.named(job.prompt):
        picture = accents.apply(picture, name, weight, chance, wraps=job.tiling)
    for control in job.controls:
        picture = weave.apply(picture, control, job)
    return picture


def _guided(picture: Image.Image, more: float) -> Image.Image:
    """High guidance is vivid and hard, low guidance is pale, as it is of a diffusion model."""
    picture = ImageEnhance.Color(picture).enhance(max(0.6, 1 + more * 0.025))
    return ImageEnhance.Contrast(picture).enhance(max(0.8, 1 + more * 0.01))


def _frame(mask: Image.Image) -> Frame | None:
    """Around what is repainted; None where that is nothing or too little for a scene."""
    box = mask.getbbox()
    if box is None or min(box[2] - box[0], box[3] - box[1]) < 16:
        return None
    return float(box[0]), float(box[1]), box[2] - box[0], box[3] - box[1]


def _filled(job: PaintJob, canvas: masks.Canvas) -> Image.Image:
    """The canvas, with noise or nothing in the hole where the job asks for that."""
    kind = job.mask.fill if job.mask else MaskFill.ORIGINAL
    if kind not in (MaskFill.LATENT_NOISE, MaskFill.LATENT_NOTHING):
        return canvas.image
    hole = Image.new("RGB", canvas.image.size, (127, 127, 127))
    if kind == MaskFill.LATENT_NOISE:
        bands = [grain(hole.height, hole.width, job.seed + band) for band in (1, 2, 3)]
        noise = np.stack(bands, axis=-1) * np.float32(160) + np.float32(127)
        hole = Image.fromarray(noise.astype(np.uint8))
    return Image.composite(hole, canvas.image, canvas.mask)
