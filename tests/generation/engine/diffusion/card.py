"""A GPU for tests on machines without one: tensors that say they lie on cuda:0, and lie in RAM.

    with Card() as card:                        # after `install` has replaced torch.cuda
        picture = DiffusersPainter(models, "cuda:0").paint([job], report)

What a GPU refuses is refused here: tensors of two devices in one call, numpy of a tensor that is
not in RAM. `card.waits` has each call for which Python would wait until the GPU is done. Sums are
the CPU's, so pictures are comparable; speed, streams and the GPU's own kernels are not tested.
"""

from __future__ import annotations

from typing import Any, Self

import pytest
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map

from generation.engine.diffusion import memory
from generation.engine.diffusion.painter import DiffusersPainter

CUDA, CPU = torch.device("cuda:0"), torch.device("cpu")
NAMED = ["cpu", "cuda", "cuda:0"]
READS = {
    Tensor.item, Tensor.tolist, Tensor.__bool__, Tensor.__float__, Tensor.__int__,
    Tensor.__index__, Tensor.nonzero, torch.nonzero, torch.equal, Tensor.equal, Tensor.unique,
}  # fmt: skip
"""What answers the host with a value, so that it has to wait."""
COPIES = {Tensor.to, Tensor.cpu, Tensor.copy_}
"""What may go from one device to the other."""
NAMES = {torch.device, torch._C._nn._parse_to, torch._has_compatible_shallow_copy_type}
"""Asked of devices, not of tensors."""


class OnCard(Tensor):
    def __new__(cls, data: Tensor, requires_grad: bool = False) -> Tensor:  # type: ignore[misc]
        """As accelerate makes a parameter anew after its old one's class."""
        return data if isinstance(data, OnCard) else nn.Parameter(data, requires_grad)

    device = property(lambda self: CUDA)  # type: ignore[assignment]
    is_cuda = property(lambda self: True)  # type: ignore[assignment]


class Card(TorchFunctionMode):
    def __init__(self) -> None:
        super().__init__()
        self.waits: list[str] = []
        self._pinned: set[int] = set()
        """Addresses in RAM from which a GPU can fetch by itself."""

    def __enter__(self) -> Self:
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in NAMES:
            return func(*args, **kwargs)
        if func is Tensor.pin_memory:
            return self._pin(args[0].clone())
        leaves = tree_leaves((args, kwargs))
        tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor)]
        here = [tensor for tensor in tensors if isinstance(tensor, OnCard)]
        goes = _goes(func, args, kwargs)
        if not here and goes != CUDA:
            return func(*args, **kwargs)
        self._judge(func, tensors, here)
        self._note(func, args, kwargs, goes)
        args, kwargs = tree_map(_in_ram, (args, kwargs))
        with torch._C.DisableTorchFunctionSubclass():
            out = func(*args, **kwargs)
        if goes == CPU:
            return out.detach().clone().as_subclass(Tensor)
        if func is Tensor.copy_:
            return out
        if func is Tensor.to and not isinstance(args[0], OnCard):
            return out.clone().as_subclass(OnCard)  # what lies in RAM stays there
        known = {id(tensor) for tensor in tensors}
        return tree_map(lambda one: one if id(one) in known else _carried(one), out)

    def _pin(self, tensor: Tensor) -> Tensor:
        self._pinned.add(_address(tensor))
        return tensor

    @staticmethod
    def _judge(func: Any, tensors: list[Tensor], here: list[Tensor]) -> None:
        if func is Tensor.numpy:
            raise TypeError("can't convert cuda:0 device type tensor to numpy")
        away = [one for one in tensors if not isinstance(one, OnCard) and one.dim()]
        if here and away and func not in COPIES:
            raise RuntimeError(f"{func.__name__}: tensors on cuda:0 and cpu")

    def _note(self, func: Any, args: Any, kwargs: Any, goes: torch.device | None) -> None:
        name = getattr(func, "__name__", str(func))
        if func is Tensor.copy_:
            source, target = args[1], args[0]
        else:
            source, target = args[0] if args else None, None
        comes = func in COPIES and not isinstance(source, OnCard)
        if func in READS or goes == CPU or (target is not None and not isinstance(target, OnCard)):
            self.waits.append(name)
        elif func is Tensor.__getitem__ and any(
            isinstance(one, Tensor) and one.dtype == torch.bool for one in tree_leaves(args[1])
        ):
            self.waits.append("a mask as an index")
        elif comes and not (_address(source) in self._pinned and kwargs.get("non_blocking")):
            self.waits.append(f"{name} from RAM that is not pinned")


def _goes(func: Any, args: Any, kwargs: Any) -> torch.device | None:
    """Where the result of a call lies that names a device, or a tensor to follow."""
    if func is Tensor.cpu:
        return CPU
    for one in tree_leaves((args[1:], kwargs) if func is Tensor.to else (args, kwargs)):
        if isinstance(one, Tensor) and func is Tensor.to:
            return one.device
        if isinstance(one, torch.device) or (isinstance(one, str) and one in NAMED):
            return CPU if torch.device(one).type == "cpu" else CUDA
    return None


def _in_ram(one: Any) -> Any:
    if isinstance(one, torch.device):
        return CPU
    return CPU if isinstance(one, str) and one in NAMED else one


def _address(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _carried(one: Any) -> Any:
    return one.as_subclass(OnCard) if isinstance(one, Tensor) else one


class CardPainter(DiffusersPainter):
    """Paints on the card, in whatever thread it is asked."""

    def __init__(self, *args: Any, **words: Any) -> None:
        self.card = Card()
        super().__init__(*args, **words)

    def paint(self, *args: Any, **words: Any) -> Any:
        with self.card:
            return super().paint(*args, **words)

    def warm(self) -> None:
        with self.card:
            super().warm()

    def unload(self) -> None:
        with self.card:
            super().unload()


def install(patch: pytest.MonkeyPatch) -> None:
    """torch.cuda as where there is a card with 80 GiB."""

    def put(holder: nn.Module, name: str, data: Tensor) -> None:
        # A parameter's data changes its device by itself only where the device is real.
        if name in holder._parameters:
            holder._parameters[name] = nn.Parameter(data, requires_grad=False)
        else:
            holder._buffers[name] = data

    patch.setattr(memory, "_set", put)
    patch.setattr(torch.cuda, "_lazy_init", lambda: None)
    patch.setattr(torch.cuda, "synchronize", lambda *_: None)
    patch.setattr(torch.cuda, "mem_get_info", lambda *_: (80 * 2**30, 80 * 2**30))
    patch.setattr(torch.cuda, "memory_reserved", lambda *_: 0)
    patch.setattr(torch.cuda, "memory_allocated", lambda *_: 0)
    patch.setattr(torch.cuda, "is_bf16_supported", lambda *_: True)
    # Module.to: new parameters, for the same reason.
    patch.setattr(torch.__future__, "_overwrite_module_params_on_conversion", True)
