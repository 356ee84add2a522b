"""Pictures that a body carries: by an address, or in the body itself. Pure.

A parser names each picture by its field (``ImageRef(stored="mask_link")``) and hands the bytes over
beside the request; ``inputs.submit_with_pictures`` stores them and puts the keys in their place.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

from generation.errors import InvalidRequest
from generation.request import ImageRef, ImageRequest

Pictures = dict[str, bytes]
LONGEST_WORDS = 8000  # what is longer in a body is a picture
LONGEST_ADDRESS = 4096  # ImageRef.url
NAMES = ("init_images", "mask", "image", "input_image", "image_link", "mask_link")


def is_address(text: str) -> bool:
    return text.strip()[:8].lower().startswith(("http://", "https://"))


def reference(text: str, field: str, pictures: Pictures) -> ImageRef:
    """An address as it stands; anything else is base64, with or without a ``data:`` prefix, whose
    bytes go into ``pictures``. InvalidRequest naming the field."""
    if is_address(text):
        if len(text) > LONGEST_ADDRESS:
            text = f"{field}: an address has at most {LONGEST_ADDRESS} characters"
            raise InvalidRequest(text, field=field)
        return ImageRef(url=text.strip())
    encoded = text.partition("base64,")[2] if text[:5].lower() == "data:" else text
    try:
        data = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        what = "neither an http(s) address nor base64"
        raise InvalidRequest(f"{field}: {what}", field=field) from error
    if not data:
        raise InvalidRequest(f"{field}: an empty picture", field=field)
    pictures[field] = data
    return ImageRef(stored=field)


def with_keys(request: ImageRequest, keys: Mapping[str, str]) -> ImageRequest:
    """The request with the storage's keys in the place of the fields' names."""
    return request.stored_as(keys)


def without_pictures(value: Any, name: str = "") -> Any:
    """The body as it is kept and compared: a picture by its hash, not twice in the database."""
    if isinstance(value, Mapping):
        return {key: without_pictures(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [without_pictures(each, name) for each in value]
    if not isinstance(value, str) or is_address(value):
        return value
    if len(value) > LONGEST_WORDS or (name in NAMES and value):
        return f"sha256:{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()}"
    return value
