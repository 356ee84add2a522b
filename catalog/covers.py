"""Cover pictures that operators upload: checked, made small, kept in the default storage.

A cover is ``covers/<SHA-256>.webp``, named by its own bytes, so that its address can be cached for
ever and tells nothing of a tenant's private model to who does not have the picture already.
"""

from __future__ import annotations

import hashlib
import re
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.errors import EaselError
from catalog.snapshot import MODELS

PREFIX = "/files/covers/"
MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
SIDE = 640
_FORMATS = ("PNG", "JPEG", "WEBP")
_ADDRESS = re.compile(rf"{PREFIX}([0-9a-f]{{64}})\.webp")


class BadCover(EaselError):
    code = "invalid"


def keep(data: bytes) -> str:
    """Stores a cover; answers its address on this server. BadCover: no picture of ours, or more
    than MOST_BYTES or MOST_PIXELS."""
    if len(data) > MOST_BYTES:
        raise BadCover(_("At most %d MB.") % (MOST_BYTES // 1024 // 1024))
    small = _small(data)
    digest = hashlib.sha256(small).hexdigest()
    if not default_storage.exists(key_of(digest)):
        default_storage.save(key_of(digest), ContentFile(small))
    return f"{PREFIX}{digest}.webp"


def key_of(digest: str) -> str:
    return f"covers/{digest}.webp"


def forget(address: str) -> None:
    """Deletes the file behind an address that no entry names any more; others are left alone."""
    found = _ADDRESS.fullmatch(address)
    if not found:
        return
    used = any(
        model._default_manager.filter(cover_url=address).exists() for model in MODELS.values()
    )
    if not used:
        default_storage.delete(key_of(found[1]))


def _small(data: bytes) -> bytes:
    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise BadCover(_("The picture is too large."))
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except BadCover:
        raise
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise BadCover(_("No picture: PNG, JPEG or WebP.")) from error
    upright.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    out = BytesIO()
    upright.save(out, "WEBP", quality=82)
    return out.getvalue()
