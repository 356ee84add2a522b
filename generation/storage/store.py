"""Bytes in and out of Django's default storage. Each storage has errors of its own (OSError,
botocore's, …): here they become ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from generation.errors import EaselError, NotFound, StorageFailed

CHUNK = 64 * 1024


class Pieces(Iterator[bytes]):
    """A file's bytes in pieces of 64 KB. Closes it at the end, or where a reader goes away: a
    generator that was never begun would leave it open."""

    def __init__(self, file: File[bytes], length: int | None) -> None:
        self._file = file
        self._left = length

    def __next__(self) -> bytes:
        piece: bytes = self._file.read(CHUNK if self._left is None else min(CHUNK, self._left))
        if not piece:
            self.close()
            raise StopIteration
        if self._left is not None:
            self._left -= len(piece)
        return piece

    def close(self) -> None:
        self._file.close()


def open_stored(name: str) -> bytes:
    """The bytes under a key; NotFound where it is gone, StorageFailed where nobody knows."""
    return b"".join(chunks(name))


def chunks(name: str, start: int = 0, length: int | None = None) -> Pieces:
    """The bytes from ``start``. Opens at once: NotFound and StorageFailed are raised here, before
    a caller has said that all is well."""
    with _as_ours("read"):
        file = default_storage.open(name, "rb")
        file.seek(start)  # an S3 file is fetched by this
    return Pieces(file, length)


def size(name: str) -> int:
    """Bytes under a key; NotFound where it is gone, StorageFailed where nobody knows."""
    with _as_ours("measure"):
        return default_storage.size(name)


def write(name: str, data: bytes) -> None:
    """Stores under exactly this key, whatever was there. StorageFailed where it cannot."""
    with _as_ours("store", missing=StorageFailed):
        saved = default_storage.save(name, ContentFile(data))
        if saved != name:  # taken: a storage that does not overwrite chose another name
            default_storage.delete(saved)
            default_storage.delete(name)
            saved = default_storage.save(name, ContentFile(data))
        if saved != name:
            default_storage.delete(saved)
            raise StorageFailed("the storage gives the file a name of its own")


def remove(names: Iterable[str]) -> None:
    """Deletes files; one that is not there is no error. StorageFailed where the storage is down."""
    for name in names:
        with suppress(NotFound), _as_ours("delete"):
            if name:
                default_storage.delete(name)


@contextmanager
def _as_ours(verb: str, missing: type[EaselError] = NotFound) -> Iterator[None]:
    """NotFound and StorageFailed in place of a storage's own errors."""
    try:
        yield
    except EaselError:
        raise
    except FileNotFoundError as error:
        raise missing("the file is gone") from error
    except Exception as error:
        raise StorageFailed(f"the storage did not {verb} the file: {error}") from error
