"""Tiny extras beside the checkpoints: LoRAs, ControlNets, VAE, embeddings, upscaler, GGUF."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from generation.engine.diffusion.families import Family
from scripts.tiny_models import (
    WIDTH,
    Tensors,
    clip,
    flux_transformer,
    hf_clip,
    ldm_unet,
    ldm_vae,
    prefixed,
    random_model,
    save_model,
    sd1_file,
    sd3_transformer,
    t5,
    t5_tensors,
    unet,
    vae,
)
from scripts.tiny_transformers import flux_original, sd3_original

RANK = 4
VECTORS = 2
"""Tokens that a tiny embedding stands for."""


def write_extras(models: Path) -> None:
    names = ("Lora", "VAE", "embeddings", "ControlNet", "ESRGAN", "text_encoders", "unet")
    for name in names:
        (models / name).mkdir(parents=True, exist_ok=True)
    write_inpainting(models / "Stable-diffusion")
    write_loras(models / "Lora")
    save_file(ldm_vae(vae(Family.SD1, seed=31)), models / "VAE" / "tiny-vae.safetensors")
    write_embeddings(models / "embeddings")
    write_controlnets(models / "ControlNet")
    write_upscaler(models / "ESRGAN" / "tiny-esrgan-2x.pth")
    write_bare_transformers(models)


def write_inpainting(folder: Path) -> None:
    """SD 1.5 with nine channels: latents, mask, and the latents of what is masked."""
    parts = {
        "unet": unet(Family.SD1, channels=9, seed=21),
        "vae": vae(Family.SD1),
        "text_encoder": clip(seed=3),
    }
    save_file(contiguous(sd1_file(parts)), folder / "tiny-sd1-inpainting.safetensors")


def contiguous(tensors: Tensors) -> Tensors:
    return {name: tensor.contiguous().clone() for name, tensor in tensors.items()}


def targets(model: Any) -> dict[str, torch.Size]:
    """The matrices that a LoRA changes: of every attention."""
    return {
        name.removesuffix(".weight"): tensor.shape
        for name, tensor in model.state_dict().items()
        if name.endswith((*ATTENTION_ENDS,)) and tensor.ndim == 2
    }


ATTENTION_ENDS = tuple(
    f".{part}.weight"
    for part in ("to_q", "to_k", "to_v", "to_out.0", "q_proj", "k_proj", "v_proj", "out_proj")
)


def matrices(shape: torch.Size, seed: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Down and up; together about half as large as the weight that they change."""
    down = torch.randn((RANK, shape[1]), generator=seed) / math.sqrt(shape[1])
    up = torch.randn((shape[0], RANK), generator=seed) / math.sqrt(RANK) / 2
    return down, up


def write_loras(folder: Path) -> None:
    """For SD 1.5 and SDXL, as kohya's trainers and as diffusers and peft write them."""
    sd1: dict[str, Any] = {"unet": unet(Family.SD1), "text_encoder": clip(seed=3)}
    sdxl: dict[str, Any] = {
        "unet": unet(Family.SDXL),
        "text_encoder": clip(seed=3),
        "text_encoder_2": clip(2 * WIDTH, gelu=True, projected=True, seed=4),
    }
    for parts, name, version in ((sd1, "sd1", "sd_v1"), (sdxl, "sdxl", "sdxl_base_v1-0")):
        told = {"ss_base_model_version": version, "ss_network_dim": str(RANK)}
        save_file(kohya(parts), folder / f"tiny-{name}-kohya.safetensors", metadata=told)
        save_file(peft(parts), folder / f"tiny-{name}-peft.safetensors")


def kohya(parts: dict[str, Any]) -> Tensors:
    prefixes = {"unet": "lora_unet", "text_encoder": "lora_te", "text_encoder_2": "lora_te2"}
    if "text_encoder_2" in parts:
        prefixes["text_encoder"] = "lora_te1"
    generator = torch.Generator().manual_seed(41)
    found: Tensors = {}
    for part, model in parts.items():
        for target, shape in targets(model).items():
            whole = target if part == "unet" or "text_model" in target else f"text_model.{target}"
            stem = f"{prefixes[part]}_{whole.replace('.', '_')}"
            down, up = matrices(shape, generator)
            found[f"{stem}.lora_down.weight"], found[f"{stem}.lora_up.weight"] = down, up
            found[f"{stem}.alpha"] = torch.tensor(float(RANK))
    return found


def peft(parts: dict[str, Any]) -> Tensors:
    generator = torch.Generator().manual_seed(42)
    found: Tensors = {}
    for part, model in parts.items():
        for target, shape in targets(model).items():
            whole = target if part == "unet" or "text_model" in target else f"text_model.{target}"
            down, up = matrices(shape, generator)
            found[f"{part}.{whole}.lora_A.weight"], found[f"{part}.{whole}.lora_B.weight"] = (
                down,
                up,
            )
    return found


def write_embeddings(folder: Path) -> None:
    generator = torch.Generator().manual_seed(51)
    vectors = torch.randn((VECTORS, WIDTH), generator=generator)
    save_file({"emb_params": vectors}, folder / "tiny-style.safetensors")
    old = {
        "string_to_token": {"*": 265},
        "string_to_param": {"*": torch.randn((VECTORS, WIDTH), generator=generator)},
        "name": "tiny-old",
        "step": 100,
        "sd_checkpoint": None,
        "sd_checkpoint_name": None,
    }
    torch.save(old, folder / "tiny-old.pt")
    both = {
        "clip_l": torch.randn((VECTORS, WIDTH), generator=generator),
        "clip_g": torch.randn((VECTORS, 2 * WIDTH), generator=generator),
    }
    save_file(both, folder / "tiny-xl.safetensors")


SHARED = (
    "down_block_types",
    "block_out_channels",
    "layers_per_block",
    "transformer_layers_per_block",
    "cross_attention_dim",
    "attention_head_dim",
    "use_linear_projection",
    "addition_embed_type",
    "addition_time_embed_dim",
    "projection_class_embeddings_input_dim",
)
"""What a ControlNet's configuration has in common with its U-Net's."""


def controlnet(family: Family, seed: int) -> Any:
    from diffusers import ControlNetModel

    wide = unet(family)
    config = {name: wide.config[name] for name in SHARED}
    config["conditioning_embedding_out_channels"] = [16, 16, 16, 16]
    model = random_model(ControlNetModel, config, seed)
    # Seven convolutions of random weights end near 60,000, which overflows in halves.
    model.controlnet_cond_embedding.conv_out.weight.data /= 1e4
    return model


def write_controlnets(folder: Path) -> None:
    """SD 1.5's with the original names, SDXL's with diffusers', as each is published."""
    small = prefixed("control_model.", ldm_unet(controlnet(Family.SD1, 61)))
    save_file(contiguous(small), folder / "tiny-control-sd1.safetensors")
    wide = controlnet(Family.SDXL, 62)
    save_file(contiguous(wide.state_dict()), folder / "tiny-control-sdxl.safetensors")
    save_model(controlnet(Family.SD1, 63), folder / "tiny-control-folder")


def write_upscaler(path: Path) -> None:
    """An RRDBNet of two blocks that doubles the size, as ESRGAN's authors name its tensors."""
    generator = torch.Generator().manual_seed(71)
    wide, grow = 16, 32  # every ESRGAN has grown by 32: readers do not look
    shapes: dict[str, tuple[int, int]] = {"conv_first": (wide, 12)}
    for block in range(2):
        for dense in (1, 2, 3):
            for conv in range(1, 6):
                out = wide if conv == 5 else grow
                shapes[f"body.{block}.rdb{dense}.conv{conv}"] = (out, wide + (conv - 1) * grow)
    for name in ("conv_body", "conv_up1", "conv_up2", "conv_hr"):
        shapes[name] = (wide, wide)
    shapes["conv_last"] = (3, wide)
    state = {}
    for name, (out, into) in shapes.items():
        noise = torch.randn((out, into, 3, 3), generator=generator)
        state[f"{name}.weight"] = noise / math.sqrt(9 * into)
        state[f"{name}.bias"] = torch.zeros(out)
    torch.save({"params_ema": state}, path)


def write_bare_transformers(models: Path) -> None:
    """Transformers alone, as ComfyUI has them, with encoders and a VAE in files of their own."""
    bare = prefixed("model.diffusion_model.", sd3_original(sd3_transformer(81).state_dict()))
    save_file(contiguous(bare), models / "unet" / "tiny-sd3-bare.safetensors")
    write_gguf(flux_original(flux_transformer(82).state_dict()), models / "unet" / "tiny-flux.gguf")
    encoders = models / "text_encoders"
    save_file(contiguous(hf_clip(clip(seed=83))), encoders / "clip_l.safetensors")
    wide = clip(2 * WIDTH, gelu=True, projected=True, seed=84)
    save_file(contiguous(hf_clip(wide)), encoders / "clip_g.safetensors")
    save_file(contiguous(t5_tensors(t5(WIDTH, 85))), encoders / "t5xxl.safetensors")
    save_file(contiguous(t5_tensors(t5(3 * WIDTH, 87))), encoders / "t5xxl-wide.safetensors")
    ae = ldm_vae(vae(Family.FLUX, seed=86))
    save_file(contiguous(ae), models / "VAE" / "tiny-ae.safetensors")


def write_gguf(tensors: Tensors, path: Path) -> None:
    """Matrices in eight bits (Q8_0) where their width allows it, the rest in full."""
    import gguf

    writer = gguf.GGUFWriter(path, "flux")
    for name, tensor in tensors.items():
        data = tensor.float().contiguous().numpy()
        if tensor.ndim == 2 and tensor.shape[1] % 32 == 0:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(name, gguf.quants.quantize(data, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, data)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
