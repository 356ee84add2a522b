"""Noise, made on the CPU from each picture's own seed: so every device gives the same picture, and
a picture in a batch is the one that it would be alone.

Source of the order of the draws (first noise, then what ancestral samplers add, out of the same
generator; subseed and seed_resize_from): WebUI 1.10 with its noise source "CPU".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch

Shape = tuple[int, ...]
PARALLEL = 0.9995
"""Cosine above which two noises are as good as one, and are mixed in a straight line."""


class Seeded(Protocol):
    """What is read of a Pass."""

    seed: int
    subseed: int
    subseed_strength: float
    seed_resize_from: tuple[int, int] | None
    width: int
    height: int


def normal(shape: Shape, generator: torch.Generator) -> torch.Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float32)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator("cpu").manual_seed(seed)


def slerp(share: float, low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
    """From low (0) to high (1) along the arc, row by row: a mixture keeps the length of noise."""
    unit_low = low / low.norm(dim=1, keepdim=True)
    unit_high = high / high.norm(dim=1, keepdim=True)
    cosine = (unit_low * unit_high).sum(1)
    if cosine.mean() > PARALLEL:
        return low * (1 - share) + high * share
    angle = torch.acos(cosine.clamp(-1, 1)).unsqueeze(1)
    return (torch.sin((1 - share) * angle) * low + torch.sin(share * angle) * high) / angle.sin()


class Source:
    """The noise of a batch. `shape`: of one picture's latents, channels first."""

    def __init__(self, passes: Sequence[Seeded], shape: Shape) -> None:
        self.passes, self.shape = passes, shape
        self.generators = [seeded(one.seed) for one in passes]

    def first(self) -> torch.Tensor:
        """What the walk begins with, (batch, *shape), float32 on the CPU."""
        return torch.stack(list(map(self._first, self.passes, self.generators)))

    def next(self) -> torch.Tensor:
        """What a step adds."""
        return torch.stack([normal(self.shape, generator) for generator in self.generators])

    def skip(self, steps: int) -> None:
        """Noise of so many steps has been used up elsewhere."""
        for _ in range(steps):
            self.next()

    def _first(self, one: Seeded, generator: torch.Generator) -> torch.Tensor:
        small = self._resized_shape(one)
        noise = normal(self.shape, generator) if small is None else normal(small, seeded(one.seed))
        if one.subseed_strength:
            other = normal(small or self.shape, seeded(one.subseed))
            noise = slerp(one.subseed_strength, noise, other)
        return noise if small is None else _centred(noise, normal(self.shape, generator))

    def _resized_shape(self, one: Seeded) -> Shape | None:
        if one.seed_resize_from is None or len(self.shape) != 3:
            return None
        width, height = one.seed_resize_from
        channels, rows, columns = self.shape
        shape = channels, height * rows // one.height, width * columns // one.width
        return None if shape == self.shape or not all(shape) else shape


def _centred(noise: torch.Tensor, canvas: torch.Tensor) -> torch.Tensor:
    """`noise` in the middle of `canvas`, cut where it is larger."""
    rows, columns = (min(a, b) for a, b in zip(noise.shape[1:], canvas.shape[1:], strict=True))
    top, left = ((n - m) // 2 for n, m in zip(canvas.shape[1:], (rows, columns), strict=True))
    down, right = ((n - m) // 2 for n, m in zip(noise.shape[1:], (rows, columns), strict=True))
    canvas[:, top : top + rows, left : left + columns] = noise[
        :, down : down + rows, right : right + columns
    ]
    return canvas
