"""Tiny checkpoints of every family that the diffusers painter loads, with seeded random weights.

They paint noise, but in the real formats: one file with the original names, and a folder in
diffusers' layout, of the same weights; with LoRAs, ControlNets, a VAE, embeddings and an upscaler.
Tests run every pipeline on them; `python -m scripts.tiny_models DIR` writes them into a models
folder. What shapes decide is small (32 channels); vocabularies are the real ones.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from generation.engine.diffusion import configs
from generation.engine.diffusion.families import Family
from generation.engine.diffusion.ldm_names import layers_per_block, ldm_unet_name, ldm_vae_name
from generation.engine.diffusion.tokenizers import clip_tokenizer, t5_tokenizer

Tensors = dict[str, torch.Tensor]
WIDTH = 32
WORDS, T5_WORDS = 49408, 32128


def random_model(kind: type[Any], config: Any, seed: int) -> Any:
    """A model whose activations keep their size through every layer."""
    with torch.device("meta"):
        model = kind.from_config(config) if isinstance(config, dict) else kind(config)
    generator = torch.Generator().manual_seed(seed)
    model.load_state_dict(
        {name: random_tensor(name, t, generator) for name, t in sorted(model.state_dict().items())},
        assign=True,
    )
    return model.requires_grad_(False).eval()


def random_tensor(name: str, like: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    noise = torch.randn(like.shape, generator=generator)
    if "mix_factor" in name:
        return noise
    if like.ndim < 2:
        return 0.05 * noise + (1.0 if name.endswith("weight") else 0.0)
    if "embedding" in name or name.startswith(("shared", "encoder.embed_tokens", "pos_embed.pos")):
        return 0.5 * noise
    return noise / math.sqrt(math.prod(like.shape[1:]))


def unet(family: Family, channels: int = 4, seed: int = 1) -> Any:
    from diffusers import UNet2DConditionModel

    wide = family is Family.SDXL
    first, second = "DownBlock2D", "CrossAttnDownBlock2D"
    if not wide:
        first, second = second, first
    config: dict[str, Any] = {
        "in_channels": channels,
        "out_channels": 4,
        "block_out_channels": [WIDTH, 2 * WIDTH],
        "layers_per_block": 1,
        "down_block_types": [first, second],
        "up_block_types": [name.replace("Down", "Up") for name in (second, first)],
        "transformer_layers_per_block": [1, 2] if wide else 1,
        "cross_attention_dim": 3 * WIDTH if wide else WIDTH,
        "attention_head_dim": 8 if family is Family.SD1 else [1, 1],
        "use_linear_projection": family is not Family.SD1,
        "sample_size": {Family.SD1: 64, Family.SD2: 96, Family.SDXL: 128}[family],
    }
    if family is Family.SD2:
        config["upcast_attention"] = True
    if wide:
        config |= {
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": configs.TIME_EMBED,
            "projection_class_embeddings_input_dim": 2 * WIDTH + 6 * configs.TIME_EMBED,
        }
    return random_model(UNet2DConditionModel, config, seed)


def vae(family: Family, seed: int = 2) -> Any:
    from diffusers import AutoencoderKL

    new = family in (Family.SD3, Family.FLUX)
    shapes = {
        "encoder.conv_in.weight": (WIDTH, 3, 3, 3),
        "decoder.conv_out.weight": (3, WIDTH, 3, 3),
        "decoder.conv_in.weight": (WIDTH, 16 if new else 4, 3, 3),
        **{f"encoder.down.{n}.block.0.conv1.weight": (WIDTH, WIDTH, 3, 3) for n in range(4)},
        **({} if new else {"quant_conv.weight": (8, 8, 1, 1)}),
    }
    return random_model(AutoencoderKL, configs.vae_config(shapes, family), seed)


def clip(
    width: int = WIDTH, *, layers: int = 2, gelu: bool = False, projected: bool = False, seed: int
) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    config = CLIPTextConfig(
        vocab_size=WORDS,
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=layers,
        num_attention_heads=max(1, width // configs.HEAD),
        projection_dim=width,
        hidden_act="gelu" if gelu else "quick_gelu",
        bos_token_id=49406,
        eos_token_id=49407,
    )
    return random_model(CLIPTextModelWithProjection if projected else CLIPTextModel, config, seed)


def unprojected(model: Any) -> Any:
    """As SD 3 has CLIP-L: its projection changes nothing."""
    model.text_projection.weight = torch.nn.Parameter(
        torch.eye(model.config.projection_dim), requires_grad=False
    )
    return model


def t5(width: int, seed: int) -> Any:
    from transformers import T5Config, T5EncoderModel

    config = T5Config(
        vocab_size=T5_WORDS,
        d_model=width,
        d_kv=16,
        d_ff=2 * width,
        num_layers=2,
        num_heads=2,
        feed_forward_proj="gated-gelu",
        dropout_rate=0.0,
        is_encoder_decoder=False,
        tie_word_embeddings=True,
    )
    model = random_model(T5EncoderModel, config, seed)
    model.encoder.embed_tokens = model.shared
    return model


def sd3_transformer(seed: int = 1) -> Any:
    from diffusers import SD3Transformer2DModel

    config = {
        "sample_size": 128,
        "in_channels": 16,
        "out_channels": 16,
        "patch_size": 2,
        "num_layers": 2,
        "attention_head_dim": WIDTH,
        "num_attention_heads": 2,
        "joint_attention_dim": 3 * WIDTH,
        "caption_projection_dim": 2 * WIDTH,
        "pooled_projection_dim": 3 * WIDTH,
        "pos_embed_max_size": 32,
        "dual_attention_layers": [0],
        "qk_norm": "rms_norm",
    }
    return random_model(SD3Transformer2DModel, config, seed)


def flux_transformer(seed: int = 1, *, guided: bool = True) -> Any:
    from diffusers import FluxTransformer2DModel

    config = {
        "patch_size": 1,
        "in_channels": 64,
        "out_channels": 64,
        "num_layers": 2,
        "num_single_layers": 2,
        "attention_head_dim": WIDTH,
        "num_attention_heads": 2,
        "joint_attention_dim": WIDTH,
        "pooled_projection_dim": WIDTH,
        "guidance_embeds": guided,
        "axes_dims_rope": [4, 14, 14],
    }
    return random_model(FluxTransformer2DModel, config, seed)


def components(family: Family, *, channels: int = 4, seed: int = 0) -> dict[str, Any]:
    """The models of one checkpoint, by diffusers' names for them."""
    seed *= 100
    if family is Family.SD1:
        parts = {"unet": unet(family, channels, seed + 1), "text_encoder": clip(seed=seed + 3)}
    elif family is Family.SD2:
        encoder = clip(gelu=True, seed=seed + 3)
        parts = {"unet": unet(family, channels, seed + 1), "text_encoder": encoder}
    elif family is Family.SDXL:
        parts = {
            "unet": unet(family, channels, seed + 1),
            "text_encoder": clip(seed=seed + 3),
            "text_encoder_2": clip(2 * WIDTH, gelu=True, projected=True, seed=seed + 4),
        }
    elif family is Family.SD3:
        parts = {
            "transformer": sd3_transformer(seed + 1),
            "text_encoder": unprojected(clip(projected=True, seed=seed + 3)),
            "text_encoder_2": clip(2 * WIDTH, gelu=True, projected=True, seed=seed + 4),
            "text_encoder_3": t5(3 * WIDTH, seed + 5),
        }
    elif family is Family.FLUX:
        parts = {
            "transformer": flux_transformer(seed + 1),
            "text_encoder": clip(seed=seed + 3),
            "text_encoder_2": t5(WIDTH, seed + 4),
        }
    else:
        from scripts.tiny_video import video_components

        return video_components(seed)
    return parts | {"vae": vae(family, seed + 2)}


PIPELINES = {
    Family.SD1: "StableDiffusionPipeline",
    Family.SD2: "StableDiffusionPipeline",
    Family.SDXL: "StableDiffusionXLPipeline",
    Family.SD3: "StableDiffusion3Pipeline",
    Family.FLUX: "FluxPipeline",
    Family.SVD: "StableVideoDiffusionPipeline",
}


def write_folder(family: Family, parts: dict[str, Any], folder: Path) -> None:
    """In diffusers' layout, with tokenizers and the scheduler's configuration."""
    index: dict[str, Any] = {"_class_name": PIPELINES[family], "_diffusers_version": "0.42.1"}
    for name, model in parts.items():
        library = "transformers" if "encoder" in name else "diffusers"
        index[name] = [library, type(model).__name__]
        save_model(model, folder / name)
        number = name.removeprefix("text_encoder")
        if "text_encoder" in name:
            tokenizer = "tokenizer" + number
            is_t5 = type(model).__name__ == "T5EncoderModel"
            zero = family is Family.SD2 or number == "_2"
            made = t5_tokenizer() if is_t5 else clip_tokenizer("!" if zero else "<|endoftext|>")
            made.save_pretrained(folder / tokenizer)
            index[tokenizer] = ["transformers", type(made).__name__]
    scheduler = configs.scheduler_config(family)
    index["scheduler"] = ["diffusers", scheduler["_class_name"]]
    (folder / "scheduler").mkdir()
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(scheduler))
    (folder / "model_index.json").write_text(json.dumps(index))


def save_model(model: Any, folder: Path) -> None:
    """config.json and weights, without a progress bar for each."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    model.save_pretrained(folder)


def write_file(family: Family, parts: dict[str, Any], path: Path) -> None:
    """One .safetensors with the original names."""
    tensors = CHECKPOINTS[family](parts)
    save_file({n: t.contiguous().clone() for n, t in tensors.items()}, path)


def prefixed(prefix: str, tensors: Tensors) -> Tensors:
    return {prefix + name: tensor for name, tensor in tensors.items()}


def ldm_unet(model: Any) -> Tensors:
    state = model.state_dict()
    names = set(state)
    layers = layers_per_block(names)
    return {ldm_unet_name(name, names, layers): tensor for name, tensor in state.items()}


def ldm_vae(model: Any) -> Tensors:
    blocks = len(model.config.block_out_channels)
    found = {}
    for name, tensor in model.state_dict().items():
        conv = ".attentions." in name and name.endswith("weight") and tensor.ndim == 2
        found[ldm_vae_name(name, blocks)] = tensor[:, :, None, None] if conv else tensor
    return found


def hf_clip(model: Any) -> Tensors:
    """As in the original files: below "text_model.", with the positions that no one reads."""
    found = {
        name if name.startswith(("text_model.", "text_projection")) else f"text_model.{name}": t
        for name, t in model.state_dict().items()
    }
    return found | {"text_model.embeddings.position_ids": torch.arange(77)[None]}


def openclip(model: Any, *, spare_layer: bool = False) -> Tensors:
    """With OpenCLIP's names; `spare_layer`: with the last one, which SD 2 does not run."""
    state = {n.removeprefix("text_model."): t for n, t in model.state_dict().items()}
    found = {
        "positional_embedding": state["embeddings.position_embedding.weight"],
        "token_embedding.weight": state["embeddings.token_embedding.weight"],
        "ln_final.weight": state["final_layer_norm.weight"],
        "ln_final.bias": state["final_layer_norm.bias"],
        "logit_scale": torch.tensor(4.6),
    }
    width = found["ln_final.weight"].shape[0]
    projection = state.get("text_projection.weight", torch.eye(width))
    found["text_projection"] = projection.T
    layers = configs.count(dict.fromkeys(state, ()), "encoder.layers.")
    for number in [*range(layers), *([layers - 1] if spare_layer else [])]:
        old = f"encoder.layers.{number}."
        new = f"transformer.resblocks.{len([n for n in found if n.endswith('c_fc.bias')])}."
        for kind in ("weight", "bias"):
            qkv = [state[f"{old}self_attn.{letter}_proj.{kind}"] for letter in "qkv"]
            found[f"{new}attn.in_proj_{kind}"] = torch.cat(qkv)
            found[f"{new}attn.out_proj.{kind}"] = state[f"{old}self_attn.out_proj.{kind}"]
            found[f"{new}ln_1.{kind}"] = state[f"{old}layer_norm1.{kind}"]
            found[f"{new}ln_2.{kind}"] = state[f"{old}layer_norm2.{kind}"]
            found[f"{new}mlp.c_fc.{kind}"] = state[f"{old}mlp.fc1.{kind}"]
            found[f"{new}mlp.c_proj.{kind}"] = state[f"{old}mlp.fc2.{kind}"]
    return found


def t5_tensors(model: Any) -> Tensors:
    return {n: t for n, t in model.state_dict().items() if n != "encoder.embed_tokens.weight"}


def sd1_file(parts: dict[str, Any]) -> Tensors:
    return {
        **prefixed("model.diffusion_model.", ldm_unet(parts["unet"])),
        **prefixed("first_stage_model.", ldm_vae(parts["vae"])),
        **prefixed("cond_stage_model.transformer.", hf_clip(parts["text_encoder"])),
        "model_ema.decay": torch.tensor(0.9999),
    }


def sd2_file(parts: dict[str, Any]) -> Tensors:
    return {
        **prefixed("model.diffusion_model.", ldm_unet(parts["unet"])),
        **prefixed("first_stage_model.", ldm_vae(parts["vae"])),
        **prefixed("cond_stage_model.model.", openclip(parts["text_encoder"], spare_layer=True)),
    }


def sdxl_file(parts: dict[str, Any]) -> Tensors:
    return {
        **prefixed("model.diffusion_model.", ldm_unet(parts["unet"])),
        **prefixed("first_stage_model.", ldm_vae(parts["vae"])),
        **prefixed("conditioner.embedders.0.transformer.", hf_clip(parts["text_encoder"])),
        **prefixed("conditioner.embedders.1.model.", openclip(parts["text_encoder_2"])),
    }


def sd3_file(parts: dict[str, Any]) -> Tensors:
    from scripts.tiny_transformers import sd3_original

    return {
        **prefixed("model.diffusion_model.", sd3_original(parts["transformer"].state_dict())),
        **prefixed("first_stage_model.", ldm_vae(parts["vae"])),
        **prefixed("text_encoders.clip_l.transformer.", hf_clip(parts["text_encoder"])),
        **prefixed("text_encoders.clip_g.transformer.", hf_clip(parts["text_encoder_2"])),
        **prefixed("text_encoders.t5xxl.transformer.", t5_tensors(parts["text_encoder_3"])),
    }


def flux_file(parts: dict[str, Any]) -> Tensors:
    from scripts.tiny_transformers import flux_original

    return {
        **prefixed("model.diffusion_model.", flux_original(parts["transformer"].state_dict())),
        **prefixed("vae.", ldm_vae(parts["vae"])),
        **prefixed("text_encoders.clip_l.transformer.", hf_clip(parts["text_encoder"])),
        **prefixed("text_encoders.t5xxl.transformer.", t5_tensors(parts["text_encoder_2"])),
    }


def svd_file(parts: dict[str, Any]) -> Tensors:
    from scripts.tiny_video import video_original

    return video_original(parts)


CHECKPOINTS: dict[Family, Callable[[dict[str, Any]], Tensors]] = {
    Family.SD1: sd1_file,
    Family.SD2: sd2_file,
    Family.SDXL: sdxl_file,
    Family.SD3: sd3_file,
    Family.FLUX: flux_file,
    Family.SVD: svd_file,
}
SHORT = {
    Family.SD1: "sd1",
    Family.SD2: "sd2",
    Family.SDXL: "sdxl",
    Family.SD3: "sd3",
    Family.FLUX: "flux",
    Family.SVD: "svd",
}


def write_family(family: Family, models: Path, *, seed: int = 0) -> dict[str, Any]:
    """Both layouts: Stable-diffusion/tiny-NAME.safetensors and Stable-diffusion/tiny-NAME-folder.
    Returns the models that were written.
    """
    folder = models / "Stable-diffusion"
    folder.mkdir(parents=True, exist_ok=True)
    parts = components(family, seed=seed)
    suffix = f"-{seed}" if seed else ""
    name = f"tiny-{SHORT[family]}{suffix}"
    write_file(family, parts, folder / f"{name}.safetensors")
    write_folder(family, parts, folder / f"{name}-folder")
    return parts


def write_all(models: Path) -> None:
    """Every family in both layouts, and every extra."""
    from scripts.tiny_extras import write_extras

    for family in Family:
        write_family(family, models)
    write_extras(models)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", type=Path, help="the models folder to write into")
    parser.add_argument("--family", choices=[*SHORT.values()], help="only this one")
    chosen = parser.parse_args()
    began = time.monotonic()
    for family, short in SHORT.items():
        if chosen.family == short:
            write_family(family, chosen.models)
    if not chosen.family:
        write_all(chosen.models)
    print(f"{chosen.models}: written in {time.monotonic() - began:.1f} s")
