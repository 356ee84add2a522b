"""How a picture is brought to another size: WebUI's resize modes, to the pixel.

Source of the arithmetic (which side is cut, how an odd pixel is given away): AUTOMATIC1111 1.10,
``images.resize_image``.
"""

from __future__ import annotations

from PIL import Image

from generation.engine.painter import ResizeMode

Size = tuple[int, int]
LANCZOS = Image.Resampling.LANCZOS
BICUBIC = Image.Resampling.BICUBIC


def fit(image: Image.Image, width: int, height: int, mode: ResizeMode | int) -> Image.Image:
    """``image`` (RGB or L) at exactly ``width`` × ``height``.

    LATENT_UPSCALE has no meaning for pixels: what goes along with such a picture, its mask for
    one, is stretched as its latents are.
    """
    mode = ResizeMode(mode)
    if image.size == (width, height):
        return image.copy()
    if mode in (ResizeMode.JUST_RESIZE, ResizeMode.LATENT_UPSCALE):
        return image.resize((width, height), LANCZOS)
    inner = image.resize(inner_size(image.size, (width, height), mode), LANCZOS)
    canvas = Image.new(image.mode, (width, height))
    corner = width // 2 - inner.width // 2, height // 2 - inner.height // 2
    canvas.paste(inner, corner)
    if mode == ResizeMode.RESIZE_AND_FILL:
        _stretch_edges(canvas, inner, corner)
    return canvas


def inner_size(size: Size, target: Size, mode: ResizeMode) -> Size:
    """What a picture of ``size`` becomes before it is cut to ``target`` or put into it: one side
    is the target's, the other keeps the ratio, rounded down and never 0."""
    width, height = target
    is_wider = width / height > size[0] / size[1]
    if is_wider == (mode == ResizeMode.CROP_AND_RESIZE):
        return width, max(1, size[1] * width // size[0])
    return max(1, size[0] * height // size[1]), height


def _stretch_edges(canvas: Image.Image, inner: Image.Image, corner: Size) -> None:
    """Fills what ``inner`` leaves free with its outermost row or column."""
    width, height = canvas.size
    across, down = corner
    if down > 0:
        top = inner.resize((width, down), BICUBIC, box=(0, 0, width, 0))
        bottom = inner.resize((width, down), BICUBIC, box=(0, inner.height, width, inner.height))
        canvas.paste(top, (0, 0))
        canvas.paste(bottom, (0, down + inner.height))
    if across > 0:
        left = inner.resize((across, height), BICUBIC, box=(0, 0, 0, height))
        right = inner.resize((across, height), BICUBIC, box=(inner.width, 0, inner.width, height))
        canvas.paste(left, (0, 0))
        canvas.paste(right, (across + inner.width, 0))
