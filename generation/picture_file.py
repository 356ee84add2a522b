"""Opening picture bytes that came from elsewhere: what they are, and that they are whole.

Knows no database and no storage: ``storage`` and ``audit`` both stand on it.
"""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_PIXELS = 64 * 1024 * 1024  # 8192², the largest that hires can ask for; 256 MB as RGBA
FORMATS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}
CONTENT_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
# Pillow's own two answers, beyond our limit: which of them depends on the warning filters.
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class UnreadablePicture(ValueError):
    """Not a picture of ours: another kind of file, truncated, or too large. Says which."""


def sniff(data: bytes) -> str:
    """ "png", "jpg" or "webp" by the first bytes; "" for anything else."""
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if data[:3] == b"\xff\xd8\xff":
        return "jpg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return ""


def is_moving(head: bytes) -> bool:
    """Whether a file that begins like this (21 bytes do) is an animated WebP: the flag in its
    first chunk (RFC 9649, section 2.7)."""
    is_extended = sniff(head) == "webp" and head[12:16] == b"VP8X" and len(head) > 20
    return is_extended and bool(head[20] & 0x02)


def load(data: bytes, *, max_pixels: int = MAX_PIXELS, near: int = 0) -> Image.Image:
    """The decoded picture; UnreadablePicture unless it is whole and within ``max_pixels``.

    The size is checked on the header, before a pixel is decoded: a bomb costs nothing.
    ``near``: a JPEG may be decoded at a fraction of its size, no side below ``near`` pixels (the
    decoder still reads the file to its end).
    """
    fmt = sniff(data)
    if not fmt:
        raise UnreadablePicture("not a PNG, JPEG or WebP file")
    try:
        image = Image.open(BytesIO(data), formats=[FORMATS[fmt]])
        if image.width * image.height > max_pixels:
            raise UnreadablePicture(f"{image.width}×{image.height} pixels are too many")
        if near and fmt == "jpg":
            image.draft(image.mode, (near, near))
        image.load()
    except _BOMBS as error:
        raise UnreadablePicture("too many pixels") from error
    except UnidentifiedImageError as error:
        raise UnreadablePicture(f"unreadable {fmt} file") from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError) as error:
        if isinstance(error, UnreadablePicture):
            raise
        raise UnreadablePicture(f"broken {fmt} file: {error}") from error
    return image


def size(data: bytes) -> tuple[int, int]:
    """Width and height from the header alone, of bytes that ``load`` accepted."""
    return Image.open(BytesIO(data)).size


def transparency(image: Image.Image) -> Image.Image | None:
    """How transparent each pixel is (white: wholly); None where all of them are opaque."""
    if not image.has_transparency_data:
        return None
    hole = ImageOps.invert(image.convert("RGBA").getchannel("A"))
    return hole if hole.getbbox() else None


def png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
