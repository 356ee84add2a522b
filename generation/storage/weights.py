"""The addresses under which engines fetch weights that Easel keeps: signed, for one file, an hour.

    <the engine's --fetch-from><sha256>/<unix time of expiry>/<signature>.safetensors

An engine says itself below which address it reaches us (``--fetch-from …/files/weights/``), so
only what follows is made here. It is made for a task whose tenant may use the file, and is of no
use for any other file.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from generation.errors import NotFound

OPEN_FOR = timedelta(hours=1)  # the job may wait in the engine's own queue before it is fetched
_PURPOSE = "easel.files.weights"
_FORM = re.compile(r"([0-9a-f]{64})/(\d{1,12})/([\w-]{43})\.safetensors")


def sign(sha256: str, now: datetime) -> str:
    """The path below the door of a file that is kept under this hash."""
    signed = f"{sha256}/{int((now + OPEN_FOR).timestamp())}"
    return f"{signed}/{_signature(signed, settings.SECRET_KEY)}.safetensors"


def verify(path: str, now: datetime) -> str:
    """The hash that a path opens; NotFound for one that is wrong in any part, or over."""
    parts = _FORM.fullmatch(path)
    if not parts:
        raise NotFound("no such file")
    sha256, expiry, signature = parts.groups()
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    signed = f"{sha256}/{expiry}"
    genuine = any(constant_time_compare(signature, _signature(signed, key)) for key in keys)
    if not genuine or int(expiry) <= now.timestamp():
        raise NotFound("no such file")
    return sha256


def _signature(signed: str, key: str | bytes) -> str:
    mac = salted_hmac(_PURPOSE, signed, secret=key, algorithm="sha256")
    return urlsafe_b64encode(mac.digest()).rstrip(b"=").decode()
