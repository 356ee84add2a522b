"""Flux's original names for its tensors, as diffusers has them.

Works on tensors of any width, and on GGUF's quantised ones: they are only cut along their rows.
"""

from __future__ import annotations

import re

import torch

from generation.engine.diffusion.building import Tensors

WHOLE = {
    "time_in.in_layer": "time_text_embed.timestep_embedder.linear_1",
    "time_in.out_layer": "time_text_embed.timestep_embedder.linear_2",
    "vector_in.in_layer": "time_text_embed.text_embedder.linear_1",
    "vector_in.out_layer": "time_text_embed.text_embedder.linear_2",
    "guidance_in.in_layer": "time_text_embed.guidance_embedder.linear_1",
    "guidance_in.out_layer": "time_text_embed.guidance_embedder.linear_2",
    "txt_in": "context_embedder",
    "img_in": "x_embedder",
    "final_layer.linear": "proj_out",
    "final_layer.adaLN_modulation.1": "norm_out.linear",
}
DOUBLE = {
    "img_mod.lin": "norm1.linear",
    "txt_mod.lin": "norm1_context.linear",
    "img_mlp.0": "ff.net.0.proj",
    "img_mlp.2": "ff.net.2",
    "txt_mlp.0": "ff_context.net.0.proj",
    "txt_mlp.2": "ff_context.net.2",
    "img_attn.proj": "attn.to_out.0",
    "txt_attn.proj": "attn.to_add_out",
}
SINGLE = {"modulation.lin": "norm.linear", "linear2": "proj_out"}
NORMS = {
    "img_attn.norm.query_norm": "attn.norm_q",
    "img_attn.norm.key_norm": "attn.norm_k",
    "txt_attn.norm.query_norm": "attn.norm_added_q",
    "txt_attn.norm.key_norm": "attn.norm_added_k",
    "norm.query_norm": "attn.norm_q",
    "norm.key_norm": "attn.norm_k",
}
QKV = {
    "img_attn.qkv": ("attn.to_q", "attn.to_k", "attn.to_v"),
    "txt_attn.qkv": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
}
BLOCK = re.compile(r"(double|single)_blocks\.(\d+)\.(.+)\.(weight|bias|scale)$")


def flux_tensors(tensors: Tensors) -> Tensors:
    """The same weights with diffusers' names. Names that Flux has not are left out."""
    found: Tensors = {}
    for name, tensor in tensors.items():
        block = BLOCK.match(name)
        if block:
            found |= _in_block(block[1], block[2], block[3], block[4], tensor)
            continue
        stem, _, kind = name.rpartition(".")
        if stem in WHOLE:
            swapped = "adaLN" in stem  # shift and scale change places in diffusers
            new = torch.cat(list(tensor.chunk(2))[::-1]) if swapped else tensor
            found[f"{WHOLE[stem]}.{kind}"] = new
    return found


def _in_block(sort: str, number: str, part: str, kind: str, tensor: torch.Tensor) -> Tensors:
    single = sort == "single"
    start = f"{'single_transformer' if single else 'transformer'}_blocks.{number}."
    if part in NORMS:
        return {f"{start}{NORMS[part]}.weight": tensor}
    if part in QKV:
        cut = tensor.chunk(3)
        return {f"{start}{n}.{kind}": t for n, t in zip(QKV[part], cut, strict=True)}
    if part == "linear1":
        # Query, key and value of one width, and the MLP of four
        width = tensor.shape[0] // 7
        parts = tensor.split([width, width, width, tensor.shape[0] - 3 * width])
        names = ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp")
        return {f"{start}{n}.{kind}": t for n, t in zip(names, parts, strict=True)}
    new = (SINGLE if single else DOUBLE).get(part)
    return {f"{start}{new}.{kind}": tensor} if new else {}
