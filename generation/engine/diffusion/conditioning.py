"""Prompts → what the denoiser is conditioned on, step by step.

Long prompts are read in chunks of 75 tokens, whose vectors are joined. Weights multiply a token's
vectors, after which the chunk's mean is what it was. Clip skip counts as in WebUI: 1 is the last
layer, 2 the one before it; SDXL, SD 2 and SD 3 were trained on the one before the last, so 1 and
2 are the same there. A prompt of one chunk and of weight 1 is encoded exactly as in diffusers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from generation.engine.diffusion.embeddings import named_in
from generation.engine.diffusion.encoders import Reader, Tensors, TextSide
from generation.wording.prompt_schedule import schedule


@dataclass(frozen=True)
class Conditioning:
    spans: list[tuple[int, Tensors]]
    """(last step, tensors) in order; steps are counted from 1. All of the same shapes."""

    def at(self, step: int) -> Tensors:
        """`prompt_embeds` and `negative_prompt_embeds` (1, tokens, width), and, where the family
        has them, `pooled_prompt_embeds` and `negative_pooled_prompt_embeds` (1, width).

        The same dictionary as long as the prompts are the same.
        """
        return next((tensors for end, tensors in self.spans if step <= end), self.spans[-1][1])


def encode(
    loaded: TextSide,
    prompt: str,
    negative: str,
    *,
    steps: int,
    clip_skip: int = 1,
    embeddings: Mapping[str, Path] | None = None,
    first_pass: int | None = None,
) -> Conditioning:
    """Both prompts, without tags, for each step. `embeddings`: embeddings that they may name;
    `first_pass` as in prompt_schedule.schedule.
    """
    spans = [schedule(text, steps, first_pass) for text in (prompt, negative)]
    known = named_in((prompt, negative), embeddings or {}, loaded)
    reader = Reader(loaded, clip_skip, known)
    ends = sorted({end for side in spans for end, _ in side})
    texts = [(_text(spans[0], end), _text(spans[1], end)) for end in ends]
    read = [(reader.read(yes), reader.read_negative(no)) for yes, no in texts]
    clip = max(_tokens(side.clip) for pair in read for side in pair)
    t5 = max(_tokens(side.t5) for pair in read for side in pair)
    return Conditioning(
        [
            (end, reader.named(yes, "", clip, t5) | reader.named(no, "negative_", clip, t5))
            for end, (yes, no) in zip(ends, read, strict=True)
        ]
    )


def _text(spans: Sequence[tuple[int, str]], step: int) -> str:
    return next((text for end, text in spans if step <= end), spans[-1][1])


def _tokens(tensor: torch.Tensor | None) -> int:
    return 0 if tensor is None else tensor.shape[1]
