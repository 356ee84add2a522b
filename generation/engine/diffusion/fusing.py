"""Attention's projections joined: query, key and value by one matrix, key and value of a text by
another. One call of the device instead of three.

The layers stay what they are: their weights become windows on the joined matrix. What a LoRA adds
to a window, and what takes it out again, is in the joined one at once; nothing lies there twice.

SD 3.5 is left as it is: diffusers' processor for its joined projections leaves out the
normalisation of queries and keys that 3.5 was trained with.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from diffusers.models.attention import AttentionModuleMixin
from diffusers.models.attention_processor import (
    Attention,
    AttnProcessor2_0,
    FusedAttnProcessor2_0,
)
from diffusers.models.transformers.transformer_flux import FluxAttention
from torch import nn

QKV, KV = ("to_q", "to_k", "to_v"), ("to_k", "to_v")
ADDED = ("add_q_proj", "add_k_proj", "add_v_proj")
JOINED = {"to_qkv": QKV, "to_kv": KV, "to_added_qkv": ADDED}
"""The joined matrix's name, as diffusers' processors ask for it, and the layers it is made of."""


@torch.no_grad()
def fuse(network: nn.Module) -> int:
    """Joins every attention that can be; answers how many. The picture stays the same but for the
    rounding of a sum in another order. Weights must not be moved before `unfuse`.
    """
    return sum(_fuse(attention) for attention in _attentions(network))


@torch.no_grad()
def unfuse(network: nn.Module) -> None:
    """Each layer has weights of its own again, as they are now."""
    for attention in _attentions(network):
        for name in [name for name in JOINED if name in vars(attention)]:
            for layer in _layers(attention, JOINED[name]):
                layer.weight.data = layer.weight.data.clone()
                if layer.bias is not None:
                    layer.bias.data = layer.bias.data.clone()
            object.__delattr__(attention, name)
            attention.fused_projections = False
            if isinstance(attention.processor, FusedAttnProcessor2_0):
                attention.set_processor(AttnProcessor2_0())


def _attentions(network: nn.Module) -> Iterator[Any]:
    return (
        part for part in network.modules() if isinstance(part, AttentionModuleMixin | Attention)
    )


def _fuse(attention: Any) -> bool:
    wanted = _wanted(attention)
    sets = [_layers(attention, JOINED[name]) for name in wanted]
    if not sets or not all(_can_join(layers) for layers in sets):
        return False
    for name, layers in zip(wanted, sets, strict=True):
        # Past nn.Module's own way: as a part of it the matrix would be counted and saved twice.
        object.__setattr__(attention, name, _join(layers))
    attention.fused_projections = True
    if isinstance(attention.processor, AttnProcessor2_0):
        attention.set_processor(FusedAttnProcessor2_0())
    return True


def _wanted(attention: Any) -> list[str]:
    """The names of the joined matrices that this attention's processor reads."""
    if attention.fused_projections:
        return []
    if isinstance(attention, FluxAttention):
        return ["to_qkv"] if attention.added_kv_proj_dim is None else ["to_qkv", "to_added_qkv"]
    if type(attention.processor) is AttnProcessor2_0:
        return ["to_kv"] if attention.is_cross_attention else ["to_qkv"]
    return []


def _layers(attention: Any, names: tuple[str, ...]) -> list[nn.Linear]:
    return [getattr(attention, name) for name in names]


def _can_join(layers: list[nn.Linear]) -> bool:
    """Plain ones only: a quantised weight is no matrix that could be cut."""
    first = layers[0]
    return all(
        type(layer) is nn.Linear
        and type(layer.weight) is nn.Parameter
        and layer.weight.dtype == first.weight.dtype
        and layer.weight.shape == first.weight.shape
        and (layer.bias is None) == (first.bias is None)
        for layer in layers
    )


def _join(layers: list[nn.Linear]) -> nn.Linear:
    weights = torch.cat([layer.weight.data for layer in layers])
    biases = None
    if layers[0].bias is not None:
        biases = torch.cat([layer.bias.data for layer in layers])
    joined = nn.Linear(weights.shape[1], weights.shape[0], bias=biases is not None, device="meta")
    joined.weight = nn.Parameter(weights, requires_grad=False)
    for layer, window in zip(layers, weights.chunk(len(layers)), strict=True):
        layer.weight.data = window
    if biases is not None:
        joined.bias = nn.Parameter(biases, requires_grad=False)
        for layer, part in zip(layers, biases.chunk(len(layers)), strict=True):
            layer.bias.data = part
    return joined
