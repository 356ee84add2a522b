"""A reader of codes that has nothing in common with the one we use: OpenCV's."""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image


def texts_after_harm(data: bytes) -> list[str]:
    """What OpenCV reads: as it is, as a JPEG of quality 70, at half size, both. "" for nothing."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    half = image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)
    return [_read(each) for each in (image, _jpeg(image), half, _jpeg(half))]


def _read(image: Image.Image) -> str:
    return str(cv2.QRCodeDetector().detectAndDecode(np.asarray(image.convert("L")))[0])


def _jpeg(image: Image.Image) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=70)
    return Image.open(file)
