"""Flux: latents in patches of 2 × 2; "dev" is told its guidance, "schnell" has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from generation.engine.diffusion import decode
from generation.engine.diffusion.adapters.base import Adapter, Call, controlled
from generation.engine.diffusion.spaces import Flow, Space

if TYPE_CHECKING:
    from generation.engine.diffusion.passes import Pass


class Flux(Adapter):
    def make_space(self, one: Pass) -> Space:
        config = self.loaded.scheduler_config
        mu = None
        if config.get("use_dynamic_shifting"):
            side = 2 * decode.factor(self.loaded.vae)
            mu = size_shift((one.height // side) * (one.width // side), config)
        return Flow(config, scale=1.0, mu=mu, is_even=True)

    def guided(self, one: Pass) -> bool:
        # The model has learnt its guidance; a second call pays only for a real negative prompt.
        return bool(one.negative_prompt) and super().guided(one)

    def latent_shape(self, one: Pass) -> tuple[int, ...]:
        side = 2 * decode.factor(self.loaded.vae)
        rows, columns = 2 * (one.height // side), 2 * (one.width // side)
        return (decode.channels(self.loaded.vae), rows, columns)

    def forward(self, call: Call) -> torch.Tensor:
        rows, columns = call.sample.shape[-2:]
        network = self.loaded.unet
        guidance = None
        if network.config.guidance_embeds:
            guidance = torch.full_like(call.time, call.one.distilled_cfg_scale)
        out = network(
            hidden_states=packed(call.sample),
            timestep=call.time.to(call.sample.dtype),
            guidance=guidance,
            pooled_projections=call.pooled,
            encoder_hidden_states=call.hidden,
            txt_ids=call.sample.new_zeros(call.hidden.shape[1], 3),
            img_ids=self._places(rows // 2, columns // 2, call.sample),
            return_dict=False,
            **controlled(call),
        )[0]
        result: torch.Tensor = unpacked(out, rows, columns).float()
        return result

    def _places(self, rows: int, columns: int, like: torch.Tensor) -> torch.Tensor:
        """(patches, 3): 0, row, column."""
        places = torch.zeros(rows, columns, 3, device=like.device, dtype=like.dtype)
        places[..., 1] += torch.arange(rows, device=like.device)[:, None]
        places[..., 2] += torch.arange(columns, device=like.device)[None, :]
        return places.reshape(-1, 3)


def size_shift(patches: int, config: dict[str, object]) -> float:
    """The line through the two sizes that the model was tuned at."""

    def number(name: str, default: float) -> float:
        value = config.get(name, default)
        return float(value) if isinstance(value, int | float) else default

    low, high = number("base_image_seq_len", 256), number("max_image_seq_len", 4096)
    base, top = number("base_shift", 0.5), number("max_shift", 1.15)
    return base + (patches - low) * (top - base) / (high - low)


def packed(latents: torch.Tensor) -> torch.Tensor:
    """(n, channels, rows, columns) → (n, patches, 4 × channels)."""
    n, channels, rows, columns = latents.shape
    patches = latents.reshape(n, channels, rows // 2, 2, columns // 2, 2)
    return patches.permute(0, 2, 4, 1, 3, 5).reshape(n, -1, channels * 4)


def unpacked(patches: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    n, _, width = patches.shape
    latents = patches.reshape(n, rows // 2, columns // 2, width // 4, 2, 2)
    return latents.permute(0, 3, 1, 4, 2, 5).reshape(n, width // 4, rows, columns)
