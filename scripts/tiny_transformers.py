"""SD 3's and Flux's original names for tiny transformers: the way back from diffusers' names."""

from __future__ import annotations

import torch

from generation.engine.diffusion.flux_names import DOUBLE, NORMS, SINGLE, WHOLE

Tensors = dict[str, torch.Tensor]
KINDS = ("weight", "bias")

SD3_WHOLE = {
    "pos_embed.proj": "x_embedder.proj",
    "time_text_embed.timestep_embedder.linear_1": "t_embedder.mlp.0",
    "time_text_embed.timestep_embedder.linear_2": "t_embedder.mlp.2",
    "time_text_embed.text_embedder.linear_1": "y_embedder.mlp.0",
    "time_text_embed.text_embedder.linear_2": "y_embedder.mlp.2",
    "context_embedder": "context_embedder",
    "proj_out": "final_layer.linear",
}
SD3_BLOCK = {
    "attn.to_out.0": "x_block.attn.proj",
    "attn.to_add_out": "context_block.attn.proj",
    "attn2.to_out.0": "x_block.attn2.proj",
    "norm1.linear": "x_block.adaLN_modulation.1",
    "norm1_context.linear": "context_block.adaLN_modulation.1",
    "ff.net.0.proj": "x_block.mlp.fc1",
    "ff.net.2": "x_block.mlp.fc2",
    "ff_context.net.0.proj": "context_block.mlp.fc1",
    "ff_context.net.2": "context_block.mlp.fc2",
}
SD3_NORMS = {
    "attn.norm_q": "x_block.attn.ln_q",
    "attn.norm_k": "x_block.attn.ln_k",
    "attn.norm_added_q": "context_block.attn.ln_q",
    "attn.norm_added_k": "context_block.attn.ln_k",
    "attn2.norm_q": "x_block.attn2.ln_q",
    "attn2.norm_k": "x_block.attn2.ln_k",
}
SD3_QKV = {
    "x_block.attn": ("attn.to_q", "attn.to_k", "attn.to_v"),
    "context_block.attn": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
    "x_block.attn2": ("attn2.to_q", "attn2.to_k", "attn2.to_v"),
}


def swapped(tensor: torch.Tensor) -> torch.Tensor:
    """Scale and shift in the original's order."""
    return torch.cat(tensor.chunk(2)[::-1])


def sd3_original(state: Tensors) -> Tensors:
    found = {"pos_embed": state["pos_embed.pos_embed"]}
    for kind in KINDS:
        found[f"final_layer.adaLN_modulation.1.{kind}"] = swapped(state[f"norm_out.linear.{kind}"])
        for new, old in SD3_WHOLE.items():
            found[f"{old}.{kind}"] = state[f"{new}.{kind}"]
    count = 1 + max(int(n.split(".")[1]) for n in state if n.startswith("transformer_blocks."))
    for number in range(count):
        found |= _sd3_block(state, number, last=number == count - 1)
    return found


def _sd3_block(state: Tensors, number: int, *, last: bool) -> Tensors:
    new, old = f"transformer_blocks.{number}.", f"joint_blocks.{number}."
    found = {}
    for kind in KINDS:
        for original, parts in SD3_QKV.items():
            if f"{new}{parts[0]}.{kind}" in state:
                whole = torch.cat([state[f"{new}{part}.{kind}"] for part in parts])
                found[f"{old}{original}.qkv.{kind}"] = whole
        for part, original in SD3_BLOCK.items():
            tensor = state.get(f"{new}{part}.{kind}")
            if tensor is not None:
                turned = last and part == "norm1_context.linear"
                found[f"{old}{original}.{kind}"] = swapped(tensor) if turned else tensor
    for part, original in SD3_NORMS.items():
        if f"{new}{part}.weight" in state:
            found[f"{old}{original}.weight"] = state[f"{new}{part}.weight"]
    return found


def flux_original(state: Tensors) -> Tensors:
    found = {}
    for old, new in WHOLE.items():
        for kind in KINDS:
            tensor = state.get(f"{new}.{kind}")
            if tensor is not None:
                found[f"{old}.{kind}"] = swapped(tensor) if "adaLN" in old else tensor
    for number in range(_count(state, "transformer_blocks.")):
        found |= _double(state, number)
    for number in range(_count(state, "single_transformer_blocks.")):
        found |= _single(state, number)
    return found


def _count(state: Tensors, start: str) -> int:
    return 1 + max(int(n[len(start) :].split(".")[0]) for n in state if n.startswith(start))


def _double(state: Tensors, number: int) -> Tensors:
    new, old = f"transformer_blocks.{number}.", f"double_blocks.{number}."
    found = {}
    for kind in KINDS:
        for original, part in DOUBLE.items():
            found[f"{old}{original}.{kind}"] = state[f"{new}{part}.{kind}"]
        for side, parts in (
            ("img", ("to_q", "to_k", "to_v")),
            ("txt", ("add_q_proj", "add_k_proj", "add_v_proj")),
        ):
            whole = torch.cat([state[f"{new}attn.{part}.{kind}"] for part in parts])
            found[f"{old}{side}_attn.qkv.{kind}"] = whole
    for original, part in NORMS.items():
        if original.startswith(("img", "txt")):
            found[f"{old}{original}.scale"] = state[f"{new}{part}.weight"]
    return found


def _single(state: Tensors, number: int) -> Tensors:
    new, old = f"single_transformer_blocks.{number}.", f"single_blocks.{number}."
    found = {}
    for kind in KINDS:
        for original, part in SINGLE.items():
            found[f"{old}{original}.{kind}"] = state[f"{new}{part}.{kind}"]
        parts = ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp")
        whole = torch.cat([state[f"{new}{part}.{kind}"] for part in parts])
        found[f"{old}linear1.{kind}"] = whole
    for original in ("norm.query_norm", "norm.key_norm"):
        found[f"{old}{original}.scale"] = state[f"{new}{NORMS[original]}.weight"]
    return found
