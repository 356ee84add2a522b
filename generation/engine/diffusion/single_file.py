"""Checkpoints in one file with the original names, taken apart and built for diffusers.

Names of U-Nets, VAEs and ControlNets are translated by diffusers' own tables; text encoders and
Flux here, because diffusers knows them in one size only.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    ControlNetModel,
    FluxTransformer2DModel,
    SD3Transformer2DModel,
    UNet2DConditionModel,
)
from diffusers.loaders.single_file_utils import (
    convert_controlnet_checkpoint,
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
    convert_sd3_transformer_checkpoint_to_diffusers,
)
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    T5Config,
    T5EncoderModel,
)

from generation.engine.diffusion import configs
from generation.engine.diffusion.building import (
    Tensors,
    build,
    read_tensors,
    shapes_of,
    without_prefix,
)
from generation.engine.diffusion.checks import BadWeights
from generation.engine.diffusion.families import PREFIXES, Family
from generation.engine.diffusion.flux_names import flux_tensors
from generation.engine.diffusion.ldm_names import layers_per_block, ldm_unet_name, ldm_vae_name
from generation.engine.diffusion.openclip_names import openclip_tensors

UNET = "model.diffusion_model."
VAE = ("first_stage_model.", "vae.")


def diffusion_model(tensors: Tensors, family: Family, path: Path, dtype: torch.dtype) -> Any:
    """The U-Net or transformer of a checkpoint. Raises BadWeights."""
    bare = without_prefix(tensors, *PREFIXES) or tensors
    shapes = shapes_of(bare)
    try:
        if family is Family.FLUX:
            names = flux_tensors(bare)
            return build(FluxTransformer2DModel, configs.flux_config(shapes), names, path, dtype)
        if family is Family.SD3:
            config = configs.sd3_config(shapes)
            names = convert_sd3_transformer_checkpoint_to_diffusers(dict(bare))
            return build(SD3Transformer2DModel, config, names, path, dtype)
        config = configs.unet_config(shapes, family)
        whole = {UNET + name: tensor for name, tensor in bare.items()}
        names = convert_ldm_unet_checkpoint(whole, config)
        return build(UNet2DConditionModel, config, names, path, dtype)
    except (KeyError, IndexError, AttributeError) as error:
        raise BadWeights(path, f"its diffusion model is incomplete ({error})") from error


def vae_model(tensors: Tensors, family: Family, path: Path, dtype: torch.dtype) -> AutoencoderKL:
    """The VAE of a checkpoint, or of a file of its own. Raises BadWeights."""
    bare = without_prefix(tensors, *VAE) or tensors
    try:
        shapes = shapes_of(bare)
        if "decoder.mid_block.resnets.0.conv1.weight" in shapes:  # a file with diffusers' names
            blocks = configs.count(shapes, "encoder.down_blocks.")
            shapes = {ldm_vae_name(name, blocks): shape for name, shape in shapes.items()}
            config, names = configs.vae_config(shapes, family), modern_attention(bare)
        else:
            config = configs.vae_config(shapes, family)
            names = convert_ldm_vae_checkpoint(dict(bare), config)
        model: AutoencoderKL = build(AutoencoderKL, config, names, path, vae_dtype(config, dtype))
        return model
    except (KeyError, IndexError, AttributeError) as error:
        raise BadWeights(path, f"its VAE is incomplete ({error})") from error


# Names of an attention in VAEs that were saved before diffusers 0.16
OLD_ATTENTION = {
    ".query.": ".to_q.",
    ".key.": ".to_k.",
    ".value.": ".to_v.",
    ".proj_attn.": ".to_out.0.",
}


def modern_attention(tensors: Tensors) -> Tensors:
    """diffusers' names as they are now, for a model that was saved with the former ones."""
    found: Tensors = {}
    for key, tensor in tensors.items():
        new = key
        if ".attentions." in key:
            for old, now in OLD_ATTENTION.items():
                new = new.replace(old, now)
        found[new] = tensor
    return found


def vae_dtype(config: dict[str, Any], dtype: torch.dtype) -> torch.dtype:
    """SDXL's VAE overflows in half precision, and says so (`force_upcast`)."""
    return torch.float32 if config.get("force_upcast") and dtype == torch.float16 else dtype


def controlnet_model(
    tensors: Tensors, family: Family, path: Path, dtype: torch.dtype
) -> ControlNetModel:
    bare = without_prefix(tensors, "control_model.") or tensors
    if any(name.startswith(("task_embedding", "control_add_embedding")) for name in bare):
        raise BadWeights(
            path, "a ControlNet for many tasks at once (union); those for one are read"
        )
    try:
        config = configs.controlnet_config(_ldm_shapes(bare), family)
        names = convert_controlnet_checkpoint(dict(bare), config)
        model: ControlNetModel = build(ControlNetModel, config, names, path, dtype)
        return model
    except (KeyError, IndexError, AttributeError) as error:
        raise BadWeights(path, f"its ControlNet is incomplete ({error})") from error


def _ldm_shapes(tensors: Tensors) -> dict[str, tuple[int, ...]]:
    """By LDM's names, whether the file has these or diffusers'."""
    shapes = shapes_of(tensors)
    if "time_embedding.linear_1.weight" not in shapes:
        return shapes
    names = set(shapes)
    layers = layers_per_block(names)
    return {ldm_unet_name(name, names, layers): shape for name, shape in shapes.items()}


def clip_model(
    tensors: Tensors,
    path: Path,
    dtype: torch.dtype,
    *,
    gelu: bool = False,
    projection: bool = False,
) -> Any:
    """A CLIP text encoder from transformers' names, with or without "text_model."."""
    bare = {name.removeprefix("text_model."): tensor for name, tensor in tensors.items()}
    try:
        config = CLIPTextConfig(**configs.clip_config(shapes_of(bare), gelu=gelu))
    except KeyError as error:
        raise BadWeights(path, f"its text encoder is incomplete ({error})") from error
    if not projection:
        return build(CLIPTextModel, config, bare, path, dtype)
    if not gelu:
        # SD 3 takes the pooled text of CLIP-L as it is, whatever projection lies in the file.
        bare["text_projection.weight"] = torch.eye(config.hidden_size)
    wrapped = {n if n.startswith("text_proj") else f"text_model.{n}": t for n, t in bare.items()}
    return build(CLIPTextModelWithProjection, config, wrapped, path, dtype)


def t5_model(tensors: Tensors, path: Path, dtype: torch.dtype) -> T5EncoderModel:
    found = dict(tensors)
    words = found.get("shared.weight", found.get("encoder.embed_tokens.weight"))
    if words is None:
        raise BadWeights(path, "its T5 has no words")
    found |= {"shared.weight": words, "encoder.embed_tokens.weight": words}
    try:
        config = T5Config(**configs.t5_config(shapes_of(found)))
    except KeyError as error:
        raise BadWeights(path, f"its T5 is incomplete ({error})") from error
    model: T5EncoderModel = build(T5EncoderModel, config, found, path, dtype)
    model.encoder.embed_tokens = model.shared  # one table, not two
    return model


Encoder = Callable[[Tensors, Path, torch.dtype], Any]


def text_encoders(
    tensors: Tensors, family: Family, path: Path, dtype: torch.dtype
) -> list[Any | None]:
    """A checkpoint's text encoders in the order of its family; None for one that is not in it."""
    found: list[Any | None] = []
    for prefix, encoder in ENCODERS[family]:
        part = without_prefix(tensors, prefix)
        found.append(encoder(part, path, dtype) if part else None)
    return found


def _clip(tensors: Tensors, path: Path, dtype: torch.dtype) -> Any:
    return clip_model(tensors, path, dtype)


def _clip_projected(tensors: Tensors, path: Path, dtype: torch.dtype) -> Any:
    return clip_model(tensors, path, dtype, projection=True)


def _clip_g(tensors: Tensors, path: Path, dtype: torch.dtype) -> Any:
    return clip_model(tensors, path, dtype, gelu=True, projection=True)


def _openclip(tensors: Tensors, path: Path, dtype: torch.dtype) -> Any:
    # SD 2 reads the layer before the last one, which is never run.
    return clip_model(openclip_tensors(tensors, path, drop_last=True), path, dtype, gelu=True)


def _openclip_projected(tensors: Tensors, path: Path, dtype: torch.dtype) -> Any:
    return _clip_g(openclip_tensors(tensors, path), path, dtype)


ENCODERS: dict[Family, tuple[tuple[str, Encoder], ...]] = {
    Family.SD1: (("cond_stage_model.transformer.", _clip),),
    Family.SD2: (("cond_stage_model.model.", _openclip),),
    Family.SDXL: (
        ("conditioner.embedders.0.transformer.", _clip),
        ("conditioner.embedders.1.model.", _openclip_projected),
    ),
    Family.SD3: (
        ("text_encoders.clip_l.transformer.", _clip_projected),
        ("text_encoders.clip_g.transformer.", _clip_g),
        ("text_encoders.t5xxl.transformer.", t5_model),
    ),
    Family.FLUX: (
        ("text_encoders.clip_l.transformer.", _clip),
        ("text_encoders.t5xxl.transformer.", t5_model),
    ),
}


def read_part(path: Path, *prefixes: str) -> Tensors:
    """The tensors of one component out of a file; all of them where it has no such prefix."""
    tensors = read_tensors(path)
    return without_prefix(tensors, *prefixes) or tensors
