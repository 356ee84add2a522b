"""Stable Video Diffusion: one picture becomes the first frame of a short film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from PIL import Image

from generation.engine.diffusion import decode, noise
from generation.engine.diffusion.adapters.base import Adapter, Call, Conditioning, Fixed
from generation.engine.diffusion.spaces import Continuous, Space

if TYPE_CHECKING:
    from generation.engine.diffusion.passes import Pass

SEEN = 224
"""Pixels a side of what CLIP's vision tower sees."""
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_DEVIATION = (0.26862954, 0.26130258, 0.27577711)


class StableVideoDiffusion(Adapter):
    """Latents are (batch, frames, channels, rows, columns)."""

    blank_negative = True

    def __init__(self, loaded: object, one: Pass) -> None:
        super().__init__(loaded, one)  # type: ignore[arg-type]
        # Drawn from a generator of its own: the walk's noise is what it is for any augmentation.
        self.augmented = noise.seeded(one.seed)
        # From 1 in the first frame, which is known, up to the job's in the last.
        ramp = torch.linspace(1.0, one.cfg_scale, one.frames).to(self.loaded.device)
        self.ramp = ramp[None, :, None, None, None]

    def make_space(self, one: Pass) -> Space:
        return Continuous(self.loaded.scheduler_config)

    def latent_shape(self, one: Pass) -> tuple[int, ...]:
        return (one.frames, *super().latent_shape(one))

    def scale(self, one: Pass) -> float | torch.Tensor:
        return self.ramp

    def condition(self, one: Pass) -> Conditioning:
        if one.conditioning is not None:
            return one.conditioning
        seen = self._seen(_image(one))
        return Fixed(prompt_embeds=seen, negative_prompt_embeds=torch.zeros_like(seen))

    def _seen(self, image: Image.Image) -> torch.Tensor:
        """(1, 1, width): what the vision tower makes of the picture."""
        encoder = self.loaded.image_encoder
        side = int(getattr(encoder.config, "image_size", SEEN))
        small = image.convert("RGB").resize((side, side), Image.Resampling.BICUBIC)
        values = decode.as_tensor(small, self.loaded).float() / 2 + 0.5
        mean, deviation = (torch.tensor(row).to(values)[None, :, None, None]
                           for row in (CLIP_MEAN, CLIP_DEVIATION))  # fmt: skip
        weights = next(encoder.parameters())
        out = encoder(((values - mean) / deviation).to(weights.dtype)).image_embeds
        embeds: torch.Tensor = out.unsqueeze(1).to(self.loaded.dtype)
        return embeds

    def extra_channels(self, one: Pass, given: torch.Tensor | None) -> torch.Tensor | None:
        values = decode.as_tensor(_image(one), self.loaded)
        grain = noise.normal(tuple(values.shape), self.augmented).to(values)
        latents = decode.raw_latents(self.loaded, values + one.augmentation * grain)
        return latents[:, None].repeat(1, one.frames, 1, 1, 1)

    def forward(self, call: Call) -> torch.Tensor:
        assert call.extra is not None
        one = call.one
        told = torch.empty(len(call.sample), 3, device=call.sample.device, dtype=call.hidden.dtype)
        for column, value in enumerate((one.fps - 1, one.motion, one.augmentation)):
            told[:, column] = value
        out = self.loaded.unet(
            torch.cat([call.sample, call.extra], dim=2),
            call.time,
            encoder_hidden_states=call.hidden,
            added_time_ids=told,
            return_dict=False,
        )[0]
        result: torch.Tensor = out.float()
        return result

    def preview(self, clean: torch.Tensor) -> Image.Image:
        return decode.preview(self.loaded, clean[0])


def _image(one: Pass) -> Image.Image:
    if not isinstance(one.init, Image.Image):
        raise ValueError("init_image: a video begins with a picture")
    return one.init
