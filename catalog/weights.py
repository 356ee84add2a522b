"""Weights that Easel keeps itself: a LoRA file that somebody brought, private to a tenant or for
everyone. Engines fetch it by its hash when a task needs it (``generation.storage.weights``).

The key is the content: two tenants who bring the same file share the bytes, not the entry.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from catalog import intake
from catalog.kinds import Kind, stem
from catalog.models import BaseModel, Lora, Source

FOLDER = "weights"
MOST_BYTES = 2 * 1024**3  # what an engine fetches at most
SPARED = timedelta(hours=1)  # a file so young may belong to a row that is not committed yet
_HEADER = 8 * 1024 * 1024  # a safetensors header that is longer is none
_IN_MEMORY = 8 * 1024 * 1024
# What trainers write into ``ss_base_model_version`` and ``modelspec.architecture``, by beginning.
_FAMILIES = (
    ("sdxl", BaseModel.SDXL),
    ("stable-diffusion-xl", BaseModel.SDXL),
    ("sd_v1", BaseModel.SD15),
    ("stable-diffusion-v1", BaseModel.SD15),
    ("sd_v2", BaseModel.SD21),
    ("stable-diffusion-v2", BaseModel.SD21),
    ("sd3", BaseModel.SD3),
    ("stable-diffusion-3", BaseModel.SD3),
    ("flux", BaseModel.FLUX),
)


class BadWeights(ValueError):
    """Not a file that an engine could load. The text is for whoever sent it."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A file in our storage. ``base_model`` is what it says of itself, "" where it says nothing."""

    sha256: str
    base_model: str


def keep(pieces: Iterable[bytes]) -> Kept:
    """Checks a LoRA file and keeps it. Raises BadWeights. Without an entry that names it, it is
    swept after an hour."""
    with _received(pieces) as (file, sha256):
        base_model = _family(_metadata(file))
        if not default_storage.exists(key_of(sha256)):
            file.seek(0)
            default_storage.save(key_of(sha256), File(file))
    return Kept(sha256=sha256, base_model=base_model)


def attach(entry: Lora, kept: Kept) -> None:
    """The file is the entry's from now on; what the file says fills what the entry does not."""
    entry.sha256, entry.file = kept.sha256, key_of(kept.sha256)
    entry.base_model = entry.base_model or kept.base_model


def bring_lora(
    name: str,
    pieces: Iterable[bytes],
    *,
    tenant_id: int | None,
    base_model: str = "",
    trigger_words: str = "",
) -> Lora:
    """Keeps the file and answers its entry, new or of the same name and owner. ``base_model`` "":
    what the file says. Raises BadWeights."""
    kept = keep(pieces)
    entry = Lora.objects.owned_by(tenant_id).named(stem(name)).first() or Lora(
        tenant_id=tenant_id, name=stem(name), source=Source.ADMIN
    )
    entry.base_model = base_model or kept.base_model or entry.base_model
    entry.trigger_words = trigger_words or entry.trigger_words
    attach(entry, kept)
    entry.save()
    intake.settle(Kind.LORA)
    entry.refresh_from_db()
    return entry


def key_of(sha256: str) -> str:
    return f"{FOLDER}/{sha256}.safetensors"


def is_kept(sha256: str) -> bool:
    """Whether some entry has this file."""
    return Lora.objects.filter(sha256=sha256, file=key_of(sha256)).exists()


def sweep(at: datetime, limit: int = 200) -> int:
    """Removes files that no entry has any more; answers how many."""
    removed = 0
    for name in _stored():
        key = f"{FOLDER}/{name}"
        if removed >= limit:
            break
        if Lora.objects.filter(file=key).exists():
            continue
        if default_storage.get_modified_time(key) < at - SPARED:
            default_storage.delete(key)
            removed += 1
    return removed


def _stored() -> list[str]:
    try:
        return default_storage.listdir(FOLDER)[1]
    except FileNotFoundError:  # nobody ever brought one
        return []


@contextmanager
def _received(pieces: Iterable[bytes]) -> Iterator[tuple[IO[bytes], str]]:
    """The bytes in a temporary file, and their hash."""
    digest, total = hashlib.sha256(), 0
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        for piece in pieces:
            total += len(piece)
            if total > MOST_BYTES:
                raise BadWeights(_("larger than %(most)d MB") % {"most": MOST_BYTES >> 20})
            digest.update(piece)
            file.write(piece)
        yield file, digest.hexdigest()


def _metadata(file: IO[bytes]) -> dict[str, Any]:
    """What the header says of the training. BadWeights for anything but a LoRA in safetensors."""
    size = file.seek(0, 2)
    file.seek(0)
    length = int.from_bytes(file.read(8), "little")
    if not 2 <= length <= min(_HEADER, max(0, size - 8)):
        raise BadWeights(_("not a safetensors file"))
    try:
        header = json.loads(file.read(length))
    except ValueError as error:
        raise BadWeights(_("not a safetensors file")) from error
    if not isinstance(header, dict) or not any("lora" in name.lower() for name in header):
        raise BadWeights(_("not a LoRA: no tensor of it is named as one"))
    ends = [row["data_offsets"][1] for name, row in header.items() if name != "__metadata__"]
    if max(ends) + 8 + length != size:
        raise BadWeights(_("not whole: its tensors end elsewhere than the file"))
    metadata = header.get("__metadata__")
    return metadata if isinstance(metadata, dict) else {}


def _family(metadata: dict[str, Any]) -> str:
    said = [
        str(metadata.get(key, "")).lower()
        for key in ("ss_base_model_version", "modelspec.architecture")
    ]
    found = (family for word, family in _FAMILIES if any(each.startswith(word) for each in said))
    return str(next(found, ""))
