"""Pictures of tools as files."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image

from generation.picture_file import FORMATS

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
