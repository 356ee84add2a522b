"""The configuration of a model, read off the shapes of its tensors.

Checkpoints in one file do not say how their models are built; what the shapes do not say either
lies in data/families.json. Keys are the original ones of each family (LDM, SD 3, Flux), without
the prefix of the component. The same rules hold for models of any width.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from generation.engine.diffusion.families import Family

Shapes = Mapping[str, tuple[int, ...]]
Config = dict[str, Any]

DATA = Path(__file__).parent / "data" / "families.json"
HEAD = 64
"""Channels of an attention head in SD 2, SDXL, SD 3 and the text encoders."""
TIME_EMBED = 256
"""Channels for each of the six numbers that SDXL is told about a picture's size."""


@cache
def _data() -> dict[str, dict[str, Any]]:
    content: dict[str, dict[str, Any]] = json.loads(DATA.read_text(encoding="utf-8"))
    return content


def scheduler_config(family: Family) -> Config:
    return dict(_data()["scheduler"][family])


def count(shapes: Shapes, start: str) -> int:
    """How many numbered modules follow `start` ("blocks." of blocks.0.x, blocks.1.x: 2)."""
    numbers = {name[len(start) :].split(".")[0] for name in shapes if name.startswith(start)}
    # Counted, not the highest: a name may say "blocks.999999999", and layers are made in a loop
    return sum(number.isdigit() for number in numbers)


def unet_config(shapes: Shapes, family: Family) -> Config:
    """Of UNet2DConditionModel, from LDM's names."""
    channels, depths, layers = _down_blocks(shapes)
    mid = count(shapes, "middle_block.1.transformer_blocks.")
    if not depths[-1]:
        depths[-1] = mid  # diffusers gives the middle the depth of the last block
    cross = [_has_attention(shapes, block, layers) for block in range(len(channels))]
    downs = ["CrossAttnDownBlock2D" if c else "DownBlock2D" for c in cross]
    ups = ["CrossAttnUpBlock2D" if c else "UpBlock2D" for c in reversed(cross)]
    config: Config = {
        "in_channels": shapes["input_blocks.0.0.weight"][1],
        "block_out_channels": channels,
        "down_block_types": downs,
        "layers_per_block": layers,
        "transformer_layers_per_block": [max(1, depth) for depth in depths],
        "cross_attention_dim": text_width(shapes),
        "use_linear_projection": len(_first(shapes, ".proj_in.weight")) == 2,
        "attention_head_dim": 8 if family is Family.SD1 else [max(1, c // HEAD) for c in channels],
        "sample_size": _data()["sample_size"][family],
        **_added_conditions(shapes),
    }
    if family is Family.SD2:
        config["upcast_attention"] = True  # as 2.1's configuration has it: halves overflow there
    if "out.2.weight" in shapes:  # a ControlNet has no way out
        config |= {"out_channels": shapes["out.2.weight"][0], "up_block_types": ups}
    return config


def _down_blocks(shapes: Shapes) -> tuple[list[int], list[int], int]:
    """Channels and depth of attention of each block, and how many layers a block has."""
    channels, depths, layers = [0], [0], [0]
    for block in range(1, count(shapes, "input_blocks.")):
        if f"input_blocks.{block}.0.op.weight" in shapes:
            channels.append(0)
            depths.append(0)
            layers.append(0)
            continue
        channels[-1] = shapes[f"input_blocks.{block}.0.in_layers.2.weight"][0]
        depths[-1] = count(shapes, f"input_blocks.{block}.1.transformer_blocks.")
        layers[-1] += 1
    return channels, depths, layers[0]


def _has_attention(shapes: Shapes, block: int, layers: int) -> bool:
    return f"input_blocks.{1 + block * (layers + 1)}.1.proj_in.weight" in shapes


def _first(shapes: Shapes, end: str) -> tuple[int, ...]:
    return next((shape for name, shape in shapes.items() if name.endswith(end)), ())


def text_width(shapes: Shapes) -> int:
    """How wide the text is that the cross attention reads."""
    shape = _first(shapes, "attn2.to_k.weight")
    return shape[1] if len(shape) == 2 else 0


def _added_conditions(shapes: Shapes) -> Config:
    label = shapes.get("label_emb.0.0.weight")
    if label is None:
        return {}
    return {
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": TIME_EMBED,
        "projection_class_embeddings_input_dim": label[1],
    }


def controlnet_config(shapes: Shapes, family: Family) -> Config:
    """Of ControlNetModel, from LDM's names."""
    config = unet_config(shapes, family)
    hints = count(shapes, "input_hint_block.")  # every other number, the last is the way out
    widths = [shapes[f"input_hint_block.{2 * n}.weight"][0] for n in range(hints - 1)]
    # Two layers of each width; the first that is wider halves the size.
    return {key: value for key, value in config.items() if key != "sample_size"} | {
        "conditioning_embedding_out_channels": widths[::2],
        "conditioning_channels": shapes["input_hint_block.0.weight"][1],
    }


def vae_config(shapes: Shapes, family: Family) -> Config:
    """Of AutoencoderKL, from LDM's names."""
    blocks = count(shapes, "encoder.down.")
    channels = [shapes[f"encoder.down.{n}.block.0.conv1.weight"][0] for n in range(blocks)]
    quant = "quant_conv.weight" in shapes
    return {
        "in_channels": shapes["encoder.conv_in.weight"][1],
        "out_channels": shapes["decoder.conv_out.weight"][0],
        "down_block_types": ["DownEncoderBlock2D"] * blocks,
        "up_block_types": ["UpDecoderBlock2D"] * blocks,
        "block_out_channels": channels,
        "layers_per_block": count(shapes, "encoder.down.0.block."),
        "latent_channels": shapes["decoder.conv_in.weight"][1],
        "use_quant_conv": quant,
        "use_post_quant_conv": quant,
        **_data()["vae"][family],
    }


def clip_config(shapes: Shapes, *, gelu: bool = False) -> Config:
    """Of CLIPTextModel, from transformers' names without "text_model."; `gelu`: OpenCLIP."""
    vocabulary, width = shapes["embeddings.token_embedding.weight"]
    projection = shapes.get("text_projection.weight", (width,))
    return {
        "vocab_size": vocabulary,
        "hidden_size": width,
        "intermediate_size": shapes["encoder.layers.0.mlp.fc1.weight"][0],
        "num_hidden_layers": count(shapes, "encoder.layers."),
        "num_attention_heads": max(1, width // HEAD),
        "max_position_embeddings": shapes["embeddings.position_embedding.weight"][0],
        "projection_dim": projection[0],
        "hidden_act": "gelu" if gelu else "quick_gelu",
        "bos_token_id": 49406,
        "eos_token_id": 49407,
    }


def t5_config(shapes: Shapes) -> Config:
    """Of T5EncoderModel in version 1.1."""
    vocabulary, width = shapes["shared.weight"]
    query = shapes["encoder.block.0.layer.0.SelfAttention.q.weight"][0]
    buckets, heads = shapes["encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"]
    return {
        "vocab_size": vocabulary,
        "d_model": width,
        "d_kv": query // heads,
        "d_ff": shapes["encoder.block.0.layer.1.DenseReluDense.wi_0.weight"][0],
        "num_layers": count(shapes, "encoder.block."),
        "num_heads": heads,
        "relative_attention_num_buckets": buckets,
        "feed_forward_proj": "gated-gelu",
        "is_encoder_decoder": False,
        "tie_word_embeddings": True,
        "dropout_rate": 0.0,
    }


def sd3_config(shapes: Shapes) -> Config:
    """Of SD3Transformer2DModel, from the original names."""
    width, channels, patch, _ = shapes["x_embedder.proj.weight"]
    norm = shapes.get("joint_blocks.0.x_block.attn.ln_q.weight")
    head = norm[0] if norm else HEAD
    blocks = count(shapes, "joint_blocks.")
    return {
        "sample_size": _data()["sample_size"][Family.SD3],
        "patch_size": patch,
        "in_channels": channels,
        "out_channels": shapes["final_layer.linear.weight"][0] // patch**2,
        "num_layers": blocks,
        "attention_head_dim": head,
        "num_attention_heads": width // head,
        "joint_attention_dim": shapes["context_embedder.weight"][1],
        "caption_projection_dim": width,
        "pooled_projection_dim": shapes["y_embedder.mlp.0.weight"][1],
        "pos_embed_max_size": math.isqrt(shapes["pos_embed"][1]),
        "dual_attention_layers": [
            n for n in range(blocks) if f"joint_blocks.{n}.x_block.attn2.qkv.weight" in shapes
        ],
        "qk_norm": "rms_norm" if norm else None,
    }


def flux_config(shapes: Shapes) -> Config:
    """Of FluxTransformer2DModel, from the original names."""
    width, channels = shapes["img_in.weight"]
    head = shapes["double_blocks.0.img_attn.norm.query_norm.scale"][0]
    side = head * 7 // 16  # 128 channels are 16 for the index, 56 for each axis
    return {
        "patch_size": 1,
        "in_channels": channels,
        "out_channels": shapes["final_layer.linear.weight"][0],
        "num_layers": count(shapes, "double_blocks."),
        "num_single_layers": count(shapes, "single_blocks."),
        "attention_head_dim": head,
        "num_attention_heads": width // head,
        "joint_attention_dim": shapes["txt_in.weight"][1],
        "pooled_projection_dim": shapes["vector_in.in_layer.weight"][1],
        "guidance_embeds": "guidance_in.in_layer.weight" in shapes,
        "axes_dims_rope": [head - 2 * side, side, side],
    }
