"""What makes the network's call faster without changing the picture by more than rounding.

On CUDA: channels last, TF32, and attention's projections joined (fusing.py): each saves a GPU the
starts of small kernels. On a CPU channels last cost 10 %, and joined projections gain only where
the starts of kernels weigh.

EASEL_ENGINE_COMPILE=on, or sizes (512x512,768x1024): torch.compile, on any device. It takes minutes
for each architecture, so all of it is done before the first request, at sizes and numbers of
pictures that stay open; after that nothing is ever compiled. A call that the compiled code does
not cover (tiling, ControlNet, a size that its levels cannot halve) runs as it is, like every call
without compiling. Sizes that are named are what is painted while compiling: they are covered for
certain, others where the same code fits them.
"""

from __future__ import annotations

import logging
import os
import re
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
Size = tuple[int, int]
"""Width and height of a picture, pixels."""
OFF = ("", "off")
STANCE = "eager_on_recompile"
"""torch's word for: compiled code is run, and never made. It holds for the whole process, so only
the thread that paints changes it."""
SIZES = {Family.SD1: (512, 576), Family.SD2: (768, 832)}
LARGE = (1024, 960)
"""What is painted while compiling, pixels. No side is another's, nor a text's length: equal numbers
would be taken for one that is always equal. On a CPU a convolution of a small picture is another
kernel: sizes far below these are covered there only where they are named."""
VARIANTS = 64
"""How many compiled forms of one network torch keeps: a family has two for each size; its own bound
is eight, and what is beyond would run as it is."""


def wished() -> tuple[Size, ...] | None:
    """The sizes that are named, none for `on`; None where nothing is to be compiled. Raises
    ValueError for what is none of these.
    """
    words = os.environ.get(VARIABLE, "").strip().lower()
    if words in OFF:
        return None
    if words == "on":
        return ()
    return tuple(_size(word) for word in words.replace(",", " ").split() or [words])


def _size(word: str) -> Size:
    found = re.fullmatch(r"(\d{2,4})x(\d{2,4})", word)
    if not found or any(int(side) % 8 for side in found.groups()):
        raise ValueError(
            f"{VARIABLE}: {word!r} is neither on nor off, nor a size like 512x768 in steps of 8"
        )
    return int(found[1]), int(found[2])


class Speed:
    def __init__(
        self,
        device: torch.device,
        compiled: bool | None = None,
        *,
        sizes: tuple[Size, ...] | None = None,
        backend: str | Callable[..., object] = "inductor",
    ) -> None:
        """`sizes`: painted while compiling, instead of the family's own. `backend`:
        torch.compile's. What is not given is as the environment says.
        """
        named = wished() if compiled is None or sizes is None else sizes
        self.device = device
        self.compiled = (named is not None) if compiled is None else compiled
        self.sizes = (named or ()) if sizes is None else sizes
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
            torch._dynamo.config.recompile_limit = VARIANTS
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
            for size in self.sizes or (SIZES.get(loaded.family, LARGE),):
                for scale in (7.0, 1.0):  # twice each picture, and once: one alone is its own code
                    passes.sample([_trial(size, scale)], loaded, lambda *_: None)
        finally:
            torch.compiler.set_stance(STANCE)
        log.info("%s: compiled in %.0f s", loaded.item.name, time.monotonic() - began)

    def _compiles(self, loaded: Loaded) -> bool:
        return self.compiled and loaded.family is not Family.SVD


def _trial(size: Size, scale: float) -> passes.Pass:
    return passes.Pass(
        prompt="a boat", negative_prompt="blurry", width=size[0], height=size[1], steps=1,
        cfg_scale=scale, sampler="Euler",
    )  # fmt: skip
