"""Pictures without seams: while it lasts, convolutions see the opposite edge beyond an edge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from generation.engine.diffusion.loading import Loaded


@contextmanager
def seamless(loaded: Loaded, wanted: bool) -> Iterator[None]:
    """Undone at the end, also after an error."""
    changed: list[tuple[torch.nn.Conv2d, str]] = []
    if wanted:
        for network in (loaded.unet, loaded.vae):
            for module in network.modules():
                if isinstance(module, torch.nn.Conv2d):
                    changed.append((module, module.padding_mode))
                    module.padding_mode = "circular"
    try:
        yield
    finally:
        for module, mode in changed:
            module.padding_mode = mode  # type: ignore[assignment]
