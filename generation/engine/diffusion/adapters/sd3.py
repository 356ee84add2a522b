"""Stable Diffusion 3.5: a transformer over latents and text, trained on straight paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from generation.engine.diffusion.adapters.base import Adapter, Call, controlled
from generation.engine.diffusion.spaces import Flow, Space

if TYPE_CHECKING:
    from generation.engine.diffusion.passes import Pass


class StableDiffusion3(Adapter):
    def make_space(self, one: Pass) -> Space:
        return Flow(self.loaded.scheduler_config)

    def forward(self, call: Call) -> torch.Tensor:
        out = self.loaded.unet(
            hidden_states=call.sample,
            timestep=call.time,
            encoder_hidden_states=call.hidden,
            pooled_projections=call.pooled,
            return_dict=False,
            **controlled(call),
        )[0]
        result: torch.Tensor = out.float()
        return result
