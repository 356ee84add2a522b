"""Small ONNX networks, written by hand: protobuf's wire format, as far as ONNX needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

FLOAT = 1


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    dims = b"".join(
        _bytes(1, _number(1, side) if isinstance(side, int) else _bytes(2, side)) for side in shape
    )
    tensor = _number(1, FLOAT) + _bytes(2, dims)
    return _bytes(1, name) + _bytes(2, _bytes(1, tensor))


def _tensor(name: str, values: np.ndarray) -> bytes:
    dims = b"".join(_number(1, side) for side in values.shape)
    return dims + _number(2, FLOAT) + _bytes(8, name) + _bytes(9, values.astype("<f4").tobytes())


Node = tuple[str, Sequence[str], Sequence[str]]
"""Operator, inputs, outputs."""


def write(
    path: Path,
    *,
    constants: Mapping[str, np.ndarray],
    nodes: Sequence[Node],
    outputs: Mapping[str, Sequence[int | str]],
    shape: Sequence[int | str] = (1, 3, 64, 64),
) -> Path:
    """A network with one input, `images`. Of opset 13."""
    graph = b"".join(
        _bytes(1, b"".join(_bytes(1, name) for name in ins)
               + b"".join(_bytes(2, name) for name in outs) + _bytes(4, kind))
        for kind, ins, outs in nodes
    )  # fmt: skip
    graph += _bytes(2, "graph")
    graph += b"".join(_bytes(5, _tensor(name, values)) for name, values in constants.items())
    graph += _bytes(11, _value("images", shape))
    graph += b"".join(_bytes(12, _value(name, sides)) for name, sides in outputs.items())
    model = _number(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _number(2, 13))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model)
    return path


def fixed(path: Path, shape: Sequence[int | str] = (1, 3, 64, 64), **outputs: np.ndarray) -> Path:
    """A network that answers every picture with these outputs."""
    return write(
        path,
        constants={f"{name}_": values for name, values in outputs.items()},
        nodes=[("Identity", [f"{name}_"], [name]) for name in outputs],
        outputs={name: values.shape for name, values in outputs.items()},
        shape=shape,
    )
