"""Weight files, read without trusting them: safetensors headers and pickles.

A file that is truncated, lies about its size, or is no weight file at all raises BadWeights,
whose text names the file and what is wrong. Reading a header needs neither torch nor the data.
Source of the format: the safetensors specification (8 bytes of length, JSON, data).
"""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LONGEST_HEADER = 100_000_000  # the specification's own limit
BITS = {
    "BOOL": 8,
    "U8": 8,
    "I8": 8,
    "F8_E5M2": 8,
    "F8_E4M3": 8,
    "F8_E5M2FNUZ": 8,
    "F8_E4M3FNUZ": 8,
    "F8_E8M0": 8,
    "U16": 16,
    "I16": 16,
    "F16": 16,
    "BF16": 16,
    "U32": 32,
    "I32": 32,
    "F32": 32,
    "U64": 64,
    "I64": 64,
    "F64": 64,
}
SAFE = frozenset({".safetensors", ".sft"})
PICKLES = frozenset({".ckpt", ".pt", ".pth", ".bin"})
NESTED = ("state_dict", "params_ema", "params", "model")


class BadWeights(ValueError):
    """A weight file that cannot be used; the text says which, and why."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path.name}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True)
class Header:
    """What a weight file says about itself."""

    shapes: Mapping[str, tuple[int, ...]]
    dtypes: Mapping[str, str] = field(default_factory=dict)
    """In safetensors' words; may be empty for other formats."""
    metadata: Mapping[str, str] = field(default_factory=dict)


def read_header(path: Path) -> Header:
    """The names, shapes and types in a safetensors file, with every offset checked."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            _check_length(path, size, length)
            text = file.read(length)
    except OSError as error:
        raise BadWeights(path, f"cannot be read ({error.strerror})") from error
    try:
        # UnicodeDecodeError and RecursionError: what json raises beside its own error
        content = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise BadWeights(path, f"no safetensors file: its header is not JSON ({error})") from error
    if not isinstance(content, dict):
        raise BadWeights(path, "no safetensors file: its header is not an object")
    metadata = content.pop("__metadata__", {})
    if not isinstance(metadata, dict):
        raise BadWeights(path, "its metadata is not an object")
    return _header(path, content, metadata, size - 8 - length)


def _check_length(path: Path, size: int, length: int) -> None:
    if size == 0:
        raise BadWeights(path, "an empty file")
    if size < 10:
        raise BadWeights(path, "no safetensors file: too short")
    if length > LONGEST_HEADER:
        raise BadWeights(
            path, f"no safetensors file: a header of {length} bytes; {LONGEST_HEADER} are the limit"
        )
    if length > size - 8:
        raise BadWeights(path, f"truncated: a header of {length} bytes in a file of {size}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} twice")
    return found


def _header(
    path: Path, tensors: dict[str, Any], metadata: dict[str, Any], data_bytes: int
) -> Header:
    shapes: dict[str, tuple[int, ...]] = {}
    dtypes: dict[str, str] = {}
    spans: list[tuple[int, int, str]] = []
    for name, entry in tensors.items():
        try:
            dtype, shape = entry["dtype"], tuple(entry["shape"])
            begin, end = entry["data_offsets"]
            whole = all(type(n) is int and n >= 0 for n in (*shape, begin, end))
        except (TypeError, KeyError, ValueError) as error:
            raise BadWeights(path, f"{name!r} has no dtype, shape and data_offsets") from error
        if not whole or begin > end:
            raise BadWeights(path, f"{name!r} has a shape or offsets that are no counts")
        if not isinstance(dtype, str) or dtype not in BITS:
            raise BadWeights(path, f"{name!r} is of the unknown type {str(dtype)[:40]!r}")
        if end > data_bytes:
            raise BadWeights(path, f"truncated: {name!r} ends at {end} of {data_bytes} bytes")
        if math.prod(shape) * BITS[dtype] != (end - begin) * 8:
            raise BadWeights(path, f"{name!r}: {end - begin} bytes are not {shape} of {dtype}")
        shapes[name], dtypes[name] = shape, dtype
        spans.append((begin, end, name))
    _check_spans(path, spans, data_bytes)
    return Header(shapes, dtypes, {str(key): str(value) for key, value in metadata.items()})


def _check_spans(path: Path, spans: list[tuple[int, int, str]], data_bytes: int) -> None:
    """Tensors lie one after the other, without overlap and without room for anything else."""
    at = 0
    for begin, end, name in sorted(spans):
        if begin != at:
            raise BadWeights(path, f"{name!r} begins at {begin}; {at} was expected")
        at = end
    if at != data_bytes:
        raise BadWeights(path, f"{data_bytes - at} bytes that belong to no tensor")


def read_pickle(path: Path) -> dict[str, Any]:
    """The content of a .ckpt, .pt, .pth or .bin, tensors on the CPU.

    Only torch's weights-only reader is used: it knows tensors, numbers, strings, lists and
    mappings. Whatever else a pickle names is refused and never imported, nor called.
    """
    import torch

    if not path.stat().st_size:
        raise BadWeights(path, "an empty file")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        reason = str(error).partition("GLOBAL ")[2].split(" ")[0]
        if reason:
            raise BadWeights(path, f"its pickle names {reason}, which is no weight") from error
        raise BadWeights(path, "not a file of weights") from error
    except Exception as error:  # a damaged archive makes torch raise nearly anything
        raise BadWeights(path, "truncated, or not a file of weights") from error
    if not isinstance(content, dict):
        raise BadWeights(path, f"its pickle is a {type(content).__name__}, not a dictionary")
    return content


def pickled_tensors(path: Path) -> dict[str, Any]:
    """The tensors of a pickle by name, out of the nest that trainers put them into."""
    import torch

    content = read_pickle(path)
    for nest in NESTED:
        inner = content.get(nest)
        if isinstance(inner, dict) and any(isinstance(v, torch.Tensor) for v in inner.values()):
            content = inner
            break
    found = {str(k): v for k, v in content.items() if isinstance(v, torch.Tensor)}
    if not found:
        raise BadWeights(path, "holds no tensors")
    return found
