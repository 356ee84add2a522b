"""Textual inversion: a name in the prompt that stands for vectors of its own.

Files as WebUI and kohya write them: `.pt` with `string_to_param`, `.safetensors` with
`emb_params`, or, for the two encoders of SDXL and SD 3, `clip_l` and `clip_g`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors.torch import load_file

from generation.engine.diffusion.checks import SAFE, BadWeights, read_header, read_pickle
from generation.engine.diffusion.families import Family

ROLES = {Family.SDXL: ("clip_l", "clip_g"), Family.SD3: ("clip_l", "clip_g")}
SINGLE = ("emb_params",)
LONGEST = 75
"""Vectors that fit into a chunk."""


@dataclass(frozen=True)
class Embedding:
    """Equal by name and content, so that it can stand in a key."""

    name: str
    version: str
    """Of the file."""
    vectors: tuple[torch.Tensor, ...] = field(compare=False, repr=False)
    """(tokens, width) for each text encoder, in their order."""

    def tensor(self, encoder: int) -> torch.Tensor:
        return self.vectors[encoder]

    def __len__(self) -> int:
        return len(self.vectors[0])


class Model(Protocol):
    """What is read of a loaded model."""

    family: Family
    text_encoders: list[Any]


def named_in(
    texts: Sequence[str], offered: Mapping[str, Path], model: Model
) -> dict[str, Embedding]:
    """Those that occur in the texts and that the model can read; the others stay words, and
    `refusal` says why."""
    lowered = " ".join(texts).casefold()
    found = {}
    for name, path in offered.items():
        if name.casefold() in lowered and refusal(name, path, model) is None:
            found[name] = read(path, name, model.family)
    return found


def refusal(name: str, path: Path, model: Model) -> str | None:
    """Why the model cannot read this embedding: "embedding 'x': …"; None when it can."""
    try:
        return misfit(read(path, name, model.family), model.text_encoders)
    except (BadWeights, OSError) as error:
        return f"embedding {name!r}: {error}"


def read(path: Path, name: str, family: Family) -> Embedding:
    """Raises BadWeights where the file is no embedding, or one for another family."""
    stat = path.stat()
    return _read(path, name, family, f"{path}:{stat.st_mtime_ns}:{stat.st_size}")


@lru_cache(maxsize=64)
def _read(path: Path, name: str, family: Family, version: str) -> Embedding:
    tensors = _tensors(path)
    roles = ROLES.get(family, SINGLE)
    if set(tensors) != set(roles):
        wanted, found = ", ".join(roles), ", ".join(sorted(tensors))
        raise BadWeights(path, f"an embedding for {family.value} has {wanted}; this one {found}")
    vectors = tuple(tensors[role].detach().float() for role in roles)
    lengths = {tensor.shape[0] if tensor.ndim == 2 else 0 for tensor in vectors}
    if len(lengths) > 1 or not 1 <= min(lengths) <= LONGEST:
        raise BadWeights(path, f"an embedding is 1 to {LONGEST} vectors, as many in each encoder")
    return Embedding(name, version, vectors)


def _tensors(path: Path) -> dict[str, torch.Tensor]:
    if path.suffix in SAFE:
        read_header(path)
        tensors: dict[str, torch.Tensor] = load_file(path)
    else:
        content = read_pickle(path)
        inner = content.get("string_to_param", content)
        tensors = {str(k): v for k, v in _items(inner) if isinstance(v, torch.Tensor)}
    if set(tensors) & {"clip_l", "clip_g"}:
        return tensors
    if len(tensors) == 1:  # whatever the token was called while it was trained
        only = next(iter(tensors.values()))
        return {"emb_params": only[None] if only.ndim == 1 else only}
    raise BadWeights(path, "no embedding: neither one tensor nor clip_l and clip_g")


def _items(content: object) -> list[tuple[Any, Any]]:
    return list(content.items()) if isinstance(content, dict) else []


def misfit(embedding: Embedding, text_encoders: Sequence[Any]) -> str | None:
    """Why the encoders cannot read it: "embedding 'x': …"; None when they can."""
    for vectors, encoder in zip(embedding.vectors, text_encoders, strict=False):
        width = encoder.get_input_embeddings().weight.shape[1]
        if vectors.shape[1] != width:
            return (
                f"embedding {embedding.name!r}: vectors of {vectors.shape[1]} values, "
                f"this model reads {width}"
            )
    return None
