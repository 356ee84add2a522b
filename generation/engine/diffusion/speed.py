"""What makes the network's call faster without changing the picture by more than rounding.

On CUDA: channels last, TF32, and torch.compile unless EASEL_ENGINE_COMPILE says otherwise (`on`:
on a CPU too, `off`, or `auto`, the default). Compiling costs minutes at the first picture, and
again at the first of another size, of tiling, of a scale of 1; LoRAs and seeds cost nothing.
Projections are not fused: a LoRA is merged into each of them, and a fused copy would not see it.
Channels last cost 10 % on a CPU.
"""

from __future__ import annotations

import logging
import os

import torch

from generation.engine.diffusion.families import Family
from generation.engine.diffusion.loading import Loaded

log = logging.getLogger(__name__)

VARIABLE = "EASEL_ENGINE_COMPILE"
WORDS = {"on": True, "off": False, "auto": None, "": None}


def wished() -> bool | None:
    """Raises ValueError for a word that is not known."""
    word = os.environ.get(VARIABLE, "auto").strip().lower()
    if word not in WORDS:
        raise ValueError(f"{VARIABLE}: {word!r} is none of on, off, auto")
    return WORDS[word]


class Speed:
    def __init__(self, device: torch.device, compiled: bool | None = None) -> None:
        wish = wished() if compiled is None else compiled
        self.device = device
        self.compiled = device.type == "cuda" if wish is None else wish
        if device.type == "cuda":
            torch.backends.cuda.matmul.allow_tf32 = True

    def prepared(self, loaded: Loaded) -> Loaded:
        """The same object, its networks rearranged. Called once after loading."""
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
