"""Pictures to bytes and back: what was made carries its parameters text as WebUI writes it."""

from __future__ import annotations

import io
from collections.abc import Mapping

from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

# Pillow's names. WebUI takes both spellings of JPEG.
FORMATS: Mapping[str, str] = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "webp": "WEBP"}
PREVIEW_SIDE = 256
MAX_INPUT_PIXELS = 64_000_000
_EXIF = 0x8769
_USER_COMMENT = 0x9286


def picture(image: Image.Image, infotext: str, kind: str, quality: int) -> bytes:
    """PNG with a ``parameters`` chunk; JPEG and WebP with it as EXIF UserComment (UTF-16).

    Level 1 of PNG: level 6 takes four times as long for a tenth of the size.
    """
    file = io.BytesIO()
    if FORMATS[kind] == "PNG":
        chunks = PngInfo()
        chunks.add_text("parameters", infotext)  # Pillow writes iTXt where it is not Latin-1
        image.save(file, "PNG", pnginfo=chunks, compress_level=1)
    else:
        exif = Image.Exif()
        comment = b"UNICODE\0" + infotext.encode("utf-16-be", "replace")
        exif.get_ifd(_EXIF)[_USER_COMMENT] = comment
        image.save(file, FORMATS[kind], quality=quality, exif=exif)
    return file.getvalue()


def preview(image: Image.Image) -> bytes:
    """A cheap JPEG, at most 256 pixels a side."""
    small = image.convert("RGB")
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.BILINEAR)
    file = io.BytesIO()
    small.save(file, "JPEG", quality=70)
    return file.getvalue()


def read(data: bytes) -> Image.Image:
    """An input picture as RGB, transparency on white. Raises ValueError: not a picture."""
    try:
        image: Image.Image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP"))
        if image.width * image.height > MAX_INPUT_PIXELS:
            raise ValueError(f"a picture of {image.width} x {image.height} is too large")
        image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("not a PNG, JPEG or WebP picture") from error
    if image.mode in ("RGBA", "LA", "P", "PA"):
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def fit(image: Image.Image, width: int, height: int, resize_mode: int) -> Image.Image:
    """WebUI's modes: 0 just resize, 1 crop and resize, 2 resize and fill with the edges."""
    if image.size == (width, height):
        return image
    lanczos = Image.Resampling.LANCZOS
    if resize_mode == 0:
        return image.resize((width, height), lanczos)
    scales = (width / image.width, height / image.height)
    scale = max(scales) if resize_mode == 1 else min(scales)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    inner = image.resize(size, lanczos)
    corner = (width - size[0]) // 2, (height - size[1]) // 2
    # What the picture does not cover is the picture itself, stretched: its edge colours.
    canvas = image.resize((width, height), Image.Resampling.BILINEAR)
    canvas.paste(inner, corner)
    return canvas
