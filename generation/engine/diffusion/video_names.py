"""Stable Video Diffusion's original names for diffusers' names of its tensors.

Its U-Net and decoder are Stable Diffusion's with a second layer in time beside every layer in
space ("time_stack"), and a factor that mixes the two.
"""

from __future__ import annotations

import re

from generation.engine.diffusion.ldm_names import RESNET, ldm_unet_name, ldm_vae_name

IN_BLOCK = re.compile(r"(.+)\.(spatial_res_block|temporal_res_block|time_mixer)\.(.+)")
IN_TIME = {
    "temporal_transformer_blocks.": "time_stack.",
    "time_pos_embed.linear_1.": "time_pos_embed.0.",
    "time_pos_embed.linear_2.": "time_pos_embed.2.",
}
VISION = {
    "vision_model.embeddings.class_embedding": "class_embedding",
    "vision_model.embeddings.position_embedding.weight": "positional_embedding",
    "vision_model.embeddings.patch_embedding.weight": "conv1.weight",
    "vision_model.pre_layrnorm.weight": "ln_pre.weight",
    "vision_model.pre_layrnorm.bias": "ln_pre.bias",
    "vision_model.post_layernorm.weight": "ln_post.weight",
    "vision_model.post_layernorm.bias": "ln_post.bias",
}


def video_unet_name(name: str, names: set[str], layers: int) -> str:
    """`names`: all that diffusers' model has; `layers`: of each downward block."""
    found = IN_BLOCK.match(name)
    if found and ".resnets." in name:
        place = ldm_unet_name(f"{found[1]}.block", names, layers).removesuffix("block")
        return place + _in_time(found[2], found[3], "time_mixer.")
    original = ldm_unet_name(name, names, layers)
    for new, old in IN_TIME.items():
        original = original.replace(new, old)
    return original


def video_vae_name(name: str, blocks: int) -> str:
    """`blocks`: how many the encoder and the decoder each have."""
    if name.startswith("decoder.time_conv_out."):
        return name.replace("time_conv_out", "conv_out.time_mix_conv")
    found = IN_BLOCK.match(name)
    if not found:
        return ldm_vae_name(name, blocks)
    place = ldm_vae_name(f"{found[1]}.block", blocks).removesuffix("block")
    if found[2] == "spatial_res_block":
        return ldm_vae_name(f"{found[1]}.{found[3]}", blocks)
    return place + _in_time(found[2], found[3], "")


def _in_time(part: str, rest: str, mixer: str) -> str:
    if part == "time_mixer":
        return mixer + rest
    for new, old in RESNET.items():
        if rest.startswith(new):
            rest = old + rest.removeprefix(new)
            break
    return rest if part == "spatial_res_block" else f"time_stack.{rest}"
