"""The addresses of pictures: signed, for a time, and each for one variant of one picture.

    /files/<output id>/<variant>/<unix time of expiry>/<signature>.<extension>

The signature is the credential: an ``<img>`` and a customer's downloader carry no other. It is
HMAC-SHA256 over all other parts, by a key that SECRET_KEY yields for this purpose alone. A key in
SECRET_KEY_FALLBACKS still opens what it signed.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from generation.errors import NotFound

PREFIX = "/files/"
_PURPOSE = "easel.files.link"
_FORM = re.compile(
    r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/([a-z]+)/(\d{1,12})/([\w-]{43})\.([a-z0-9]{1,5})"
)


class Variant(StrEnum):
    IMAGE = "image"
    THUMBNAIL = "thumbnail"


@dataclass(frozen=True, kw_only=True)
class Link:
    output_id: UUID
    variant: Variant
    expires_at: datetime
    extension: str


def sign(output_id: UUID, variant: Variant | str, expires_at: datetime, extension: str) -> str:
    """The path of a picture ("image") or its thumbnail ("thumbnail", extension "webp")."""
    signed = f"{output_id}/{Variant(variant)}/{int(expires_at.timestamp())}"
    return f"{PREFIX}{signed}/{_signature(signed, extension, settings.SECRET_KEY)}.{extension}"


def verify(path: str, at: datetime) -> Link:
    """What a path (without ``/files/``) opens; NotFound for one that is wrong in any part, or over.

    Nothing is looked up before the signature was found good.
    """
    parts = _FORM.fullmatch(path)
    if not parts:
        raise NotFound("no such file")
    output_id, variant, expiry, signature, extension = parts.groups()
    signed = f"{output_id}/{variant}/{expiry}"
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    genuine = any(
        constant_time_compare(signature, _signature(signed, extension, key)) for key in keys
    )
    if not genuine or int(expiry) <= at.timestamp():
        raise NotFound("no such file")
    return Link(
        output_id=UUID(output_id),
        variant=Variant(variant),
        expires_at=datetime.fromtimestamp(int(expiry), UTC),
        extension=extension,
    )


def _signature(signed: str, extension: str, key: str | bytes) -> str:
    mac = salted_hmac(_PURPOSE, f"{signed}.{extension}", secret=key, algorithm="sha256")
    return urlsafe_b64encode(mac.digest()).rstrip(b"=").decode()
