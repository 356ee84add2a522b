"""Latents brought to another size: the upscalers that WebUI lists as "Latent"."""

from __future__ import annotations

from collections.abc import Mapping

import torch

# Name → mode of torch's interpolation, and whether it is antialiased.
LATENT_UPSCALERS: Mapping[str, tuple[str, bool]] = {
    "Latent": ("bilinear", False),
    "Latent (antialiased)": ("bilinear", True),
    "Latent (bicubic)": ("bicubic", False),
    "Latent (bicubic antialiased)": ("bicubic", True),
    "Latent (nearest)": ("nearest", False),
    "Latent (nearest-exact)": ("nearest-exact", False),
}


def resized(latents: torch.Tensor, rows: int, columns: int, name: str = "Latent") -> torch.Tensor:
    """(n, channels, rows, columns). Raises KeyError for a name that is not listed."""
    mode, antialias = LATENT_UPSCALERS[name]
    return torch.nn.functional.interpolate(
        latents, size=(rows, columns), mode=mode, antialias=antialias
    )
