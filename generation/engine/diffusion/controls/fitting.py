"""How a control picture is brought to the size of the preprocessor, and of the pass.

Source: sd-webui-controlnet, `pixel_perfect_resolution` and `detectmap_proc`, of which this is the
behaviour: crop around the middle, or fill up with the colour of the border.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generation.engine.painter import ResizeMode

Pixels = NDArray[np.uint8]
"""(rows, columns, 3), RGB."""


def perfect_resolution(size: tuple[int, int], target: tuple[int, int], mode: ResizeMode) -> int:
    """The preprocessor's resolution at which its pixels are those of the pass. Sizes are width,
    height."""
    factors = target[0] / size[0], target[1] / size[1]
    factor = min(factors) if mode is ResizeMode.RESIZE_AND_FILL else max(factors)
    return max(round(factor * min(size)), 1)


def at_resolution(image: Image.Image, resolution: int) -> Image.Image:
    """The smaller side is `resolution`; the ratio stays."""
    factor = resolution / min(image.size)
    width, height = (max(round(side * factor), 1) for side in image.size)
    return _resized(image, width, height)


def at_size(image: Image.Image, width: int, height: int, mode: ResizeMode) -> Image.Image:
    """The map in the size of the pass. The latent mode has no meaning here: as Just Resize."""
    if mode is ResizeMode.CROP_AND_RESIZE:
        return _cropped(image, width, height)
    if mode is ResizeMode.RESIZE_AND_FILL:
        return _filled(image, width, height)
    return _resized(image, width, height)


def _cropped(image: Image.Image, width: int, height: int) -> Image.Image:
    factor = max(width / image.width, height / image.height)
    inner = _resized(image, round(image.width * factor), round(image.height * factor))
    left, top = max((inner.width - width) // 2, 0), max((inner.height - height) // 2, 0)
    return inner.crop((left, top, left + width, top + height))


def _filled(image: Image.Image, width: int, height: int) -> Image.Image:
    factor = min(width / image.width, height / image.height)
    inner = _resized(image, round(image.width * factor), round(image.height * factor))
    pixels = np.asarray(image)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    colour = tuple(int(value) for value in np.median(border, axis=0))
    canvas = Image.new(image.mode, (width, height), colour)
    canvas.paste(inner, (max((width - inner.width) // 2, 0), max((height - inner.height) // 2, 0)))
    return canvas


def _resized(image: Image.Image, width: int, height: int) -> Image.Image:
    width, height = max(width, 1), max(height, 1)
    if image.size == (width, height):
        return image
    if len(colours := image.getcolors(256) or []) in (1, 2) and len(colours):
        return image.resize((width, height), Image.Resampling.NEAREST)
    grows = width * height > image.width * image.height
    way = Image.Resampling.LANCZOS if grows else Image.Resampling.BOX
    return image.resize((width, height), way)
