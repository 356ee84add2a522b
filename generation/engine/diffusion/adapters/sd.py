"""Stable Diffusion 1, 2 and XL: a UNet that predicts noise or v; inpaint (nine channels) and edit
models (eight) among them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch

from generation.engine.diffusion import decode
from generation.engine.diffusion.adapters.base import Adapter, Call, controlled
from generation.engine.diffusion.families import Family
from generation.engine.diffusion.loading import Loaded
from generation.engine.diffusion.spaces import Discrete, Space

if TYPE_CHECKING:
    from generation.engine.diffusion.passes import Pass

INPAINT_CHANNELS, EDIT_CHANNELS = 9, 8


class StableDiffusion(Adapter):
    def __init__(self, loaded: Loaded, one: Pass) -> None:
        super().__init__(loaded, one)
        reads = loaded.unet.config.in_channels
        self.sees_mask = reads == INPAINT_CHANNELS
        self.edits = self.blank_negative = reads == EDIT_CHANNELS
        self.distilled: int | None = getattr(loaded.unet.config, "time_cond_proj_dim", None)

    def make_space(self, one: Pass) -> Space:
        return Discrete(self.loaded.scheduler_config)

    def guided(self, one: Pass) -> bool:
        # A distilled model (LCM) is told the scale instead of being called twice.
        return self.distilled is None and super().guided(one)

    def forward(self, call: Call) -> torch.Tensor:
        sample = call.sample
        if call.extra is not None:
            sample = torch.cat([sample, call.extra], dim=1)
        words: dict[str, Any] = {}
        if self.loaded.family is Family.SDXL:
            assert call.pooled is not None
            call.added = {"text_embeds": call.pooled, "time_ids": self._sizes(call)}
            words["added_cond_kwargs"] = call.added
        if self.distilled is not None:
            words["timestep_cond"] = _told_scale(call, self.distilled)
        out = self.loaded.unet(
            sample,
            call.time,
            encoder_hidden_states=call.hidden,
            return_dict=False,
            **words,
            **controlled(call),
        )[0]
        result: torch.Tensor = out.float()
        return result

    def _sizes(self, call: Call) -> torch.Tensor:
        """Original size, corner of the cut, wanted size: SDXL was trained on telling them."""
        height, width = call.one.height, call.one.width
        sizes = torch.empty(len(call.sample), 6, device=call.sample.device, dtype=call.hidden.dtype)
        for column, value in enumerate((height, width, 0, 0, height, width)):
            sizes[:, column] = value
        return sizes

    def extra_channels(self, one: Pass, given: torch.Tensor | None) -> torch.Tensor | None:
        if self.sees_mask:
            return self._masked(one, given)
        if self.edits:
            return self._edited(one, given)
        return None

    def _masked(self, one: Pass, given: torch.Tensor | None) -> torch.Tensor:
        """Mask and what is left of the picture; without a mask everything is repainted."""
        if given is None or one.mask is None:
            shape = self.latent_shape(one)
            mask = torch.ones(1, 1, *shape[1:], device=self.loaded.device)
            pixels = torch.zeros(1, 3, one.height, one.width)
        elif isinstance(one.init, torch.Tensor):
            mask = decode.latent_mask(one, given)
            return torch.cat([mask, given * (1 - mask)], dim=1)
        else:
            mask = decode.latent_mask(one, given)
            assert one.init is not None
            hole = torch.nn.functional.interpolate(mask, size=(one.height, one.width))
            pixels = decode.as_tensor(one.init, self.loaded) * (hole < 0.5)
        vae = self.loaded.vae
        pixels = pixels.to(device=self.loaded.device, dtype=vae.dtype)
        kept = (decode.raw_latents(self.loaded, pixels) - decode.shift(vae)) * decode.scaling(vae)
        return torch.cat([mask, kept], dim=1)

    def _edited(self, one: Pass, given: torch.Tensor | None) -> torch.Tensor:
        if given is None:
            return torch.zeros(1, *self.latent_shape(one), device=self.loaded.device)
        return given / decode.scaling(self.loaded.vae) + decode.shift(self.loaded.vae)


def _told_scale(call: Call, width: int) -> torch.Tensor:
    """(batch, width): sines and cosines of the scale, as the timestep is told."""
    half = width // 2
    steps = torch.arange(half, device=call.sample.device, dtype=torch.float32)
    angles = 1000.0 * (call.one.cfg_scale - 1) * torch.exp(steps * -(math.log(1e4) / (half - 1)))
    row = torch.cat([angles.sin(), angles.cos()])
    return row.to(call.sample.dtype).expand(len(call.sample), -1)
