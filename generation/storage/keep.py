"""Keeping what a GPU server made: checked, labelled, with its thumbnail, in the default storage.

The server's pixels are stored as they came, byte for byte; only what the file says about itself is
added. The one exception is the visible mark, which must be drawn.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from PIL import Image

from generation import picture_file
from generation.errors import BackendError
from generation.picture_file import UnreadablePicture
from generation.storage import mark, metadata, previews
from generation.storage.labels import AiLabel
from generation.storage.store import write


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


def companions(file: str, data: bytes) -> tuple[str, str]:
    """Thumbnail and placeholder of a picture that was stored without them: (key, data: URI)."""
    image = picture_file.load(data, near=previews.THUMBNAIL_SIDE)
    small_file, small = previews.thumbnail(image)
    stem = file.rpartition(".")[0]
    thumbnail_file = file_names(stem, "")[1]
    write(thumbnail_file, small_file)
    return thumbnail_file, previews.placeholder(small)


def _prepare(
    data: bytes, fmt: str, parameters: str, label: AiLabel, visible_mark: bool
) -> tuple[bytes, Image.Image, tuple[int, int]]:
    """The bytes to store, the picture (a JPEG maybe smaller than it is), its true size."""
    if picture_file.sniff(data) != fmt:
        raise UnreadablePicture(f"not a {fmt} file")
    # Decoded before anything is looked for in it: load() is the guard against bombs and ruins.
    image = picture_file.load(data, near=0 if visible_mark else previews.THUMBNAIL_SIDE)
    size = picture_file.size(data)
    if visible_mark:
        # Drawing re-encodes: what the server wrote into the file is carried over.
        parameters = metadata.read_parameters(data) or parameters
        data, image = mark.draw(image, fmt)
    return metadata.embed(data, parameters=parameters, label=label), image, size
