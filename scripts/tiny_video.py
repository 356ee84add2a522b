"""A tiny Stable Video Diffusion, in diffusers' layout and with the original names."""

from __future__ import annotations

from typing import Any

from generation.engine.diffusion import configs

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
        "num_frames": 4,
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
