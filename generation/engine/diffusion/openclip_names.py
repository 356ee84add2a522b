"""OpenCLIP's names for the tensors of a text encoder, as transformers has them."""

from __future__ import annotations

from pathlib import Path

from generation.engine.diffusion.building import Tensors
from generation.engine.diffusion.checks import BadWeights

WHOLE = {
    "positional_embedding": "embeddings.position_embedding.weight",
    "token_embedding.weight": "embeddings.token_embedding.weight",
    "ln_final.weight": "final_layer_norm.weight",
    "ln_final.bias": "final_layer_norm.bias",
}
IN_LAYER = {
    "ln_1.": "layer_norm1.",
    "ln_2.": "layer_norm2.",
    "mlp.c_fc.": "mlp.fc1.",
    "mlp.c_proj.": "mlp.fc2.",
    "attn.out_proj.": "self_attn.out_proj.",
}
LAYERS = "transformer.resblocks."


def openclip_tensors(tensors: Tensors, path: Path, *, drop_last: bool = False) -> Tensors:
    """The same weights with transformers' names; the projection of the text is transposed."""
    found = {new: tensors[old] for old, new in WHOLE.items() if old in tensors}
    if "text_projection" in tensors and not drop_last:
        found["text_projection.weight"] = tensors["text_projection"].T.contiguous()
    return found | openclip_layers(tensors, path, "encoder.layers.", drop_last=drop_last)


def openclip_layers(
    tensors: Tensors, path: Path, start: str, *, drop_last: bool = False
) -> Tensors:
    """The layers of a text or image encoder, named `start` and their number."""
    numbers = {int(n.split(".")[2]) for n in tensors if n.startswith(LAYERS)}
    if not numbers:
        raise BadWeights(path, "its encoder has no layers")
    found: Tensors = {}
    for number in sorted(numbers)[: -1 if drop_last else None]:
        found |= _layer(tensors, number, f"{start}{number}.")
    return found


def _layer(tensors: Tensors, number: int, new: str) -> Tensors:
    start = f"{LAYERS}{number}."
    found: Tensors = {}
    for name, tensor in tensors.items():
        if not name.startswith(start):
            continue
        rest = name.removeprefix(start)
        if rest.startswith("attn.in_proj_"):
            # One matrix for query, key and value
            kind = rest.removeprefix("attn.in_proj_")
            for letter, part in zip("qkv", tensor.chunk(3), strict=True):
                found[f"{new}self_attn.{letter}_proj.{kind}"] = part
            continue
        for old, now in IN_LAYER.items():
            if rest.startswith(old):
                found[new + now + rest.removeprefix(old)] = tensor
    return found
