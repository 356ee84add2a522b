"""A checkpoint on the shelf becomes a Loaded: everything a picture needs, on one device.

Nothing is asked of a network: configurations are read off the tensors or out of the folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn

from generation.engine.diffusion import configs
from generation.engine.diffusion.building import Tensors, read_tensors, shapes_of, total_bytes
from generation.engine.diffusion.checks import SAFE, BadWeights, read_header
from generation.engine.diffusion.families import Family, Kind
from generation.engine.diffusion.memory import Offload
from generation.engine.diffusion.shelf import Item
from generation.engine.diffusion.single_file import (
    ENCODERS,
    clip_model,
    controlnet_model,
    diffusion_model,
    read_part,
    t5_model,
    text_encoders,
    vae_model,
)
from generation.engine.diffusion.tokenizers import clip_tokenizer, t5_tokenizer

PAD_ZERO = "!"  # id 0: what OpenCLIP's encoders were trained to see after the text


@dataclass
class Loaded:
    """A checkpoint in memory, in evaluation mode, without gradients."""

    family: Family
    item: Item
    unet: Any
    """UNet2DConditionModel, UNetSpatioTemporalConditionModel, or a transformer of SD 3 or Flux."""
    vae: Any
    text_encoders: list[Any]
    """In the family's order: SDXL CLIP-L, CLIP-G; SD 3 CLIP-L, CLIP-G, T5 or None; Flux CLIP-L,
    T5."""
    tokenizers: list[Any]
    """One for each text encoder."""
    scheduler_config: dict[str, Any]
    image_encoder: Any = None
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    dtype: torch.dtype = torch.float32
    offload: Offload = Offload.NONE
    fuses: bool = False
    """Whether attention's projections are joined while the weights lie on a GPU; see fusing."""
    masters: list[tuple[nn.Module, str, torch.Tensor]] = field(default_factory=list, repr=False)
    """Holder, name and pinned copy of each weight while it lies on a GPU; see memory."""

    def modules(self) -> Iterator[nn.Module]:
        for module in (self.unet, self.vae, *self.text_encoders, self.image_encoder):
            if module is not None:
                yield module

    @property
    def bytes(self) -> int:
        return total_bytes(self.modules())

    def to(self, device: torch.device | str) -> Loaded:
        """Moves every module there; the same object."""
        for module in self.modules():
            module.to(device)
        self.device = torch.device(device)
        return self


def dtype_for(family: Family, device: torch.device | str) -> torch.dtype:
    """Full precision on the CPU, where halves are slow; bfloat16 for SD 3 and Flux, whose
    activations overflow in float16.
    """
    if torch.device(device).type != "cuda":
        return torch.float32
    if family in (Family.SD3, Family.FLUX) and torch.cuda.is_bf16_supported():
        return torch.bfloat16
    return torch.float16


def load(
    item: Item, device: torch.device | str = "cpu", dtype: torch.dtype | None = None
) -> Loaded:
    """The checkpoint on `device`. Raises BadWeights for one that cannot be used, by name."""
    if item.kind is not Kind.CHECKPOINT or item.family is None:
        raise BadWeights(item.path, f"is no checkpoint but a {item.kind}")
    dtype = dtype or dtype_for(item.family, device)
    if item.path.is_dir():
        from generation.engine.diffusion.folders import load_folder

        loaded = load_folder(item, dtype)
    elif item.path.suffix == ".gguf":
        from generation.engine.diffusion.gguf_file import gguf_model

        loaded = _assemble(item, gguf_model(item.path, item.family, dtype), {}, dtype)
    elif item.family is Family.SVD:
        from generation.engine.diffusion.video_file import load_video_file

        loaded = load_video_file(item, read_tensors(item.path), dtype)
    else:
        tensors = read_tensors(item.path)
        _check_variant(item, tensors)
        unet = diffusion_model(tensors, item.family, item.path, dtype)
        loaded = _assemble(item, unet, tensors, dtype)
    _check_complete(loaded)
    return loaded.to(device)


def _assemble(item: Item, unet: Any, tensors: Tensors, dtype: torch.dtype) -> Loaded:
    """The diffusion model with its other parts: out of the same file, or of companions."""
    family = item.family
    assert family is not None
    encoders = text_encoders(tensors, family, item.path, dtype)
    encoders = [
        encoder or _companion(item, unet.config, n, dtype) for n, encoder in enumerate(encoders)
    ]
    return Loaded(
        family=family,
        item=item,
        unet=unet,
        vae=_own_vae(item, tensors, dtype),
        text_encoders=encoders,
        tokenizers=tokenizers_for(family, guided=guided(unet)),
        scheduler_config=_scheduler(item, unet, tensors),
        dtype=dtype,
    )


def _check_variant(item: Item, tensors: Tensors) -> None:
    """Relatives of a family that are painted in another way. Raises BadWeights."""
    if any(name.startswith("conditioner.embedders.0.model.") for name in tensors):
        raise BadWeights(item.path, "SDXL's refiner, which is not painted with on its own")
    if "edm_mean" in tensors:
        raise BadWeights(item.path, "trained after EDM (Playground 2.5), which is not painted here")


def guided(unet: Any) -> bool:
    """Whether a Flux is of the "dev" kind, with a guidance of its own, not "schnell"."""
    return bool(getattr(unet.config, "guidance_embeds", False))


def tokenizers_for(family: Family, *, guided: bool = True) -> list[Any]:
    """The family's own tokenizers, one for each text encoder."""
    if family is Family.SD1:
        return [clip_tokenizer()]
    if family is Family.SD2:
        return [clip_tokenizer(PAD_ZERO)]
    if family is Family.SDXL:
        return [clip_tokenizer(), clip_tokenizer(PAD_ZERO)]
    if family is Family.SD3:
        return [clip_tokenizer(), clip_tokenizer(PAD_ZERO), t5_tokenizer(256)]
    if family is Family.FLUX:
        return [clip_tokenizer(), t5_tokenizer(512 if guided else 256)]
    return []


def _own_vae(item: Item, tensors: Tensors, dtype: torch.dtype) -> Any:
    family = item.family
    assert family is not None
    if any(name.startswith(("first_stage_model.", "vae.")) for name in tensors):
        return vae_model(tensors, family, item.path, dtype)
    for other in item.companions:
        if other.kind is Kind.VAE and latent_channels(other) == LATENTS.get(family, 4):
            return load_vae(other, family=family, dtype=dtype)
    raise BadWeights(item.path, f"has no VAE, and none for {family} lies in the VAE folder")


LATENTS = {Family.SD3: 16, Family.FLUX: 16}


def latent_channels(item: Item) -> int:
    """How many channels a VAE's latents have."""
    if item.path.is_dir():
        from generation.engine.diffusion.families import read_json

        channels = read_json(item.path / "config.json").get("latent_channels", 4)
        return channels if isinstance(channels, int) else 4
    if item.path.suffix in SAFE:
        shapes = dict(read_header(item.path).shapes)
    else:
        shapes = shapes_of(read_tensors(item.path))
    return next(s[1] for name, s in shapes.items() if name.endswith("decoder.conv_in.weight"))


def _companion(item: Item, config: Any, number: int, dtype: torch.dtype) -> Any | None:
    """A text encoder that lies in a file of its own beside the checkpoint, or None. `config`: of
    the transformer that will read its text.
    """
    family = item.family
    assert family is not None
    if family not in (Family.SD3, Family.FLUX):
        raise BadWeights(item.path, "has no text encoder")
    wanted = ("clip_l", "clip_g", "t5") if family is Family.SD3 else ("clip_l", "t5")
    part = wanted[number]
    for other in item.companions:
        if other.kind is not Kind.TEXT_ENCODER:
            continue
        sort, width = encoder_sort(other)
        if sort == part and (sort != "t5" or width == config.joint_attention_dim):
            return _encoder(part, other, family, dtype)
    if family is Family.SD3 and part == "t5":
        return None  # SD 3 paints without it, from CLIP alone
    raise BadWeights(item.path, f"has no text encoder {part}, and none lies on the shelf")


def _encoder(part: str, item: Item, family: Family, dtype: torch.dtype) -> Any:
    tensors = read_part(item.path, *(prefix for prefix, _ in ENCODERS[family]))
    if part == "t5":
        return t5_model(tensors, item.path, dtype)
    pooled = family is Family.SD3
    gelu = part == "clip_g"
    return clip_model(tensors, item.path, dtype, gelu=gelu, projection=pooled)


def encoder_sort(item: Item) -> tuple[str, int]:
    """clip_l, clip_g or t5, and how wide its text is. CLIP's two differ in width alone."""
    header = read_header(item.path)
    ends = ("token_embedding.weight", "shared.weight", "embed_tokens.weight")
    words = next((s for n, s in header.shapes.items() if n.endswith(ends)), ())
    if len(words) != 2:
        raise BadWeights(item.path, "its text encoder has no words")
    if any("SelfAttention" in name for name in header.shapes):
        return "t5", words[1]
    wide = words[1] >= 1280 or "clip_g" in item.path.name.lower()
    return ("clip_g" if wide else "clip_l"), words[1]


def _scheduler(item: Item, unet: Any, tensors: Tensors) -> dict[str, Any]:
    assert item.family is not None
    config = configs.scheduler_config(item.family)
    if item.family is Family.FLUX and not guided(unet):
        config |= {"shift": 1.0, "use_dynamic_shifting": False}
    prediction = told_prediction(item, tensors)
    if prediction:
        config["prediction_type"] = prediction
    if "ztsnr" in tensors:
        config |= {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
    return config


def told_prediction(item: Item, tensors: Tensors) -> str:
    """What the checkpoint says that its model predicts, "" where it says nothing: a marker among
    its tensors, its metadata, or a .yaml of the same name beside it, as WebUI reads them.
    """
    if "v_pred" in tensors:
        return "v_prediction"
    if item.path.suffix in SAFE:
        told = read_header(item.path).metadata.get("modelspec.prediction_type", "")
        if told in ("v", "epsilon"):
            return "v_prediction" if told == "v" else "epsilon"
    beside = item.path.with_suffix(".yaml")
    if beside.is_file() and item.family in (Family.SD1, Family.SD2, Family.SDXL):
        text = beside.read_text(encoding="utf-8", errors="replace")
        is_v = any(
            line.partition(":")[2].strip(" \t\"'") == "v"
            for line in text.splitlines()
            if line.strip().startswith("parameterization:")
        )
        return "v_prediction" if is_v else "epsilon"
    return ""


READS = {
    Family.SD1: (4, 8, 9),
    Family.SD2: (4, 8, 9),
    Family.SDXL: (4, 8, 9),
    Family.SD3: (16,),
    Family.FLUX: (64,),
    Family.SVD: (8,),
}
"""Channels that a diffusion model may read: latents; with a picture's to edit; with a mask's."""


def _check_complete(loaded: Loaded) -> None:
    """The diffusion model reads what is painted here, and what the VAE makes."""
    channels = loaded.vae.config.latent_channels
    reads = loaded.unet.config.in_channels
    if reads not in READS[loaded.family]:
        reason = f"reads {reads} channels: a model for depth, edges or upscaling, not painted here"
        raise BadWeights(loaded.item.path, reason)
    if loaded.family is Family.FLUX:
        channels *= 4  # patches of 2 × 2
    if reads < channels:
        reason = f"its model reads {reads} channels, its VAE makes {channels}"
        raise BadWeights(loaded.item.path, reason)


def load_vae(
    item: Item,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
    *,
    family: Family = Family.SD1,
) -> Any:
    """A VAE from a file or folder of its own, scaled as `family` wants it."""
    if item.kind is not Kind.VAE:
        raise BadWeights(item.path, f"is no VAE but a {item.kind}")
    if item.path.is_dir():
        from generation.engine.diffusion.folders import load_component

        vae = load_component(item.path, "AutoencoderKL", dtype)
    else:
        vae = vae_model(read_tensors(item.path), family, item.path, dtype)
    return vae.to(device)


def load_controlnet(
    item: Item, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32
) -> Any:
    """A ControlNet from a file or folder of its own."""
    if item.kind is not Kind.CONTROLNET or item.family is None:
        raise BadWeights(item.path, f"is no ControlNet but a {item.kind}")
    if item.path.is_dir():
        from generation.engine.diffusion.folders import load_component

        return load_component(item.path, "ControlNetModel", dtype).to(device)
    tensors = read_tensors(item.path)
    return controlnet_model(tensors, item.family, item.path, dtype).to(device)


def with_vae(loaded: Loaded, vae: Any) -> Loaded:
    """The same checkpoint with another VAE; shares everything else. Raises BadWeights where the
    latents differ.
    """
    changed = replace(loaded, vae=vae)
    _check_complete(changed)
    return changed
