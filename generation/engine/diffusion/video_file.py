"""Stable Video Diffusion in one file with the original names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from diffusers import AutoencoderKLTemporalDecoder, UNetSpatioTemporalConditionModel
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from generation.engine.diffusion import configs
from generation.engine.diffusion.building import Tensors, build, shapes_of, without_prefix
from generation.engine.diffusion.checks import BadWeights
from generation.engine.diffusion.families import Family
from generation.engine.diffusion.ldm_names import layers_per_block
from generation.engine.diffusion.loading import Loaded
from generation.engine.diffusion.openclip_names import openclip_layers
from generation.engine.diffusion.shelf import Item
from generation.engine.diffusion.video_names import VISION, video_unet_name, video_vae_name

IMAGE_ENCODER = "conditioner.embedders.0.open_clip.model.visual."
VISION_HEAD = 80
"""Channels of an attention head in OpenCLIP's ViT-H."""
FRAMES, FRAMES_XT = 14, 25


def load_video_file(item: Item, tensors: Tensors, dtype: torch.dtype) -> Loaded:
    """Raises BadWeights."""
    try:
        return Loaded(
            family=Family.SVD,
            item=item,
            unet=_unet(item, without_prefix(tensors, "model.diffusion_model."), dtype),
            vae=_vae(item, without_prefix(tensors, "first_stage_model."), dtype),
            text_encoders=[],
            tokenizers=[],
            scheduler_config=configs.scheduler_config(Family.SVD),
            image_encoder=_image_encoder(item, without_prefix(tensors, IMAGE_ENCODER), dtype),
            dtype=dtype,
        )
    except (KeyError, IndexError) as error:
        raise BadWeights(item.path, f"its model is incomplete ({error})") from error


def _unet(item: Item, tensors: Tensors, dtype: torch.dtype) -> Any:
    config = configs.unet_config(shapes_of(tensors), Family.SVD)
    frames = FRAMES_XT if "xt" in item.path.stem.lower() else FRAMES
    config = {
        **{key: config[key] for key in ("in_channels", "out_channels", "block_out_channels")},
        "down_block_types": [_in_time(name) for name in config["down_block_types"]],
        "up_block_types": [_in_time(name) for name in config["up_block_types"]],
        "layers_per_block": config["layers_per_block"],
        "cross_attention_dim": config["cross_attention_dim"],
        "num_attention_heads": config["attention_head_dim"],
        "addition_time_embed_dim": configs.TIME_EMBED,
        "projection_class_embeddings_input_dim": tensors["label_emb.0.0.weight"].shape[1],
        "num_frames": frames,
        "sample_size": config["sample_size"],
    }
    names = _names(UNetSpatioTemporalConditionModel, config)
    layers = layers_per_block(names)
    found = _found(tensors, names, lambda name: video_unet_name(name, names, layers))
    return build(UNetSpatioTemporalConditionModel, config, found, item.path, dtype)


def _in_time(block: str) -> str:
    return block.replace("Block2D", "BlockSpatioTemporal")


def _vae(item: Item, tensors: Tensors, dtype: torch.dtype) -> Any:
    config = configs.vae_config(shapes_of(tensors), Family.SVD)
    for name in ("up_block_types", "use_quant_conv", "use_post_quant_conv"):
        del config[name]
    names = _names(AutoencoderKLTemporalDecoder, config)
    blocks = len(config["down_block_types"])
    found = _found(tensors, names, lambda name: video_vae_name(name, blocks))
    moments = 2 * config["latent_channels"]
    if "quant_conv.weight" not in found:  # the original has none; diffusers' one then does nothing
        found["quant_conv.weight"] = torch.eye(moments)[:, :, None, None]
        found["quant_conv.bias"] = torch.zeros(moments)
    found = {n: _matrix(n, t) for n, t in found.items()}
    # Its decoder overflows in half precision
    full = torch.float32 if dtype == torch.float16 else dtype
    return build(AutoencoderKLTemporalDecoder, config, found, item.path, full)


def _matrix(name: str, tensor: torch.Tensor) -> torch.Tensor:
    """Convolutions of 1 × 1 are matrices in the attention of diffusers' VAEs."""
    return tensor[:, :, 0, 0] if ".attentions." in name and tensor.ndim == 4 else tensor


def _names(kind: type[Any], config: dict[str, Any]) -> set[str]:
    with torch.device("meta"):
        return set(kind.from_config(config).state_dict())


def _found(tensors: Tensors, names: set[str], original: Callable[[str], str]) -> Tensors:
    """The tensors under the names of diffusers, as far as they are there."""
    return {n: tensors[o] for n in names for o in [original(n)] if o in tensors}


def _image_encoder(item: Item, tensors: Tensors, dtype: torch.dtype) -> Any:
    found = {new: tensors[old] for new, old in VISION.items()}
    found["visual_projection.weight"] = tensors["proj"].T.contiguous()
    found |= openclip_layers(tensors, item.path, "vision_model.encoder.layers.")
    width, _, patch, _ = tensors["conv1.weight"].shape
    side = round((tensors["positional_embedding"].shape[0] - 1) ** 0.5)
    config = CLIPVisionConfig(
        hidden_size=width,
        intermediate_size=found["vision_model.encoder.layers.0.mlp.fc1.weight"].shape[0],
        num_hidden_layers=configs.count(shapes_of(found), "vision_model.encoder.layers."),
        num_attention_heads=max(1, width // VISION_HEAD),
        image_size=side * patch,
        patch_size=patch,
        projection_dim=tensors["proj"].shape[1],
        hidden_act="gelu",
    )
    return build(CLIPVisionModelWithProjection, config, found, item.path, dtype)
