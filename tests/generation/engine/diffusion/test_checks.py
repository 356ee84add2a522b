"""Files that lie, are cut short or carry something else than weights."""

from __future__ import annotations

import io
import json
import os
import pickle
import tempfile
import warnings
import zipfile
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from generation.engine.diffusion.checks import (
    BadWeights,
    pickled_tensors,
    read_header,
    read_pickle,
)
from generation.engine.diffusion.families import family_of, identify

Entry = dict[str, object]


def written(path: Path, header: object, data: bytes = b"") -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def tensor(begin: int = 0, end: int = 8, dtype: object = "F32", shape: object = (2,)) -> Entry:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def test_a_header_as_safetensors_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_file({"w": torch.zeros(3, 2), "n": torch.zeros(4).half()}, path, {"told": "so"})
    header = read_header(path)
    assert header.shapes == {"w": (3, 2), "n": (4,)}
    assert (header.dtypes["n"], header.metadata) == ("F16", {"told": "so"})


TWICE = b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},'
TWICE += b'"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'


@pytest.mark.parametrize(
    ("header", "data", "said"),
    [
        (b"hello", b"", "its header is not JSON"),
        (b"\xff\xfe\xfd", b"", "its header is not JSON"),
        (b"[" * 100_000, b"", "its header is not JSON"),
        ([1], b"", "its header is not an object"),
        ({"__metadata__": 3}, b"", "its metadata is not an object"),
        ({"a": 3}, b"", "'a' has no dtype, shape and data_offsets"),
        ({"a": {"dtype": "F32"}}, b"", "'a' has no dtype, shape and data_offsets"),
        ({"a": tensor(dtype="F33")}, b"8 bytes!", "of the unknown type 'F33'"),
        ({"a": tensor(dtype=["F32"])}, b"8 bytes!", "type"),
        ({"a": tensor(shape=[-2])}, b"8 bytes!", "no counts"),
        ({"a": tensor(shape=[2.0])}, b"8 bytes!", "no counts"),
        ({"a": tensor(8, 0)}, b"8 bytes!", "no counts"),
        ({"a": tensor(0, 80, shape=[20])}, b"8 bytes!", "truncated: 'a' ends at 80 of 8 bytes"),
        ({"a": tensor(shape=[3])}, b"8 bytes!", r"8 bytes are not \(3,\) of F32"),
        ({"a": tensor(), "b": tensor()}, b"8 bytes!", "'b' begins at 0; 8 was expected"),
        ({"a": tensor(8, 16)}, b"8 bytes!" * 2, "'a' begins at 8; 0 was expected"),
        ({"a": tensor()}, b"8 bytes!" * 2, "8 bytes that belong to no tensor"),
        (TWICE, b"8 bytes!", "'a' twice"),
    ],
)
def test_headers_that_lie(tmp_path: Path, header: object, data: bytes, said: str) -> None:
    with pytest.raises(BadWeights, match=f"^bad.safetensors: .*{said}"):
        read_header(written(tmp_path / "bad.safetensors", header, data))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "an empty file"),
        (b"short", "too short"),
        (b"<!DOCTYPE html><html>not found</html>", "a header of"),
        ((100_000_001).to_bytes(8, "little") + b"{}", "100000000 are the limit"),
        ((1000).to_bytes(8, "little") + b"{}", "truncated: a header of 1000 bytes"),
    ],
)
def test_files_that_are_no_safetensors(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "renamed.safetensors"
    path.write_bytes(content)
    with pytest.raises(BadWeights, match=said):
        identify(path)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.safetensors"
        path.write_bytes(content)
        try:
            read_header(path)
        except BadWeights:
            pass


def test_a_truncated_checkpoint(tiny_models: Path, tmp_path: Path) -> None:
    whole = (tiny_models / "Stable-diffusion" / "tiny-sd1.safetensors").read_bytes()
    path = tmp_path / "half.safetensors"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadWeights, match="^half.safetensors: truncated"):
        family_of(path)


class Malicious:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.path}",)


def test_a_pickle_that_runs_a_program_is_refused_and_not_run(tmp_path: Path) -> None:
    proof, path = tmp_path / "was-run", tmp_path / "evil.ckpt"
    torch.save({"state_dict": {"w": torch.zeros(2)}, "evil": Malicious(proof)}, path)
    with pytest.raises(BadWeights, match="^evil.ckpt: its pickle names posix.system"):
        read_pickle(path)
    assert not proof.exists()


def test_a_bare_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    proof, path = tmp_path / "was-run", tmp_path / "evil.pt"
    path.write_bytes(pickle.dumps(Malicious(proof), 2))
    with pytest.raises(BadWeights, match="evil.pt"):
        identify(path)
    assert not proof.exists()


def test_a_pickle_below_weights_is_refused_and_not_run(tmp_path: Path) -> None:
    """Appended to a good archive under the name that torch reads."""
    proof, path = tmp_path / "was-run", tmp_path / "evil.pth"
    buffer = io.BytesIO()
    torch.save({"w": torch.zeros(2)}, buffer)
    with zipfile.ZipFile(buffer) as good, zipfile.ZipFile(path, "w") as bad:
        for name in good.namelist():
            evil = (
                pickle.dumps(Malicious(proof), 2) if name.endswith("data.pkl") else good.read(name)
            )
            bad.writestr(name, evil)
    with pytest.raises(BadWeights, match="evil.pth"):
        pickled_tensors(path)
    assert not proof.exists()


def pickled() -> bytes:
    buffer = io.BytesIO()
    torch.save({"state_dict": {"w": torch.zeros(3)}, "step": 1}, buffer)
    return buffer.getvalue()


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_pickle_raises_nothing_else(changes: list[tuple[int, int]]) -> None:
    content = bytearray(pickled())
    for place, byte in changes:
        content[place % len(content)] = byte
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of a protocol that it does not know
        path = Path(folder) / "damaged.pt"
        path.write_bytes(content)
        try:
            pickled_tensors(path)
        except BadWeights:
            pass


@pytest.mark.parametrize("content", [b"", b"just text, renamed", b"PK\x03\x04 cut"])
def test_what_is_no_pickle(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "text.pt"
    path.write_bytes(content)
    with pytest.raises(BadWeights, match="^text.pt: "):
        identify(path)


def test_a_pickle_without_tensors(tmp_path: Path) -> None:
    torch.save({"epoch": 3}, tmp_path / "none.pt")
    with pytest.raises(BadWeights, match="holds no tensors"):
        pickled_tensors(tmp_path / "none.pt")


def test_a_pickle_of_weights_is_read(tiny_models: Path) -> None:
    tensors = pickled_tensors(tiny_models / "ESRGAN" / "tiny-esrgan-2x.pth")
    assert tensors["conv_first.weight"].shape == (16, 12, 3, 3)


@pytest.mark.parametrize("content", [b"", b"GGUF", b"GGUF\x03\x00\x00\x00" + b"\xff" * 40, b"text"])
def test_gguf_that_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    with pytest.raises(BadWeights, match="^bad.gguf: "):
        identify(path)


def test_a_truncated_gguf(tiny_models: Path, tmp_path: Path) -> None:
    whole = (tiny_models / "unet" / "tiny-flux.gguf").read_bytes()
    (tmp_path / "half.gguf").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadWeights, match="^half.gguf: truncated"):
        identify(tmp_path / "half.gguf")
