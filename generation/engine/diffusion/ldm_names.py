"""diffusers' names for the tensors of a U-Net, ControlNet or VAE, as LDM's checkpoints have them.

The way back from what diffusers' converters do: by it, the configuration of a file with
diffusers' names is read off with the same rules, and checkpoints are written in the original form.
"""

from __future__ import annotations

import re

STEMS = {
    "time_embedding.linear_1.": "time_embed.0.",
    "time_embedding.linear_2.": "time_embed.2.",
    "add_embedding.linear_1.": "label_emb.0.0.",
    "add_embedding.linear_2.": "label_emb.0.2.",
    "conv_in.": "input_blocks.0.0.",
    "conv_norm_out.": "out.0.",
    "conv_out.": "out.2.",
    "controlnet_cond_embedding.conv_in.": "input_hint_block.0.",
    "controlnet_cond_embedding.conv_out.": "input_hint_block.14.",
    "controlnet_mid_block.": "middle_block_out.0.",
}
RESNET = {
    "norm1.": "in_layers.0.",
    "conv1.": "in_layers.2.",
    "norm2.": "out_layers.0.",
    "conv2.": "out_layers.3.",
    "time_emb_proj.": "emb_layers.1.",
    "conv_shortcut.": "skip_connection.",
}
BLOCK = re.compile(r"(down|up)_blocks\.(\d+)\.(resnets|attentions|\w+samplers)\.(\d+)\.(.+)")
MIDDLE = re.compile(r"mid_block\.(resnets|attentions)\.(\d+)\.(.+)")
CONTROL = re.compile(r"controlnet_down_blocks\.(\d+)\.(.+)")
HINT = re.compile(r"controlnet_cond_embedding\.blocks\.(\d+)\.(.+)")


def layers_per_block(names: set[str]) -> int:
    """How many layers each downward block has, from diffusers' names."""
    return 1 + max(
        int(name.split(".")[3]) for name in names if name.startswith("down_blocks.0.resnets.")
    )


def ldm_unet_name(name: str, names: set[str], layers: int) -> str:
    """`names`: all that the model has; `layers`: of each downward block."""
    for stem, old in STEMS.items():
        if name.startswith(stem):
            return old + name.removeprefix(stem)
    if found := MIDDLE.match(name):
        part, number, rest = found[1], int(found[2]), found[3]
        if part == "attentions":
            return f"middle_block.1.{rest}"
        return f"middle_block.{2 * number}.{_renamed(rest, RESNET)}"
    if found := CONTROL.match(name):
        return f"zero_convs.{found[1]}.0.{found[2]}"
    if found := HINT.match(name):
        return f"input_hint_block.{2 * int(found[1]) + 2}.{found[2]}"
    found = BLOCK.match(name)
    if not found:
        raise KeyError(name)
    side, block, part, layer, rest = found[1], int(found[2]), found[3], int(found[4]), found[5]
    start, place = ("input_blocks", 1) if side == "down" else ("output_blocks", 0)
    place += block * (layers + 1)
    if part == "resnets":
        return f"{start}.{place + layer}.0.{_renamed(rest, RESNET)}"
    if part == "attentions":
        return f"{start}.{place + layer}.1.{rest}"
    if part == "downsamplers":
        return f"{start}.{place + layers}.0.op.{rest.removeprefix('conv.')}"
    crossed = any(other.startswith(f"up_blocks.{block}.attentions.") for other in names)
    return f"{start}.{place + layers}.{2 if crossed else 1}.{rest}"


def _renamed(rest: str, table: dict[str, str]) -> str:
    for new, old in table.items():
        if rest.startswith(new):
            return old + rest.removeprefix(new)
    return rest


VAE_ATTENTION = {
    "group_norm.": "norm.",
    "to_q.": "q.",
    "to_k.": "k.",
    "to_v.": "v.",
    "to_out.0.": "proj_out.",
}
VAE_BLOCK = re.compile(r"(encoder|decoder)\.(?:down|up)_blocks\.(\d+)\.(resnets|\w+samplers)\.(.+)")
VAE_MIDDLE = re.compile(r"(encoder|decoder)\.mid_block\.(resnets|attentions)\.(\d+)\.(.+)")


def ldm_vae_name(name: str, blocks: int) -> str:
    """`blocks`: how many each side has. An attention's matrices are convolutions in LDM."""
    if found := VAE_MIDDLE.match(name):
        side, part, number, rest = found[1], found[2], int(found[3]), found[4]
        if part == "attentions":
            return f"{side}.mid.attn_1.{_renamed(rest, VAE_ATTENTION)}"
        return f"{side}.mid.block_{number + 1}.{_shortcut(rest)}"
    if found := VAE_BLOCK.match(name):
        side, block, part, rest = found[1], int(found[2]), found[3], found[4]
        way = f"encoder.down.{block}" if side == "encoder" else f"decoder.up.{blocks - 1 - block}"
        if part == "resnets":
            return f"{way}.block.{_shortcut(rest)}"
        return f"{way}.{part.removesuffix('rs')}.{rest.partition('.')[2]}"
    return name.replace("conv_norm_out", "norm_out")


def _shortcut(rest: str) -> str:
    return rest.replace("conv_shortcut", "nin_shortcut")
