"""A tiny Stable Video Diffusion, in diffusers' layout and with the original names."""

from __future__ import annotations

from typing import Any

import torch

from generation.engine.diffusion import configs
from generation.engine.diffusion.ldm_names import layers_per_block
from generation.engine.diffusion.video_names import VISION, video_unet_name, video_vae_name

Tensors = dict[str, torch.Tensor]
WIDTH = 32
IMAGE = 224
PATCH = 56


def video_components(seed: int) -> dict[str, Any]:
    from diffusers import AutoencoderKLTemporalDecoder, UNetSpatioTemporalConditionModel
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    from scripts.tiny_models import random_model

    unet = {
        "in_channels": 8,
        "out_channels": 4,
        "block_out_channels": [WIDTH, 2 * WIDTH],
        "down_block_types": ["CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"],
        "up_block_types": ["UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"],
        "layers_per_block": 1,
        "cross_attention_dim": WIDTH,
        "num_attention_heads": [1, 1],
        "addition_time_embed_dim": configs.TIME_EMBED,
        "projection_class_embeddings_input_dim": 3 * configs.TIME_EMBED,
        "num_frames": 14,
        "sample_size": 96,
    }
    vae = {
        "block_out_channels": [WIDTH] * 4,
        "down_block_types": ["DownEncoderBlock2D"] * 4,
        "layers_per_block": 1,
        "latent_channels": 4,
        "scaling_factor": 0.18215,
        "force_upcast": True,
        "sample_size": 768,
    }
    vision = CLIPVisionConfig(
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=2,
        num_attention_heads=1,
        image_size=IMAGE,
        patch_size=PATCH,
        projection_dim=WIDTH,
        hidden_act="gelu",
    )
    return {
        "unet": random_model(UNetSpatioTemporalConditionModel, unet, seed + 1),
        "vae": random_model(AutoencoderKLTemporalDecoder, vae, seed + 2),
        "image_encoder": random_model(CLIPVisionModelWithProjection, vision, seed + 3),
    }


def video_original(parts: dict[str, Any]) -> Tensors:
    """As Stability published it: the U-Net, the autoencoder, and OpenCLIP's image encoder."""
    unet, vae = parts["unet"].state_dict(), parts["vae"].state_dict()
    names = set(unet)
    layers = layers_per_block(names)
    blocks = len(parts["vae"].config.block_out_channels)
    found = {
        f"model.diffusion_model.{video_unet_name(n, names, layers)}": t for n, t in unet.items()
    }
    for name, tensor in vae.items():
        conv = ".attentions." in name and tensor.ndim == 2
        original = f"first_stage_model.{video_vae_name(name, blocks)}"
        found[original] = tensor[:, :, None, None] if conv else tensor
    start = "conditioner.embedders.0.open_clip.model.visual."
    vision = image_encoder_original(parts["image_encoder"].state_dict())
    return found | {start + name: tensor for name, tensor in vision.items()}


def image_encoder_original(state: Tensors) -> Tensors:
    found = {old: state[new] for new, old in VISION.items()}
    found["proj"] = state["visual_projection.weight"].T
    start = "vision_model.encoder.layers."
    for number in range(configs.count(dict.fromkeys(state, ()), start)):
        layer, block = f"{start}{number}.", f"transformer.resblocks.{number}."
        for kind in ("weight", "bias"):
            qkv = [state[f"{layer}self_attn.{letter}_proj.{kind}"] for letter in "qkv"]
            found[f"{block}attn.in_proj_{kind}"] = torch.cat(qkv)
            for new, old in (
                ("self_attn.out_proj", "attn.out_proj"),
                ("layer_norm1", "ln_1"),
                ("layer_norm2", "ln_2"),
                ("mlp.fc1", "mlp.c_fc"),
                ("mlp.fc2", "mlp.c_proj"),
            ):
                found[f"{block}{old}.{kind}"] = state[f"{layer}{new}.{kind}"]
    return found
