"""Between pictures and latents."""

from __future__ import annotations

import logging
from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from PIL import Image

from generation.engine.diffusion.loading import Loaded

if TYPE_CHECKING:
    from generation.engine.diffusion.passes import Pass

log = logging.getLogger(__name__)

TILED_FROM = 1536 * 1536
"""Pixels above which a VAE works in tiles: the activations of 2048 × 2048 take 14 GB in halves."""
_COLOURS: WeakKeyDictionary[torch.nn.Module, torch.Tensor] = WeakKeyDictionary()


def factor(vae: Any) -> int:
    """Pixels a side of one latent."""
    config = vae.config
    blocks = getattr(config, "block_out_channels", None) or config.decoder_block_out_channels
    return int(2 ** (len(blocks) - 1))


def channels(vae: Any) -> int:
    return int(vae.config.latent_channels)


def as_tensor(image: Image.Image, loaded: Loaded) -> torch.Tensor:
    """(1, 3, height, width), -1 … 1, as the VAE takes it."""
    values = torch.from_numpy(np.array(image.convert("RGB"), dtype=np.float32) / 255.0)
    values = 2.0 * values.permute(2, 0, 1)[None] - 1.0
    vae = _ready(loaded.vae, image.width * image.height)
    return values.to(device=loaded.device, dtype=vae.dtype)


def as_pictures(values: torch.Tensor) -> list[Image.Image]:
    """(n, 3, height, width), -1 … 1 → RGB."""
    scaled = (values.float() / 2 + 0.5).clamp(0, 1).permute(0, 2, 3, 1).cpu().numpy()
    return [Image.fromarray(picture) for picture in (scaled * 255).round().astype(np.uint8)]


@torch.inference_mode()
def pictures(loaded: Loaded, latents: torch.Tensor) -> list[Image.Image]:
    """One after the other: a batch takes no more memory than one, and gives the same pixels.
    Raises ArithmeticError for latents that are no numbers.
    """
    _check(latents)
    return [as_pictures(_decoded(loaded, one[None]))[0] for one in latents]


@torch.inference_mode()
def frames(loaded: Loaded, latents: torch.Tensor, together: int = 4) -> list[Image.Image]:
    """(frames, channels, rows, columns) of a video; so many are decoded in one go."""
    _check(latents)
    parts = latents.split(together)
    return [f for part in parts for f in as_pictures(_decoded(loaded, part, num_frames=len(part)))]


def _decoded(loaded: Loaded, latents: torch.Tensor, **words: int) -> torch.Tensor:
    vae = loaded.vae
    _ready(vae, latents.shape[-1] * latents.shape[-2] * factor(vae) ** 2)
    values = latents / scaling(vae) + shift(vae)

    def decode() -> torch.Tensor:
        decoded: torch.Tensor = vae.decode(values.to(vae.dtype), return_dict=False, **words)[0]
        return decoded

    return _in_numbers(vae, decode)


def _check(values: torch.Tensor) -> None:
    """A picture of what is no number would be black, and paid for."""
    if not _is_finite(values):
        raise ArithmeticError(
            "no picture: the model's numbers overflowed (NaN). Its weights, or those of a VAE, "
            "LoRA or ControlNet, are damaged, do not belong together, or weigh too much"
        )


def _is_finite(values: torch.Tensor) -> bool:
    return bool(torch.isfinite(values).all())


def _in_numbers(vae: Any, run: Callable[[], torch.Tensor]) -> torch.Tensor:
    """What `run` answers. Some VAEs overflow in halves: then once more in full precision, in which
    it stays. Raises ArithmeticError where that is no number either.
    """
    values = run()
    if vae.dtype == torch.float16 and not _is_finite(values):
        log.warning("a VAE overflows in float16 and goes on in float32")
        vae.register_to_config(force_upcast=True)
        vae.to(torch.float32)
        values = run()
    _check(values)
    return values


@torch.inference_mode()
def latents(loaded: Loaded, image: Image.Image) -> torch.Tensor:
    """(1, channels, height / f, width / f), float32: the middle of what the VAE thinks likely, so
    that a picture has one encoding.
    """
    return (raw_latents(loaded, as_tensor(image, loaded)) - shift(loaded.vae)) * scaling(loaded.vae)


def raw_latents(loaded: Loaded, values: torch.Tensor) -> torch.Tensor:
    """Unscaled, as edit models see them."""

    def encode() -> torch.Tensor:
        encoded = loaded.vae.encode(values.to(loaded.vae.dtype))
        if hasattr(encoded, "latent_dist"):
            middle: torch.Tensor = encoded.latent_dist.mode()
            return middle.float()
        plain: torch.Tensor = encoded.latents  # AutoencoderTiny
        return plain.float()

    return _in_numbers(loaded.vae, encode)


def scaling(vae: Any) -> float:
    return float(vae.config.scaling_factor)


def shift(vae: Any) -> float:
    return float(getattr(vae.config, "shift_factor", None) or 0.0)


def _ready(vae: Any, pixels: int) -> Any:
    if getattr(vae.config, "force_upcast", False) and vae.dtype == torch.float16:
        vae.to(torch.float32)  # SDXL's overflows in halves and gives black pictures
    if hasattr(vae, "enable_tiling"):
        if pixels > TILED_FROM:
            vae.enable_tiling()
        else:
            vae.disable_tiling()
    return vae


def latent_mask(one: Pass, given: torch.Tensor) -> torch.Tensor:
    """(1, 1, rows, columns), 1 where it is repainted: each latent the mean of its pixels."""
    assert one.mask is not None
    rows, columns = given.shape[-2:]
    small = one.mask.convert("L").resize((columns, rows), Image.Resampling.BOX)
    mask = torch.from_numpy(np.array(small, dtype=np.float32) / 255.0)[None, None]
    if one.mask_round:
        mask = (mask >= 0.5).float()
    return mask.to(given.device)


# --- previews -----------------------------------------------------------------------------------


@torch.inference_mode()
def preview(loaded: Loaded, clean: torch.Tensor) -> Image.Image:
    """One picture's x0, (channels, rows, columns) → RGB, one pixel a latent: no VAE, a matrix."""
    matrix = _colours(loaded).to(clean.device)
    flat = clean.float().flatten(1)
    colours = matrix[:, :-1] @ flat + matrix[:, -1:]
    rows, columns = clean.shape[-2:]
    return as_pictures(colours.reshape(1, 3, rows, columns))[0]


def _colours(loaded: Loaded) -> torch.Tensor:
    """(3, channels + 1): latents → colour, the best line through what this VAE makes of 27 plain
    colours. Found once for each VAE.
    """
    vae = loaded.vae
    if vae not in _COLOURS:
        levels = np.linspace(0, 255, 3).round().astype(int)
        side = 4 * factor(vae)
        wanted, seen = [], []
        for colour in product([int(level) for level in levels], repeat=3):
            patch = latents(loaded, Image.new("RGB", (side, side), colour))
            seen.append(patch[0].mean((1, 2)))
            wanted.append(torch.tensor(colour) / 127.5 - 1)
        known = torch.stack(seen).float().cpu()
        known = torch.cat([known, torch.ones(len(known), 1)], 1)
        answer = torch.linalg.lstsq(known, torch.stack(wanted)).solution
        _COLOURS[vae] = answer.T.contiguous()
    return _COLOURS[vae]
