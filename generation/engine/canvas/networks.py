"""Upscaling and face restoring networks out of files, through spandrel; torch only from here on.

Only tensors are read from a file: safetensors, or pickles that hold nothing else.
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from enum import Enum
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

ENDINGS = frozenset({".safetensors", ".pth", ".pt", ".ckpt", ".bin"})
MOST_LOADED = 2  # networks kept; they have 1 to 350 MB

_loaded: OrderedDict[tuple[str, int, str], Any] = OrderedDict()
_lock = threading.Lock()


def load(path: Path, device: str) -> Any:
    """The spandrel descriptor of this file on ``device``, half precision where it may be on CUDA.

    Raises ValueError, naming the file: it is no such network, is damaged, or holds more than
    tensors.
    """
    try:
        key = (str(path), path.stat().st_mtime_ns, device)
    except OSError as error:
        raise ValueError(f"{path.name}: {error.strerror}") from error
    with _lock:
        if key in _loaded:
            _loaded.move_to_end(key)
            return _loaded[key]
        network = _opened(path, device)
        _loaded[key] = network
        while len(_loaded) > MOST_LOADED:
            _loaded.popitem(last=False)
        return network


def free() -> None:
    """Lets go of every network; a painter that ran out of memory calls this too."""
    with _lock:
        _loaded.clear()


def _opened(path: Path, device: str) -> Any:
    spandrel = _spandrel()
    try:
        network = spandrel.ModelLoader().load_from_state_dict(_tensors(path))
    except Exception as error:  # spandrel's architectures fail in their own ways on foreign keys
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"{path.name}: not a network that can be loaded ({reason})") from error
    network.to(device)
    if device.startswith("cuda") and network.supports_half:
        network.half()
    return network.eval()


def _tensors(path: Path) -> dict[str, torch.Tensor]:
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        safe: dict[str, torch.Tensor] = load_file(path)
        return safe
    import torch

    # Never a TorchScript archive, which spandrel's own loader takes: that is a program.
    read = torch.load(path, map_location="cpu", weights_only=True)
    tensors: dict[str, torch.Tensor] = _spandrel().canonicalize_state_dict(read)
    return tensors


def _spandrel() -> Any:
    """spandrel imports two small functions of torchvision, which is not installed here: a build
    of it that does not fit torch's breaks the import of diffusers. The stand-in is seen by
    spandrel only: it leaves sys.modules again."""
    name = "torchvision.transforms.functional"
    if "spandrel" in sys.modules or name in sys.modules:
        return import_module("spandrel")
    sys.modules[name] = _transforms(name)
    try:
        spandrel = import_module("spandrel")
    finally:
        del sys.modules[name]
    _take_more(spandrel)
    return spandrel


def _take_more(spandrel: Any) -> None:
    """CodeFormer's architecture is not for commercial use, so it is not among what Easel
    installs; an operator who may use it installs ``spandrel-extra-arches``."""
    if find_spec("spandrel_extra_arches"):
        more: Any = import_module("spandrel_extra_arches")
        spandrel.MAIN_REGISTRY.add(*more.EXTRA_REGISTRY)


class _Interpolation(Enum):
    BILINEAR = "bilinear"


def _transforms(name: str) -> ModuleType:
    module: Any = ModuleType(name)
    module.InterpolationMode = _Interpolation
    module.rotate = _rotate
    module.normalize = _normalize
    return module  # type: ignore[no-any-return]


def _normalize(image: torch.Tensor, mean: list[float], std: list[float]) -> torch.Tensor:
    """As torchvision's: per channel, (image - mean) / std. For RestoreFormer."""
    centre, spread = (image.new_tensor(values).view(-1, 1, 1) for values in (mean, std))
    return (image - centre) / spread


def _rotate(*_: object, **__: object) -> torch.Tensor:
    raise ValueError("LaMa fills holes; it neither upscales nor restores faces")
