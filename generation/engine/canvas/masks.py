"""A mask and its picture, made ready for repainting, and the result put back: WebUI's inpainting
outside of the latent space.

Source of the order and of the figures: AUTOMATIC1111 1.10, ``processing.StableDiffusionProcessing
Img2Img.init``, ``masking`` and ``processing.apply_overlay``. White is repainted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from generation.engine.canvas.fit import fit
from generation.engine.painter import Mask, MaskFill, PaintJob, ResizeMode

Box = tuple[int, int, int, int]
"""left, top, right, bottom; right and bottom are outside."""
OPAQUE = 128
"""Alpha above which a rounded mask counts as white."""
BLOCK, ROWS = 512, 4096
"""Pixels of a row, and rows, that are blurred at once; any numbers would do."""
Values = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
# From far to near: radius of the blur, and how often it is laid over the last one.
FILL_BLURS = ((256, 1), (64, 1), (16, 2), (4, 4), (2, 2), (0, 1))


@dataclass(frozen=True, kw_only=True)
class Canvas:
    """What a painter repaints, and what is laid over its result. ``image`` and ``mask`` are of
    the job's width × height."""

    image: Image.Image
    """RGB: the picture, or the cut-out around the mask, filled where the job asks for it."""
    mask: Image.Image
    """L, blurred: white is repainted. With ``is_round`` its latents are 0 or 1."""
    is_round: bool
    overlay: Image.Image | None = None
    """RGBA: what was there before, transparent where it was repainted."""
    paste_to: Box | None = None
    """Where the cut-out lies in ``overlay``; None where the whole picture is repainted."""

    def finish(self, painted: Image.Image) -> Image.Image:
        """RGB: ``painted`` (width × height) back in its place under what must stay. With
        ``only_masked`` it has the size of the init image, as in WebUI."""
        if self.overlay is None:
            return painted.convert("RGB")
        under = painted.convert("RGBA")
        if self.paste_to is not None:
            left, top, right, bottom = self.paste_to
            size = right - left, bottom - top
            cut = fit(painted.convert("RGB"), *size, ResizeMode.CROP_AND_RESIZE)
            under = Image.new("RGBA", self.overlay.size)
            under.paste(cut, (left, top))
        under.alpha_composite(self.overlay)
        return under.convert("RGB")


def prepare(job: PaintJob) -> Canvas | None:
    """The canvas of an img2img job with a mask. None where there is no mask, or where its only
    masked part is to be painted and it is blank: then the job is a plain img2img, as in WebUI.

    Raises ValueError: a mask without an init image.
    """
    if job.mask is None:
        return None
    if job.init_image is None:
        raise ValueError("mask: there is no init image to repaint")
    image, mask = job.init_image.convert("RGB"), binary(job.mask)
    if job.mask.only_masked and mask.size != image.size:
        # Not Lanczos: its ringing is not black, and the box would grow by it.
        mask = mask.resize(image.size, Image.Resampling.BOX)
    mask = blurred(mask, job.mask.blur_x, job.mask.blur_y)
    return (_cut_out if job.mask.only_masked else _whole)(job, job.mask, mask, image)


def _cut_out(job: PaintJob, asked: Mask, mask: Image.Image, image: Image.Image) -> Canvas | None:
    box = crop_box(mask, asked.padding)
    if box is None:
        return None
    box = expanded(box, (job.width, job.height), mask.size)
    size = job.width, job.height
    cut = fit(image.crop(box), *size, ResizeMode.RESIZE_AND_FILL)
    inner = fit(mask.crop(box), *size, ResizeMode.RESIZE_AND_FILL)
    return _filled(asked, cut, inner, overlay=_kept(image, mask), paste_to=box)


def _whole(job: PaintJob, asked: Mask, mask: Image.Image, image: Image.Image) -> Canvas:
    image = fit(image, job.width, job.height, job.resize_mode)
    mask = fit(mask, job.width, job.height, job.resize_mode)
    # Twice as strong: a soft edge is covered by what was painted well before its middle.
    shown = mask.point(lambda value: min(255, value * 2))
    return _filled(asked, image, mask, overlay=_kept(image, shown), paste_to=None)


def _filled(
    asked: Mask,
    image: Image.Image,
    mask: Image.Image,
    *,
    overlay: Image.Image,
    paste_to: Box | None,
) -> Canvas:
    latent = mask
    if asked.latent is not None:
        latent = fit(asked.latent.convert("L"), *mask.size, ResizeMode.JUST_RESIZE)
    if asked.fill != MaskFill.ORIGINAL:
        # The latent fills too: what is encoded around the hole must not bleed into it.
        image = fill(image, latent)
    return Canvas(
        image=image, mask=latent, is_round=asked.round, overlay=overlay, paste_to=paste_to
    )


def binary(asked: Mask) -> Image.Image:
    """L, inverted where asked. A mask with transparency is its alpha (``round``: 0 or 255);
    any other is its brightness."""
    image = asked.image
    if image.mode in ("P", "LA", "PA"):
        image = image.convert("RGBA")
    if image.mode == "RGBA" and image.getchannel("A").getextrema() != (255, 255):
        mask = image.getchannel("A")
        if asked.round:
            mask = mask.point(lambda value: 255 if value > OPAQUE else 0)
    else:
        mask = image.convert("L")
    return ImageChops.invert(mask) if asked.invert else mask


def blurred(mask: Image.Image, blur_x: float, blur_y: float) -> Image.Image:
    """Gaussian, each axis by its own sigma, in pixels of the mask; 0 leaves an axis as it is."""
    if blur_x <= 0 and blur_y <= 0:
        return mask
    values = np.asarray(mask, dtype=np.float32)
    if blur_x > 0:
        # Rounded between the axes, as the 8-bit filter does that this follows.
        values = np.rint(_smoothed(values, blur_x))
    if blur_y > 0:
        values = np.rint(_smoothed(values.T, blur_y).T)
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def _smoothed(values: Values, sigma: float) -> Values:
    """(rows, length) blurred along the rows. A product with a band matrix, block by block: BLAS
    instead of up to 321 passes. Edges mirror without repeating the outermost pixel."""
    radius = int(2.5 * sigma + 0.5)
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    taps /= taps.sum()
    length = values.shape[1]
    block = min(BLOCK, length)
    band = np.zeros((block + 2 * radius, block), dtype=np.float32)
    for offset, tap in enumerate(taps):
        band[np.arange(block) + offset, np.arange(block)] = tap
    smooth = np.empty_like(values)
    for top in range(0, len(values), ROWS):
        padded = np.pad(values[top : top + ROWS], ((0, 0), (radius, radius)), mode="reflect")
        for start in range(0, length, block):
            end = min(start + block, length)
            part = padded[:, start : end + 2 * radius]
            smooth[top : top + ROWS, start:end] = part @ band[: part.shape[1], : end - start]
    return smooth


def crop_box(mask: Image.Image, padding: int = 0) -> Box | None:
    """Around everything that is not black, ``padding`` wider on each side; None: all black."""
    box = mask.getbbox()
    if box is None:
        return None
    left, top, right, bottom = box
    return (
        max(left - padding, 0),
        max(top - padding, 0),
        min(right + padding, mask.width),
        min(bottom + padding, mask.height),
    )


def expanded(box: Box, processing: tuple[int, int], image: tuple[int, int]) -> Box:
    """``box`` widened or heightened to the ratio of ``processing``, as far as ``image`` reaches:
    the cut-out is then scaled, not distorted."""
    left, top, right, bottom = box
    ratio = processing[0] / processing[1]
    if (right - left) / (bottom - top) > ratio:
        top, bottom = _lengthened(top, bottom, (right - left) / ratio, image[1])
    else:
        left, right = _lengthened(left, right, (bottom - top) * ratio, image[0])
    return left, top, right, bottom


def _lengthened(start: int, end: int, wanted: float, limit: int) -> tuple[int, int]:
    """To both sides alike; what sticks out at one end is added at the other."""
    more = int(wanted - (end - start))
    start -= more // 2
    end += more - more // 2
    if end >= limit:
        start, end = start - (end - limit), limit
    if start < 0:
        start, end = 0, end - start
    return start, min(end, limit)


def _kept(image: Image.Image, mask: Image.Image) -> Image.Image:
    """RGBA: the picture where the mask is black. Premultiplied in between, so that half covered
    pixels keep their colour instead of darkening."""
    kept = Image.new("RGBa", image.size)
    kept.paste(image.convert("RGBA").convert("RGBa"), mask=ImageChops.invert(mask))
    return kept.convert("RGBA")


def fill(image: Image.Image, mask: Image.Image) -> Image.Image:
    """RGB: what the mask covers painted over with the blurred colours of its neighbourhood."""
    filled = Image.new("RGBA", image.size)
    around = Image.new("RGBa", image.size)
    around.paste(image.convert("RGBA").convert("RGBa"), mask=ImageChops.invert(mask))
    for radius, repeats in FILL_BLURS:
        layer = around.filter(ImageFilter.GaussianBlur(radius)).convert("RGBA")
        for _ in range(repeats):
            filled.alpha_composite(layer)
    return filled.convert("RGB")
