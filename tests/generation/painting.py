"""Pictures for tests, painted and encoded on the spot."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

FORMATS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}


def picture(width: int = 96, height: int = 64, *, mode: str = "RGB", seed: int = 1) -> Image.Image:
    """A colourful gradient with noise, so that no two pixels are alike by accident."""
    random = np.random.default_rng(seed)
    ys, xs = np.mgrid[0:height, 0:width]
    bands = [xs * 255 // width, ys * 255 // height, (xs + ys) % 256, xs * 0 + 200]
    pixels = np.stack(bands[: len(mode)], axis=-1) + random.integers(0, 20, (height, width, 1))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8), mode)


def encode(image: Image.Image, fmt: str = "png", **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, FORMATS[fmt], **options)
    return out.getvalue()


def encoded(fmt: str = "png", **options: Any) -> bytes:
    return encode(picture(), fmt, **options)


def flat(red: int, green: int, blue: int) -> bytes:
    return encode(Image.new("RGB", (32, 32), (red, green, blue)))


def pixels(data: bytes) -> np.ndarray[Any, Any]:
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image)
