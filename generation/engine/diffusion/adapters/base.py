"""What differs between families: the shape of latents, how noise is counted, and one call of the
network. The walk itself (denoise.py, solvers/) knows no family.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import torch
from PIL import Image

from generation.engine.diffusion import decode
from generation.engine.diffusion.conditioning import encode
from generation.engine.diffusion.loading import Loaded
from generation.engine.diffusion.spaces import Space

if TYPE_CHECKING:
    from generation.engine.diffusion.passes import Pass


class Conditioning(Protocol):
    """Both prompts of a pass, encoded. See conditioning.py."""

    def at(self, step: int) -> Mapping[str, torch.Tensor]:
        """What is painted at this step, counted from 1, on the model's device and in its type:
        `prompt_embeds` and `negative_prompt_embeds` (1, tokens, width), of the same length, and
        where the family has them `pooled_prompt_embeds` and `negative_pooled_prompt_embeds`.

        The same mapping as long as the prompts are the same.
        """
        ...


class Fixed:
    """A conditioning without a schedule."""

    def __init__(self, **tensors: torch.Tensor) -> None:
        self.tensors = tensors

    def at(self, step: int) -> Mapping[str, torch.Tensor]:
        return self.tensors


@dataclass
class Call:
    """One call of the network, a batch of `groups` × pictures: all negatives, then all positives
    where the call is guided."""

    sample: torch.Tensor
    """Scaled as the network expects it, without extra channels; the model's type."""
    time: torch.Tensor
    """(batch,), float32: the timestep in the family's counting."""
    hidden: torch.Tensor
    """(batch, tokens, width)"""
    sigma: float
    pooled: torch.Tensor | None
    guided: bool
    """Whether the first half of the batch is the negative one."""
    progress: float
    """Of this pass, 0 at the first step, below 1 at the last: (step - 1) / steps."""
    one: Pass
    added: dict[str, torch.Tensor] = field(default_factory=dict)
    """`added_cond_kwargs` of the UNets that take it."""
    extra: torch.Tensor | None = None
    """Channels that are laid beside `sample` (inpaint and edit models)."""


class ControlInput(Protocol):
    """One ControlNet unit, prepared for a pass. See controls/."""

    def residuals(self, call: Call) -> Mapping[str, Any] | None:
        """Keyword arguments for the network (`down_block_additional_residuals` …); the tensors
        of several units are added up. None: the unit rests at this point."""


class Adapter(ABC):
    """A loaded checkpoint, seen by the walk."""

    def __init__(self, loaded: Loaded, one: Pass) -> None:
        self.loaded = loaded
        self.space = self.make_space(one)

    sees_mask = False
    """An inpaint model is told the mask, so its latents are not mended from outside."""
    edits = False
    """An edit model sees the picture in four more channels, and is guided by it too."""
    blank_negative = False
    """What is guided against sees nothing in the extra channels."""

    @abstractmethod
    def make_space(self, one: Pass) -> Space: ...

    @abstractmethod
    def forward(self, call: Call) -> torch.Tensor:
        """The network's output, float32, of the shape of `call.sample`."""

    def guided(self, one: Pass) -> bool:
        """Whether the negative prompt is painted against."""
        return one.cfg_scale != 1.0

    def scale(self, one: Pass) -> float | torch.Tensor:
        """Of the difference between the two prompts."""
        return one.cfg_scale

    def latent_shape(self, one: Pass) -> tuple[int, ...]:
        factor = decode.factor(self.loaded.vae)
        return (decode.channels(self.loaded.vae), one.height // factor, one.width // factor)

    def encode(self, image: Image.Image) -> torch.Tensor:
        return decode.latents(self.loaded, image)

    def preview(self, clean: torch.Tensor) -> Image.Image:
        """One picture's x0 as it stands, cheaply."""
        return decode.preview(self.loaded, clean)

    def extra_channels(self, one: Pass, given: torch.Tensor | None) -> torch.Tensor | None:
        return None

    def condition(self, one: Pass) -> Conditioning:
        return one.conditioning or encode(
            self.loaded,
            one.prompt,
            one.negative_prompt,
            steps=one.steps,
            clip_skip=one.clip_skip,
            embeddings=one.embeddings,
            first_pass=one.first_pass_steps,
        )


def controlled(call: Call) -> dict[str, Any]:
    """What the pass's ControlNet units add to the call of the network."""
    total: dict[str, Any] = {}
    for unit in call.one.controls:
        for name, value in (unit.residuals(call) or {}).items():
            total[name] = _sum(total[name], value) if name in total else value
    return total


def _sum(left: Any, right: Any) -> Any:
    if isinstance(left, torch.Tensor):
        return left + right
    shorter: Sequence[Any] = left if len(left) < len(right) else right
    if len(left) != len(right):
        raise ValueError(f"ControlNets of {len(left)} and {len(right)} blocks do not go together")
    return [_sum(a, b) for a, b in zip(left, right, strict=True)] if shorter else []
