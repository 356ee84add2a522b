"""Text encoders of each family, of a few random values, with the true vocabularies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from diffusers import UNet2DConditionModel
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    T5Config,
    T5EncoderModel,
)

from generation.engine.diffusion.families import Family
from generation.engine.diffusion.tokenizers import clip_tokenizer, t5_tokenizer


@dataclass
class Model:
    family: Family
    text_encoders: list[Any]
    tokenizers: list[Any]
    unet: Any = None
    device: Any = field(default_factory=lambda: torch.device("cpu"))
    dtype: torch.dtype = torch.float32


def clip(width: int = 16, projected: bool = False, layers: int = 4) -> Any:
    config = CLIPTextConfig(
        vocab_size=49408,
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=layers,
        num_attention_heads=2,
        projection_dim=width,
        bos_token_id=49406,
        eos_token_id=49407,
    )
    kind = CLIPTextModelWithProjection if projected else CLIPTextModel
    return kind(config).eval()


def t5() -> Any:
    config = T5Config(vocab_size=32128, d_model=24, d_ff=32, d_kv=8, num_layers=2, num_heads=2)
    return T5EncoderModel(config).eval()


def unet() -> Any:
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(8, 16),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=16,
        attention_head_dim=2,
        norm_num_groups=4,
    ).eval()


def model(family: Family, seed: int = 1, denoiser: bool = False) -> Model:
    torch.manual_seed(seed)
    small, last = clip_tokenizer(), clip_tokenizer("!")
    encoders, tokenizers = {
        Family.SD1: lambda: ([clip()], [small]),
        Family.SD2: lambda: ([clip()], [last]),
        Family.SDXL: lambda: ([clip(), clip(24, projected=True)], [small, last]),
        Family.SD3: lambda: (
            [clip(projected=True), clip(24, projected=True), t5()],
            [small, last, t5_tokenizer()],
        ),
        Family.FLUX: lambda: ([clip(), t5()], [small, t5_tokenizer()]),
    }[family]()
    return Model(family, encoders, tokenizers, unet() if denoiser else None)
