"""Pictures of tools as files."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image

from generation import picture_file
from generation.picture_file import FORMATS
from tools.tool import Made

_OPTIONS: dict[str, dict[str, Any]] = {
    "png": {"compress_level": 6},
    "webp": {"quality": 92, "method": 4},
    "jpg": {"quality": 95, "subsampling": 0},
}


def encoded(image: Image.Image, kind: str) -> bytes:
    """``kind``: "png", "webp", "jpg". What is transparent is white in a JPEG."""
    if kind == "jpg" and image.mode not in ("RGB", "L"):
        whole = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", whole.size, "white"), whole).convert("RGB")
    out = BytesIO()
    image.save(out, FORMATS[kind], **_OPTIONS[kind])
    return out.getvalue()


def in_format(data: bytes, kind: str) -> Made:
    """The bytes as they are where they are of this format; UnreadablePicture."""
    if picture_file.sniff(data) == kind:
        return data, kind
    return encoded(picture_file.load(data), kind), kind
