"""The published configurations, read off models of the published size (shapes only, no weights).

Figures: the config.json of each family's published checkpoint.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers import (
    AutoencoderKL,
    ControlNetModel,
    FluxTransformer2DModel,
    SD3Transformer2DModel,
    UNet2DConditionModel,
)

from generation.engine.diffusion import configs
from generation.engine.diffusion.building import shapes_of
from generation.engine.diffusion.families import Family
from generation.engine.diffusion.ldm_names import layers_per_block, ldm_unet_name, ldm_vae_name
from scripts.tiny_transformers import flux_original, sd3_original

CROSS, DOWN, UP = "CrossAttnDownBlock2D", "DownBlock2D", "UpBlock2D"
CROSS_UP = "CrossAttnUpBlock2D"
SD1 = {
    "in_channels": 4,
    "out_channels": 4,
    "block_out_channels": [320, 640, 1280, 1280],
    "down_block_types": [CROSS, CROSS, CROSS, DOWN],
    "up_block_types": [UP, CROSS_UP, CROSS_UP, CROSS_UP],
    "layers_per_block": 2,
    "transformer_layers_per_block": [1, 1, 1, 1],
    "cross_attention_dim": 768,
    "attention_head_dim": 8,
    "use_linear_projection": False,
    "sample_size": 64,
}
SD2 = SD1 | {
    "cross_attention_dim": 1024,
    "attention_head_dim": [5, 10, 20, 20],
    "use_linear_projection": True,
    "upcast_attention": True,
    "sample_size": 96,
}
SDXL = {
    "in_channels": 4,
    "out_channels": 4,
    "block_out_channels": [320, 640, 1280],
    "down_block_types": [DOWN, CROSS, CROSS],
    "up_block_types": [CROSS_UP, CROSS_UP, UP],
    "layers_per_block": 2,
    "transformer_layers_per_block": [1, 2, 10],
    "cross_attention_dim": 2048,
    "attention_head_dim": [5, 10, 20],
    "use_linear_projection": True,
    "sample_size": 128,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}
SD3_MEDIUM = {
    "sample_size": 128,
    "patch_size": 2,
    "in_channels": 16,
    "out_channels": 16,
    "num_layers": 24,
    "attention_head_dim": 64,
    "num_attention_heads": 24,
    "joint_attention_dim": 4096,
    "caption_projection_dim": 1536,
    "pooled_projection_dim": 2048,
    "pos_embed_max_size": 384,
    "dual_attention_layers": list(range(13)),
    "qk_norm": "rms_norm",
}
SD3_LARGE = SD3_MEDIUM | {
    "num_layers": 38,
    "num_attention_heads": 38,
    "caption_projection_dim": 2432,
    "pos_embed_max_size": 192,
    "dual_attention_layers": [],
}
FLUX = {
    "patch_size": 1,
    "in_channels": 64,
    "out_channels": 64,
    "num_layers": 19,
    "num_single_layers": 38,
    "attention_head_dim": 128,
    "num_attention_heads": 24,
    "joint_attention_dim": 4096,
    "pooled_projection_dim": 768,
    "guidance_embeds": True,
    "axes_dims_rope": [16, 56, 56],
}


def state_of(kind: type[Any], config: dict[str, Any]) -> dict[str, torch.Tensor]:
    with torch.device("meta"):
        state: dict[str, torch.Tensor] = kind.from_config(config).state_dict()
    return state


def ldm_shapes(state: dict[str, torch.Tensor]) -> dict[str, tuple[int, ...]]:
    names = set(state)
    layers = layers_per_block(names)
    return {ldm_unet_name(n, names, layers): tuple(t.shape) for n, t in state.items()}


@pytest.mark.parametrize(
    ("family", "config"), [(Family.SD1, SD1), (Family.SD2, SD2), (Family.SDXL, SDXL)]
)
def test_u_nets(family: Family, config: dict[str, Any]) -> None:
    shapes = ldm_shapes(state_of(UNet2DConditionModel, config))
    assert configs.unet_config(shapes, family) == config


@pytest.mark.parametrize(("family", "config"), [(Family.SD1, SD1), (Family.SDXL, SDXL)])
def test_controlnets(family: Family, config: dict[str, Any]) -> None:
    left_out = ("out_channels", "up_block_types", "sample_size")
    config = {key: value for key, value in config.items() if key not in left_out}
    config["conditioning_embedding_out_channels"] = [16, 32, 96, 256]
    shapes = ldm_shapes(state_of(ControlNetModel, config))
    assert configs.controlnet_config(shapes, family) == config | {"conditioning_channels": 3}


@pytest.mark.parametrize(("config"), [SD3_MEDIUM, SD3_LARGE])
def test_sd3(config: dict[str, Any]) -> None:
    original = sd3_original(state_of(SD3Transformer2DModel, config))
    assert configs.sd3_config(shapes_of(original)) == config


@pytest.mark.parametrize("guided", [True, False])
def test_flux(guided: bool) -> None:
    config = FLUX | {"guidance_embeds": guided}
    original = flux_original(state_of(FluxTransformer2DModel, config))
    assert configs.flux_config(shapes_of(original)) == config


@pytest.mark.parametrize(
    ("family", "latents", "quant", "scale"),
    [
        (Family.SD1, 4, True, 0.18215),
        (Family.SDXL, 4, True, 0.13025),
        (Family.SD3, 16, False, 1.5305),
        (Family.FLUX, 16, False, 0.3611),
    ],
)
def test_vaes(family: Family, latents: int, quant: bool, scale: float) -> None:
    config = {
        "down_block_types": ["DownEncoderBlock2D"] * 4,
        "up_block_types": ["UpDecoderBlock2D"] * 4,
        "block_out_channels": [128, 256, 512, 512],
        "layers_per_block": 2,
        "latent_channels": latents,
        "use_quant_conv": quant,
        "use_post_quant_conv": quant,
    }
    state = state_of(AutoencoderKL, config)
    found = configs.vae_config(
        {ldm_vae_name(n, 4): tuple(t.shape) for n, t in state.items()}, family
    )
    assert config.items() <= found.items()
    assert found["scaling_factor"] == scale
