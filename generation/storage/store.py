"""Bytes in and out of Django's default storage. Each storage has errors of its own (OSError,
botocore's, …): here they become ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from generation.errors import NotFound, StorageFailed

CHUNK = 64 * 1024


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
