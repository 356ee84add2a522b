"""LoRAs merged into a loaded model's weights, and taken out again without a trace.

The layers that a LoRA touches are kept as they were, in main memory; what is taken out is put back
bit by bit. A model whose LoRAs stay the same from one picture to the next is not touched.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import torch

from generation.engine.diffusion import lora_files
from generation.engine.diffusion.families import Family
from generation.engine.diffusion.lora_files import DENOISER, Layer, LoraFault

CACHED_BYTES = 1 << 30
"""LoRA files kept in main memory; one for SDXL is 50 to 200 MB."""


class Model(Protocol):
    """What is read of a loaded model."""

    family: Family
    unet: Any
    text_encoders: list[Any]


@dataclass(frozen=True)
class Wanted:
    """A LoRA and its weights."""

    name: str
    path: Path
    sha256: str
    denoiser: float = 1.0
    text_encoder: float = 1.0


@dataclass
class _State:
    """What is merged into one module, and the weights that were there before."""

    applied: tuple[tuple[str, float], ...] = ()
    originals: dict[str, torch.Tensor] = field(default_factory=dict)


_STATES: WeakKeyDictionary[torch.nn.Module, _State] = WeakKeyDictionary()
_FILES: OrderedDict[tuple[str, int, int], lora_files.Tensors] = OrderedDict()


def applied_to(module: torch.nn.Module) -> tuple[tuple[str, float], ...]:
    """(sha256, weight) of the LoRAs in a denoiser or a text encoder, in their order."""
    state = _STATES.get(module)
    return state.applied if state else ()


def forget(module: torch.nn.Module) -> None:
    """The module's weights are as they were loaded: somebody else has put them back."""
    _STATES.pop(module, None)


@torch.no_grad()
def apply(model: Model, wanted: Sequence[Wanted]) -> None:
    """Make these, and only these, the model's LoRAs. The same file twice counts twice.

    Raises LoraFault or BadWeights, before anything is changed, where one does not fit.
    """
    modules = _modules(model)
    goals = {component: _goal(component, wanted) for component in modules}
    if all(applied_to(modules[component]) == goal for component, goal in goals.items()):
        return
    sets = [(want, _layers(want, model.family, modules)) for want in wanted]
    for component, module in modules.items():
        if applied_to(module) != goals[component]:
            _merge(component, module, goals[component], sets)


def remove(model: Model) -> None:
    apply(model, ())


def _modules(model: Model) -> dict[str, torch.nn.Module]:
    encoders = {str(n): e for n, e in enumerate(model.text_encoders) if e is not None}
    return {DENOISER: model.unet, **encoders}


def _weight(component: str, want: Wanted) -> float:
    return want.denoiser if component == DENOISER else want.text_encoder


def _goal(component: str, wanted: Sequence[Wanted]) -> tuple[tuple[str, float], ...]:
    pairs = ((want.sha256 or str(want.path), _weight(component, want)) for want in wanted)
    return tuple(pair for pair in pairs if pair[1])


def _layers(
    want: Wanted, family: Family, modules: dict[str, torch.nn.Module]
) -> dict[tuple[str, str], Layer]:
    try:
        return lora_files.layers(_tensors(want.path), family, modules)
    except LoraFault as fault:
        raise LoraFault(f"LoRA {want.name!r}: {fault}") from fault


def _tensors(path: Path) -> lora_files.Tensors:
    stat = path.stat()
    key = (str(path), stat.st_mtime_ns, stat.st_size)
    if key not in _FILES:
        _FILES[key] = lora_files.read(path)
    _FILES.move_to_end(key)
    while len(_FILES) > 1 and sum(size for _, _, size in _FILES) > CACHED_BYTES:
        _FILES.popitem(last=False)
    return _FILES[key]


def _merge(
    component: str,
    module: torch.nn.Module,
    goal: tuple[tuple[str, float], ...],
    sets: Sequence[tuple[Wanted, dict[tuple[str, str], Layer]]],
) -> None:
    state = _STATES.setdefault(module, _State())
    layers: dict[str, list[tuple[Layer, float]]] = {}
    for want, found in sets:
        for (owner, path), layer in found.items():
            if owner == component and _weight(component, want):
                layers.setdefault(path, []).append((layer, _weight(component, want)))
    state.applied = (("unknown", 0.0),)  # should a merge fail in the middle, the next starts anew
    for path in [*state.originals]:
        _parameter(module, path).copy_(state.originals[path])
        if path not in layers:
            del state.originals[path]
    for path, changes in layers.items():
        parameter = _parameter(module, path)
        if path not in state.originals:
            state.originals[path] = parameter.to("cpu", copy=True)
        merged: torch.Tensor = parameter
        for layer, weight in changes:
            merged = layer.merged(merged, weight)
        parameter.copy_(merged)
    state.applied = goal


def _parameter(module: torch.nn.Module, path: str) -> torch.Tensor:
    """A layer's weight, to be changed in place."""
    layer = module.get_submodule(path)
    weight = layer.weight
    assert isinstance(weight, torch.Tensor)
    if weight.is_meta:  # accelerate has it in RAM, and brings it for the layer's turn
        waiting: torch.Tensor = layer._hf_hook.weights_map["weight"]  # type: ignore[index, union-attr]
        return waiting
    return weight.data
