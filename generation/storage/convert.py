"""A stored picture in another format, or without what it was made with."""

from __future__ import annotations

from io import BytesIO
from threading import BoundedSemaphore
from typing import Any, Literal

from django.utils.translation import gettext as _
from PIL import Image

from generation import picture_file
from generation.errors import InvalidRequest
from generation.picture_file import FORMATS
from generation.storage import metadata
from generation.storage.labels import AiLabel

Format = Literal["png", "webp", "jpg"]
# A picture of 64 megapixels is 256 MB while it is converted.
_converting = BoundedSemaphore(2)
_OPTIONS: dict[str, dict[str, Any]] = {
    "png": {"compress_level": 6},
    "webp": {"quality": 92, "method": 4},
    "jpg": {"quality": 95, "subsampling": 0},
}


def converted(data: bytes, fmt: Format, *, label: AiLabel, with_parameters: bool) -> bytes:
    """``data`` (PNG, JPEG or WebP) as ``fmt``; not encoded anew where it is that already. The AI
    label stays in any case: only what the picture was made with can be left out.

    InvalidRequest for a moving picture in another format: it would stand still.
    """
    if picture_file.sniff(data) == fmt:
        return data if with_parameters else metadata.bare(data, label)
    parameters = metadata.read_parameters(data) if with_parameters else ""
    with _converting:
        image = picture_file.load(data)
        if getattr(image, "n_frames", 1) > 1:
            raise InvalidRequest(_("A moving picture is only to be had as it is."), field="format")
        whole = _encoded(image, fmt)
    return metadata.embed(whole, parameters=parameters, label=label)


def _encoded(image: Image.Image, fmt: Format) -> bytes:
    kept = {name: image.info[name] for name in ("icc_profile",) if name in image.info}
    if fmt == "jpg":
        image = _on_white(image)
    elif image.mode not in ("RGB", "RGBA", "L"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    bare = image.copy()
    bare.info = {}  # encoders write down whatever the decoder found
    out = BytesIO()
    bare.save(out, FORMATS[fmt], **_OPTIONS[fmt], **kept)
    return out.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    """JPEG knows no transparency."""
    if not image.has_transparency_data:
        return image if image.mode in ("RGB", "L") else image.convert("RGB")
    layer = image.convert("RGBA")
    ground = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(ground, layer).convert("RGB")
