"""Pictures that callers send: init images, masks, ControlNet inputs. One folder a day."""

from __future__ import annotations

from uuid import uuid4

from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext as _

from generation import picture_file
from generation.errors import InvalidRequest
from generation.picture_file import UnreadablePicture
from generation.storage.store import open_stored, remove, write

INPUTS = "inputs"
MAX_INPUT_BYTES = 20 * 1024 * 1024


def store_input(data: bytes, *, field: str = "image") -> str:
    """Stores a caller's picture as it is; its key, for ``ImageRef.stored``.

    Each call makes a new key: an input belongs to one task and is deleted with it. InvalidRequest
    as ``check_input``.
    """
    check_input(data, field=field)
    name = input_key(data)
    write(name, data)
    return name


def input_key(data: bytes) -> str:
    """A new key for a picture that ``check_input`` has seen."""
    return f"{INPUTS}/{timezone.localdate():%Y-%m-%d}/{uuid4()}.{picture_file.sniff(data)}"


def check_input(data: bytes, *, field: str = "image") -> None:
    """InvalidRequest(field): over 20 MB, over 64 megapixels, or no whole PNG, JPEG or WebP."""
    if len(data) > MAX_INPUT_BYTES:
        raise InvalidRequest(_("the picture is larger than 20 MB"), field=field)
    try:
        picture_file.load(data)
    except UnreadablePicture as error:
        why = _("the picture cannot be used: %(why)s") % {"why": error}
        raise InvalidRequest(why, field=field) from error


def copy_input(name: str) -> str:
    """A second key with the same bytes, for a task that is asked for once more."""
    data = open_stored(name)
    return store_input(data)


def input_days() -> list[str]:
    """The folders that hold inputs, by day ("2026-11-21")."""
    try:
        return sorted(default_storage.listdir(INPUTS)[0])
    except FileNotFoundError:
        return []


def clear_input_day(day: str, *, limit: int) -> int:
    """Removes up to ``limit`` inputs of a day, and the folder with the last; how many."""
    folder = f"{INPUTS}/{day}"
    names = default_storage.listdir(folder)[1]
    remove(f"{folder}/{name}" for name in names[:limit])
    if len(names) <= limit:
        remove([folder])
    return min(len(names), limit)
