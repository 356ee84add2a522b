"""The small companions of a picture: a thumbnail, a placeholder to show while it loads, and the
blurred form of a preview."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO

from PIL import Image, ImageFilter

from generation.picture_file import UnreadablePicture, load

THUMBNAIL_SIDE = 256
_PLACEHOLDER_SIDE = 16
_PLACEHOLDER_CHARACTERS = 400


def thumbnail(image: Image.Image) -> tuple[bytes, Image.Image]:
    """A WebP file with no side above 256 px, and the small image that it was made of."""
    small = image if image.mode in ("RGB", "RGBA") else image.convert(_plain_mode(image))
    small = small.copy() if small is image else small
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return _webp(small, quality=80), small


def placeholder(small: Image.Image) -> str:
    """A blurred data: URI of at most 400 characters, no side above 16 px."""
    side = _PLACEHOLDER_SIDE
    while True:
        tiny = small.convert("RGB")
        tiny.thumbnail((side, side), Image.Resampling.BOX)
        tiny = tiny.filter(ImageFilter.GaussianBlur(0.7))
        uri = "data:image/webp;base64," + b64encode(_webp(tiny, quality=30)).decode()
        if len(uri) <= _PLACEHOLDER_CHARACTERS:
            return uri
        side -= 4  # 4 px are under 100 bytes whatever they show


def blurred(preview: bytes) -> bytes | None:
    """A preview in which shapes and colours can be guessed and nothing more, as JPEG; None for
    what is no picture."""
    try:
        image = load(preview, near=128).convert("RGB")
    except UnreadablePicture:
        return None
    side = min(image.size)
    # 12 pixels across, and smoothed: no sharpening brings back what a 12th of a side has lost.
    tiny = image.resize((max(1, image.width * 12 // side), max(1, image.height * 12 // side)))
    out = BytesIO()
    tiny.resize(image.size, Image.Resampling.BICUBIC).save(out, "JPEG", quality=60)
    return out.getvalue()


def _plain_mode(image: Image.Image) -> str:
    return "RGBA" if image.has_transparency_data else "RGB"


def _webp(image: Image.Image, *, quality: int) -> bytes:
    out = BytesIO()
    # method 0: 4 ms for 256 px; method 4, the default, takes 5 times as long for 10 % less.
    image.save(out, "WEBP", quality=quality, method=0)
    return out.getvalue()
