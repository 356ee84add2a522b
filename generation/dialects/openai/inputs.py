"""The pictures of edits and variations: out of a form or a JSON body, into the storage;
transparency as mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from PIL import Image
from pydantic import ValidationError

from accounts.actor import Actor
from generation import picture_file, storage, uploads
from generation.dialects import references
from generation.dialects.coercion import Notes, read
from generation.dialects.door import BodyTooLarge, json_body
from generation.dialects.openai.fields import Pictured, PictureIn
from generation.dialects.openai.wire import MissingParameter, Sent, UnknownParameter
from generation.dialects.pictures import reference
from generation.errors import EaselError, InvalidRequest
from generation.picture_file import UnreadablePicture
from generation.request import ControlNetUnit, ImageRef, Init, Mask, ResizeMode

NUMBERS = ("n", "partial_images", "output_compression", "seed", "frame_count", "frame_duration_ms")
FIRST = "images[0]"  # "images" alone is our name of ``n``
FILES = ("image", "mask", "markup")

Form = tuple[dict[str, Any], Sent]
Sources = tuple[Init, Mask | None, tuple[ControlNetUnit, ...]]


def read_call(request: HttpRequest, actor: Actor) -> Form:
    """The fields and the pictures of an edit: of a form, or of JSON that names them."""
    if request.content_type == "application/json":
        return _read_json(request, actor)
    return read_form(request)


def read_form(request: HttpRequest) -> Form:
    """``image[]`` and ``image[0]`` are the same as ``image``."""
    if request.content_type != "multipart/form-data":
        raise InvalidRequest("send the call as multipart/form-data")
    try:
        texts = {_plain(name): request.POST[name] for name in request.POST}
        files = [
            (_plain(name), file) for name in request.FILES for file in request.FILES.getlist(name)
        ]
    except RequestDataTooBig as error:
        raise BodyTooLarge("the body is too large") from error
    except (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError) as error:
        raise InvalidRequest("the form cannot be read") from error
    return {name: _typed(name, value) for name, value in texts.items()}, _pictures(texts, files)


def _plain(name: str) -> str:
    return name.partition("[")[0]


def _typed(name: str, value: Any) -> Any:
    text = str(value).strip()
    if name in NUMBERS and text.removeprefix("-").isascii() and text.removeprefix("-").isdigit():
        return int(text) if len(text) <= 20 else value
    return text.lower() == "true" if name == "stream" and text in ("true", "false") else value


def _pictures(texts: Any, files: list[tuple[str, UploadedFile[bytes]]]) -> Sent:
    found: dict[str, list[bytes]] = {name: [] for name in FILES}
    for name in FILES:
        if name in texts:
            raise InvalidRequest("send the picture as a file", field=name)
    for name, file in files:
        if name not in FILES:
            raise InvalidRequest("unknown file", field=name)
        if (file.size or 0) > storage.MAX_INPUT_BYTES:
            raise InvalidRequest("the picture is larger than 20 MB", field=name)
        found[name].append(file.read())
    if found["markup"]:
        raise InvalidRequest("a markup is not available: draw with a mask", field="markup")
    if len(found["mask"]) > 1:
        raise InvalidRequest("one mask a call", field="mask")
    return _sent("image", found["image"], next(iter(found["mask"]), None))


def _read_json(request: HttpRequest, actor: Actor) -> Form:
    body = json_body(request)
    named: dict[str, Any] = {name: body.pop(name) for name in ("images", "mask") if name in body}
    try:
        asked = read(Pictured, named, Notes(strict=actor.strict))
    except InvalidRequest as error:
        cause = error.__cause__
        first = cause.errors()[0]["type"] if isinstance(cause, ValidationError) else ""
        if first == "extra_forbidden":
            raise UnknownParameter("unknown parameter", field=error.field) from error
        raise
    if len(asked.images) > references.MOST:
        raise _too_many("images")
    images = [_named(each, f"images[{at}]", actor) for at, each in enumerate(asked.images)]
    mask = _named(asked.mask, "mask", actor) if asked.mask else None
    if isinstance(mask, str) and mask in images:
        raise InvalidRequest("a mask is a picture of its own", field="mask")
    return body, _sent("images", images, mask)


def _named(picture: PictureIn, field: str, actor: Actor) -> bytes | str:
    """The bytes of a picture, or its address. ``file_id`` is an upload of the native API."""
    if bool(picture.image_url) == bool(picture.file_id):
        raise InvalidRequest("exactly one of image_url and file_id", field=field)
    if picture.file_id:
        upload = uploads.find(actor, picture.file_id, field=f"{field}.file_id")
        return storage.open_stored(upload.file)
    inside: dict[str, bytes] = {}
    found = reference(picture.image_url, f"{field}.image_url", inside)
    return found.url or inside[found.stored]


def _sent(name: str, images: Sequence[bytes | str], mask: bytes | str | None) -> Sent:
    if not images:
        raise MissingParameter("a picture is required", field="image" if name == "image" else FIRST)
    if len(images) > references.MOST:
        raise _too_many(name)
    return Sent(name=name, images=tuple(images), mask=mask)


def _too_many(name: str) -> InvalidRequest:
    """The published API takes sixteen."""
    text = f"at most {references.MOST} pictures a call"
    return InvalidRequest(text, field=f"{name}[{references.MOST}]")


def hashes(sent: Sent) -> dict[str, Any]:
    """What is kept of them with the body, and compared."""

    def kept(source: bytes | str) -> str:
        return source if isinstance(source, str) else sha256(source).hexdigest()

    found: dict[str, Any] = {sent.name: [kept(each) for each in sent.images]}
    return found | ({"mask": kept(sent.mask)} if sent.mask else {})


def mask_of(sent: Sent) -> bytes | str | None:
    """Where to paint, as a PNG that is white there: what is transparent in the mask or, without
    a mask, in the first picture itself. An address as it is; None: everywhere."""
    if isinstance(sent.mask, str):
        return sent.mask
    first = sent.images[0]
    image = None if isinstance(first, str) else _load(first, sent.field(0))
    if sent.mask is None:
        hole = picture_file.transparency(image) if image else None
        return picture_file.png(hole) if hole else None
    mask = _load(sent.mask, "mask")
    if image and mask.size != image.size:
        wide, high = image.size
        raise InvalidRequest(f"the mask must be {wide}x{high}, like the image", field="mask")
    hole = picture_file.transparency(mask)
    if hole is None:
        raise InvalidRequest("nothing is transparent in the mask", field="mask")
    return picture_file.png(hole)


def size_of(sent: Sent) -> tuple[int, int] | None:
    """Of the first picture; None: it is not here yet."""
    first = sent.images[0]
    return None if isinstance(first, str) else _load(first, sent.field(0)).size


@dataclass
class _Keeping:
    """Stores one picture after the other, all or none."""

    keys: list[str]

    def ref(self, source: bytes | str, field: str) -> ImageRef:
        if isinstance(source, str):
            return ImageRef(url=source)
        self.keys.append(storage.store_input(source, field=field))
        return ImageRef(stored=self.keys[-1])


def keep(sent: Sent, mask: bytes | str | None, strength: float) -> Sources:
    """The first is painted over, under the mask; the others are looked at."""
    keeping = _Keeping([])
    try:
        first, *others = [keeping.ref(each, sent.field(at)) for at, each in enumerate(sent.images)]
        painted = None
        if mask is not None:
            by_alpha = isinstance(mask, str)
            painted = Mask(image=keeping.ref(mask, "mask"), by_alpha=by_alpha)
    except EaselError:
        storage.remove(keeping.keys)
        raise
    init = Init(image=first, denoising_strength=strength, resize_mode=ResizeMode.CROP_AND_RESIZE)
    return init, painted, tuple(references.unit(image) for image in others)


def _load(data: bytes, field: str) -> Image.Image:
    try:
        return picture_file.load(data)
    except UnreadablePicture as error:
        raise InvalidRequest(f"the picture cannot be used: {error}", field=field) from error
