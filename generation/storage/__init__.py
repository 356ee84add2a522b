"""Where pictures lie: the one road to Django's default storage (local disk, or S3-compatible).

``keep`` what a server made, ``store_input`` what a caller sent, ``remove`` either; ``links`` makes
the addresses under which the files door serves them. Keys are paths below the storage's root:

    outputs/{tenant}/{yyyy-mm-dd}/{uuid}-{index}.{png,jpg,webp}    and -thumb.webp
    inputs/{yyyy-mm-dd}/{uuid}.{png,jpg,webp}
    weights/{sha256}.safetensors                                    (``catalog.weights``)
"""

from __future__ import annotations

from generation.storage import weights
from generation.storage.convert import converted
from generation.storage.inputs import (
    INPUTS,
    MAX_INPUT_BYTES,
    check_input,
    clear_input_day,
    copy_input,
    input_days,
    input_key,
    store_input,
)
from generation.storage.keep import Kept, companions, file_names, keep
from generation.storage.labelling import label_of
from generation.storage.labels import AiLabel, SourceType
from generation.storage.metadata import bare, read_label, read_parameters
from generation.storage.previews import blurred
from generation.storage.store import chunks, open_stored, remove, size, write

__all__ = [
    "INPUTS",
    "MAX_INPUT_BYTES",
    "AiLabel",
    "Kept",
    "SourceType",
    "bare",
    "blurred",
    "check_input",
    "chunks",
    "clear_input_day",
    "companions",
    "converted",
    "copy_input",
    "file_names",
    "input_days",
    "input_key",
    "keep",
    "label_of",
    "open_stored",
    "read_label",
    "read_parameters",
    "remove",
    "size",
    "store_input",
    "weights",
    "write",
]
