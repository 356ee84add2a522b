"""Pictures to bytes and back: what was made carries its parameters text as WebUI writes it."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping

from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

# Pillow's names. WebUI takes both spellings of JPEG.
FORMATS: Mapping[str, str] = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "webp": "WEBP"}
PREVIEW_SIDE = 256
MAX_INPUT_PIXELS = 64_000_000
_EXIF = 0x8769
_USER_COMMENT = 0x9286
FRAMES, FPS = "frames", "fps"
"""Keys of ``Image.info`` of a film: all frames, and how many are shown a second."""
_NONE: Mapping[str, str] = {}


def picture(
    image: Image.Image, infotext: str, kind: str, quality: int, chunks: Mapping[str, str] = _NONE
) -> bytes:
    """PNG with a ``parameters`` chunk and ``chunks``; JPEG and WebP with the former as EXIF
    UserComment (UTF-16).

    Level 1 of PNG: level 6 takes four times as long for a tenth of the size.
    """
    file = io.BytesIO()
    if FRAMES in image.info:
        return _film(image, infotext, quality)
    if FORMATS[kind] == "PNG":
        written = PngInfo()
        for key, text in _told(infotext, chunks).items():
            written.add_text(key, text)  # Pillow writes iTXt where it is not Latin-1
        image.save(file, "PNG", pnginfo=written, compress_level=1)
    else:
        image.save(file, FORMATS[kind], quality=quality, exif=_exif(infotext))
    return file.getvalue()


def _exif(infotext: str) -> Image.Exif:
    exif = Image.Exif()
    exif.get_ifd(_EXIF)[_USER_COMMENT] = b"UNICODE\0" + infotext.encode("utf-16-be", "replace")
    return exif


def _film(first: Image.Image, infotext: str, quality: int) -> bytes:
    """A WebP that plays for ever, whatever format was asked for."""
    # Copies without ``info``: Pillow would look for its own keys there.
    frames = [
        Image.frombytes(frame.mode, frame.size, frame.tobytes()) for frame in first.info[FRAMES]
    ]
    file = io.BytesIO()
    frames[0].save(
        file,
        "WEBP",
        save_all=True,
        append_images=frames[1:],
        loop=0,
        duration=round(1000 / int(first.info[FPS])),
        quality=quality,
        exif=_exif(infotext),
    )
    return file.getvalue()


def _told(infotext: str, chunks: Mapping[str, str]) -> dict[str, str]:
    return ({"parameters": infotext} if infotext else {}) | dict(chunks)


def preview(image: Image.Image) -> bytes:
    """A cheap JPEG, at most 256 pixels a side."""
    small = image.convert("RGB")
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.BILINEAR)
    file = io.BytesIO()
    small.save(file, "JPEG", quality=70)
    return file.getvalue()


def read(data: bytes) -> Image.Image:
    """An input picture as RGB, transparency on white. Raises ValueError: not a picture."""
    image = _opened(data)
    if image.mode in ("RGBA", "LA", "P", "PA"):
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def read_mask(data: bytes) -> Image.Image:
    """A mask as it is: its transparency may be what it says. Raises ValueError."""
    image = _opened(data)
    return image if image.mode in ("L", "RGB", "RGBA") else image.convert("RGBA")


def texts(data: bytes) -> dict[str, str]:
    """What the file says about itself: PNG's text chunks, EXIF's UserComment as ``parameters``.
    Raises ValueError: not a picture."""
    image = _opened(data)
    found = {str(key): value for key, value in image.info.items() if isinstance(value, str)}
    try:
        comment = image.getexif().get_ifd(_EXIF).get(_USER_COMMENT)
    except (SyntaxError, ValueError, struct.error):  # a damaged EXIF block says nothing
        comment = None
    if isinstance(comment, bytes) and "parameters" not in found:
        head, text = comment[:8], comment[8:]
        encoding = {b"UNICODE\0": "utf-16-be", b"ASCII\0\0\0": "ascii"}.get(head)
        if encoding:
            found["parameters"] = text.decode(encoding, "replace")
    return found


def _opened(data: bytes) -> Image.Image:
    try:
        image: Image.Image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP"))
        if image.width * image.height > MAX_INPUT_PIXELS:
            raise ValueError(f"a picture of {image.width} x {image.height} is too large")
        image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("not a PNG, JPEG or WebP picture") from error
    return image
