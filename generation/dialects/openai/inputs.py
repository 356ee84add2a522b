"""The pictures of edits and variations: out of the form, into the storage; transparency as mask."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from PIL import Image, ImageOps

from generation import picture_file, storage
from generation.dialects.door import BodyTooLarge
from generation.errors import InvalidRequest
from generation.picture_file import UnreadablePicture
from generation.request import ImageRef, Init, Mask, ResizeMode

NUMBERS = ("n", "partial_images", "output_compression", "seed")  # a form knows only text
PICTURES = ("image", "mask")

Form = tuple[dict[str, Any], dict[str, bytes]]


def read_form(request: HttpRequest) -> Form:
    """The fields, and the pictures ``image`` and ``mask``. ``image[]`` is the same as ``image``."""
    if request.content_type != "multipart/form-data":
        raise InvalidRequest("send the call as multipart/form-data")
    try:
        texts = {name.removesuffix("[]"): request.POST[name] for name in request.POST}
        files = [
            (name.removesuffix("[]"), file)
            for name in request.FILES
            for file in request.FILES.getlist(name)
        ]
    except RequestDataTooBig as error:
        raise BodyTooLarge("the body is too large") from error
    except (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError) as error:
        raise InvalidRequest("the form cannot be read") from error
    return {name: _typed(name, value) for name, value in texts.items()}, _pictures(texts, files)


def _typed(name: str, value: Any) -> Any:
    text = str(value).strip()
    if name in NUMBERS and text.removeprefix("-").isascii() and text.removeprefix("-").isdigit():
        return int(text) if len(text) <= 20 else value
    return text.lower() == "true" if name == "stream" and text in ("true", "false") else value


def _pictures(texts: Any, files: list[tuple[str, UploadedFile[bytes]]]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for name in PICTURES:
        if name in texts:
            raise InvalidRequest("send the picture as a file", field=name)
    for name, file in files:
        if name not in PICTURES:
            raise InvalidRequest("unknown file", field=name)
        if name in found:
            raise InvalidRequest("one picture a call", field=name)
        if (file.size or 0) > storage.MAX_INPUT_BYTES:
            raise InvalidRequest("the picture is larger than 20 MB", field=name)
        found[name] = file.read()
    if "image" not in found:
        raise InvalidRequest("a picture is required", field="image")
    return found


def hashes(pictures: dict[str, bytes]) -> dict[str, str]:
    """What is kept of them with the body, and compared."""
    return {name: sha256(data).hexdigest() for name, data in pictures.items()}


def mask_of(pictures: dict[str, bytes]) -> bytes | None:
    """Where to paint, as a PNG that is white there: what is transparent in the mask or, without
    a mask, in the picture itself. None: everywhere."""
    image = _load(pictures["image"], "image")
    if "mask" not in pictures:
        hole = _transparency(image)
        return _png(hole) if hole else None
    mask = _load(pictures["mask"], "mask")
    if mask.size != image.size:
        wide, high = image.size
        raise InvalidRequest(f"the mask must be {wide}x{high}, like the image", field="mask")
    hole = _transparency(mask)
    if hole is None:
        raise InvalidRequest("nothing is transparent in the mask", field="mask")
    return _png(hole)


def size_of(pictures: dict[str, bytes]) -> tuple[int, int]:
    return _load(pictures["image"], "image").size


def keep(
    pictures: dict[str, bytes], mask: bytes | None, strength: float
) -> tuple[Init, Mask | None]:
    """The same, stored."""
    stored = storage.store_input(pictures["image"], field="image")
    init = Init(
        image=ImageRef(stored=stored),
        denoising_strength=strength,
        resize_mode=ResizeMode.CROP_AND_RESIZE,
    )
    if mask is None:
        return init, None
    return init, Mask(image=ImageRef(stored=storage.store_input(mask, field="mask")))


def _load(data: bytes, field: str) -> Image.Image:
    try:
        return picture_file.load(data)
    except UnreadablePicture as error:
        raise InvalidRequest(f"the picture cannot be used: {error}", field=field) from error


def _transparency(image: Image.Image) -> Image.Image | None:
    if not image.has_transparency_data:
        return None
    hole = ImageOps.invert(image.convert("RGBA").getchannel("A"))
    return hole if hole.getbbox() else None


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
