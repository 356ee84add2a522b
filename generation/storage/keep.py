"""Keeping what a GPU server made: checked, labelled, with its thumbnail, in the default storage.

The server's pixels are stored as they came, byte for byte; only what the file says about itself is
added. The one exception is the visible mark, which must be drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from generation import picture_file
from generation.errors import BackendError, InvalidRequest, NotFound, StorageFailed
from generation.picture_file import UnreadablePicture
from generation.storage import mark, metadata, previews
from generation.storage.labels import AiLabel

INPUTS = "inputs"
MAX_INPUT_BYTES = 20 * 1024 * 1024
CHUNK = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Kept:
    """``file`` and ``thumbnail`` are keys in the default storage; ``size`` and ``sha256`` are of
    the stored file, ``width`` and ``height`` of the picture."""

    file: str
    thumbnail: str
    placeholder: str
    format: str
    width: int
    height: int
    size: int
    sha256: str


def file_names(stem: str, fmt: str) -> list[str]:
    """What ``keep`` will write, so that the caller can record it first (Attempt.files)."""
    return [f"{stem}.{fmt}", f"{stem}-thumb.webp"]


def keep(
    data: bytes,
    fmt: str,
    *,
    stem: str,
    parameters: str,
    label: AiLabel,
    visible_mark: bool = False,
    thumbnail: bool = True,
) -> Kept:
    """Checks the picture, adds the parameters text and the AI label, stores it and its thumbnail.

    ``fmt`` is what the server says that the bytes are; ``stem`` belongs to one attempt alone.
    ``thumbnail=False`` (a picture for quarantine): neither thumbnail nor placeholder is made.
    BackendError: not that format, truncated, too large. StorageFailed: the storage did not take it.
    """
    try:
        whole, image, (width, height) = _prepare(data, fmt, parameters, label, visible_mark)
    except ValueError as error:
        raise BackendError(f"the server sent no usable picture: {error}") from error
    file, thumbnail_file = file_names(stem, fmt)
    write(file, whole)
    placeholder = ""
    if thumbnail:
        small_file, small = previews.thumbnail(image)
        write(thumbnail_file, small_file)
        placeholder = previews.placeholder(small)
    return Kept(
        file=file,
        thumbnail=thumbnail_file if thumbnail else "",
        placeholder=placeholder,
        format=fmt,
        width=width,
        height=height,
        size=len(whole),
        sha256=hashlib.sha256(whole).hexdigest(),
    )


def _prepare(
    data: bytes, fmt: str, parameters: str, label: AiLabel, visible_mark: bool
) -> tuple[bytes, Image.Image, tuple[int, int]]:
    """The bytes to store, the picture (a JPEG maybe smaller than it is), its true size."""
    if picture_file.sniff(data) != fmt:
        raise UnreadablePicture(f"not a {fmt} file")
    if visible_mark:
        # Drawing re-encodes: what the server wrote into the file is carried over.
        parameters = metadata.read_parameters(data) or parameters
        data = mark.draw(data)
    # Decoded before anything is looked for in it: load() is the guard against bombs and ruins.
    image = picture_file.load(data, near=previews.THUMBNAIL_SIDE)
    whole = metadata.embed(data, parameters=parameters, label=label)
    return whole, image, picture_file.size(data)


def store_input(data: bytes, *, field: str = "image") -> str:
    """Stores a caller's picture as it is; its key, for ``ImageRef.stored``.

    Each call makes a new key: an input belongs to one task and is deleted with it.
    InvalidRequest(field): over 20 MB, over 64 megapixels, or no whole PNG, JPEG or WebP.
    """
    if len(data) > MAX_INPUT_BYTES:
        raise InvalidRequest(f"{field}: larger than 20 MB", field=field)
    try:
        picture_file.load(data)
    except UnreadablePicture as error:
        raise InvalidRequest(f"{field}: {error}", field=field) from error
    name = f"{INPUTS}/{date.today():%Y-%m-%d}/{uuid4()}.{picture_file.sniff(data)}"
    write(name, data)
    return name


def copy_input(name: str) -> str:
    """A second key with the same bytes, for a task that is asked for once more."""
    data = open_stored(name)
    return store_input(data)


def open_stored(name: str) -> bytes:
    """The bytes under a key; NotFound where it is gone."""
    return b"".join(chunks(name))


def chunks(name: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """The bytes from ``start``, in pieces of 64 KB. Opens at once: NotFound is raised here."""
    try:
        file = default_storage.open(name, "rb")
    except FileNotFoundError as error:
        raise NotFound("the file is gone") from error

    def pieces() -> Iterator[bytes]:
        left = length
        with file:
            file.seek(start)
            while piece := file.read(CHUNK if left is None else min(CHUNK, left)):
                yield piece
                left = None if left is None else left - len(piece)

    return pieces()


def size(name: str) -> int:
    """Bytes under a key; NotFound where it is gone."""
    try:
        return default_storage.size(name)
    except FileNotFoundError as error:
        raise NotFound("the file is gone") from error


def write(name: str, data: bytes) -> None:
    """Stores under exactly this key, whatever was there. StorageFailed where it cannot."""
    try:
        saved = default_storage.save(name, ContentFile(data))
        if saved != name:  # taken: a storage that does not overwrite chose another name
            default_storage.delete(saved)
            default_storage.delete(name)
            saved = default_storage.save(name, ContentFile(data))
    except Exception as error:  # each storage has errors of its own (botocore's, OSError, …)
        raise StorageFailed(f"the storage did not take the file: {error}") from error
    if saved != name:
        default_storage.delete(saved)
        raise StorageFailed("the storage gives the file a name of its own")


def remove(names: Iterable[str]) -> None:
    """Deletes files; one that is not there is no error. StorageFailed where the storage is down."""
    for name in names:
        if not name:
            continue
        try:
            default_storage.delete(name)
        except FileNotFoundError:
            continue
        except Exception as error:
            raise StorageFailed(f"the storage did not delete the file: {error}") from error
