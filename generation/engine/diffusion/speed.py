"""What makes the network's call faster without changing the picture by more than rounding.

On CUDA: channels last, TF32, and attention's projections joined (fusing.py): each saves a GPU the
starts of small kernels. On a CPU channels last cost 10 %, and joined projections gained nothing.

EASEL_ENGINE_COMPILE=on: torch.compile, on any device. It takes minutes for each architecture, so
all of it is done before the first request, at sizes and numbers of pictures that stay open; after
that nothing is ever compiled. A call that the compiled code does not cover (tiling, ControlNet, a
size that its levels cannot halve) runs as it is, like every call without compiling.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from weakref import WeakSet

import torch

from generation.engine.diffusion import passes
from generation.engine.diffusion.families import Family
from generation.engine.diffusion.loading import Loaded
from generation.engine.diffusion.memory import Offload

log = logging.getLogger(__name__)

VARIABLE = "EASEL_ENGINE_COMPILE"
WORDS = {"on": True, "off": False, "": False}
STANCE = "eager_on_recompile"
"""torch's word for: compiled code is run, and never made. It holds for the whole process, so only
the thread that paints changes it."""
SIZES = {Family.SD1: (512, 576), Family.SD2: (768, 832)}
LARGE = (1024, 960)
"""What is painted while compiling, pixels. No side is another's, nor a text's length: equal numbers
would be taken for one that is always equal. On a CPU a convolution of one small picture is another
kernel, so that sizes far below these are not covered there."""


def wished() -> bool:
    """Raises ValueError for a word that is not known."""
    word = os.environ.get(VARIABLE, "off").strip().lower()
    if word not in WORDS:
        raise ValueError(f"{VARIABLE}: {word!r} is neither on nor off")
    return WORDS[word]


class Speed:
    def __init__(
        self,
        device: torch.device,
        compiled: bool | None = None,
        *,
        backend: str | Callable[..., object] = "inductor",
    ) -> None:
        """`backend`: torch.compile's."""
        self.device = device
        self.compiled = wished() if compiled is None else compiled
        self._backend = backend
        self._warm: WeakSet[torch.nn.Module] = WeakSet()
        if self.compiled:
            torch.compiler.set_stance(STANCE)
        if device.type == "cuda":
            torch.backends.cuda.matmul.allow_tf32 = True

    def prepared(self, loaded: Loaded) -> Loaded:
        """The same object, its networks rearranged. Called once after loading."""
        loaded.fuses = self.device.type == "cuda"
        if self.device.type == "cuda" and loaded.family is not Family.SVD:
            loaded.unet.to(memory_format=torch.channels_last)
            loaded.vae.to(memory_format=torch.channels_last)
        if self._compiles(loaded):
            # What cannot be compiled (no C compiler, a strange module) runs as it is.
            torch._dynamo.config.suppress_errors = True
            # In place: the module stays what LoRAs, ControlNets and the cache know.
            loaded.unet.compile(dynamic=True, backend=self._backend)
        return loaded

    def warmed(self, loaded: Loaded) -> None:
        """Compiles a checkpoint that lies on its device. Of one architecture only the first takes
        long: the others run the same code.
        """
        ready = loaded.offload is Offload.NONE and loaded.unet not in self._warm
        if not ready or not self._compiles(loaded):
            return
        self._warm.add(loaded.unet)
        log.info("%s: being compiled; this may take minutes", loaded.item.name)
        began = time.monotonic()
        torch.compiler.set_stance("default")
        try:
            for scale in (7.0, 1.0):  # twice each picture, and once: a batch of one is its own code
                passes.sample([self._trial(loaded, scale)], loaded, lambda *_: None)
        finally:
            torch.compiler.set_stance(STANCE)
        log.info("%s: compiled in %.0f s", loaded.item.name, time.monotonic() - began)

    def _compiles(self, loaded: Loaded) -> bool:
        return self.compiled and loaded.family is not Family.SVD

    @staticmethod
    def _trial(loaded: Loaded, scale: float) -> passes.Pass:
        width, height = SIZES.get(loaded.family, LARGE)
        return passes.Pass(
            prompt="a boat", negative_prompt="blurry", width=width, height=height, steps=1,
            cfg_scale=scale, sampler="Euler",
        )  # fmt: skip
