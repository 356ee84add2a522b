"""What makes the network's call faster without changing the picture by more than rounding.

On CUDA: channels last and TF32. EASEL_ENGINE_COMPILE=on: torch.compile, on any device. It is off
unless asked for: it costs minutes at the first picture, and again at the first of another size,
of tiling, of a scale of 1 (LoRAs and seeds cost nothing), and its gain was never measured.
Joined projections (fusing.py) save a GPU the starts of small kernels; on a CPU they are no gain.
Channels last cost 10 % there.
"""

from __future__ import annotations

import logging
import os

import torch

from generation.engine.diffusion.families import Family
from generation.engine.diffusion.loading import Loaded

log = logging.getLogger(__name__)

VARIABLE = "EASEL_ENGINE_COMPILE"
WORDS = {"on": True, "off": False, "": False}


def wished() -> bool:
    """Raises ValueError for a word that is not known."""
    word = os.environ.get(VARIABLE, "off").strip().lower()
    if word not in WORDS:
        raise ValueError(f"{VARIABLE}: {word!r} is neither on nor off")
    return WORDS[word]


class Speed:
    def __init__(self, device: torch.device, compiled: bool | None = None) -> None:
        self.device = device
        self.compiled = wished() if compiled is None else compiled
        if device.type == "cuda":
            torch.backends.cuda.matmul.allow_tf32 = True

    def prepared(self, loaded: Loaded) -> Loaded:
        """The same object, its networks rearranged. Called once after loading."""
        loaded.fuses = self.device.type == "cuda"
        if self.device.type == "cuda" and loaded.family is not Family.SVD:
            loaded.unet.to(memory_format=torch.channels_last)
            loaded.vae.to(memory_format=torch.channels_last)
        if self.compiled:
            # In place: the module stays what LoRAs, ControlNets and the cache know.
            loaded.unet.compile(dynamic=True)
            # What cannot be compiled (no C compiler, a strange module) runs as it is.
            torch._dynamo.config.suppress_errors = True
            log.info("%s: compiled at its first picture", loaded.item.name)
        return loaded
