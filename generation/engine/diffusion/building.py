"""Models made from a configuration and tensors: nothing is initialised, nothing is missing.

Everything here may run in a thread beside a painting one: no global is changed while it runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from generation.engine.diffusion.checks import (
    SAFE,
    BadWeights,
    Header,
    pickled_tensors,
    read_header,
)

Tensors = dict[str, torch.Tensor]


def read_tensors(path: Path) -> Tensors:
    """All tensors of a file on the CPU, without the prefixes of wrappers. Raises BadWeights."""
    if path.suffix not in SAFE:
        return pickled_tensors(path)
    _check_quantisation(path, read_header(path))
    try:
        tensors: Tensors = load_file(path)
    except (SafetensorError, OSError) as error:
        raise BadWeights(path, f"cannot be read ({error})") from error
    return tensors


# Numbers that mean nothing without a scale beside them: bitsandbytes', and ComfyUI's scaled fp8
QUANTISED = (".absmax", ".quant_map", ".scale_weight", ".weight_scale", "scaled_fp8")


def _check_quantisation(path: Path, header: Header) -> None:
    """Loaded as plain weights, such files would paint noise."""
    for name in header.shapes:
        if name.endswith(QUANTISED):
            reason = f"quantised weights ({name}); plain safetensors and GGUF are read"
            raise BadWeights(path, reason)


def without_prefix(tensors: Mapping[str, torch.Tensor], *prefixes: str) -> Tensors:
    """The tensors whose names begin with the first prefix that occurs, without it."""
    for prefix in prefixes:
        found = {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
        if found:
            return found
    return {}


def shapes_of(tensors: Mapping[str, torch.Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def build(
    kind: type[Any],
    config: Any,
    tensors: Mapping[str, torch.Tensor],
    path: Path,
    dtype: torch.dtype,
    device: torch.device | str = "cpu",
) -> Any:
    """A model of this class in evaluation mode, with these weights in `dtype` on `device`.

    `config` is a dictionary for a class of diffusers, a configuration for one of transformers.
    Raises BadWeights where a tensor is missing or of another shape; tensors that the model does
    not have are left out.
    """
    with torch.device("meta"):
        model = kind.from_config(config) if isinstance(config, dict) else kind(config)
    wanted = model.state_dict()
    _same_shapes(path, kind.__name__, wanted, tensors)
    # Copied, so that no weight lies in the mapped file, which may change below us.
    weights = {n: _copied(tensors[n], dtype, device) for n in wanted if n in tensors}
    model.load_state_dict(weights, strict=False, assign=True)
    _fill_buffers(model, device)
    return model.requires_grad_(False).eval()


def _copied(tensor: torch.Tensor, dtype: torch.dtype, device: torch.device | str) -> torch.Tensor:
    wanted = dtype if tensor.is_floating_point() else tensor.dtype
    return tensor.to(device=device, dtype=wanted, copy=True)


def _same_shapes(
    path: Path,
    name: str,
    wanted: Mapping[str, torch.Tensor],
    found: Mapping[str, torch.Tensor],
) -> None:
    missing = sorted(wanted.keys() - found.keys())
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise BadWeights(path, f"{name} lacks {missing[0]}{more}")
    for key, tensor in wanted.items():
        if found[key].shape != tensor.shape:
            shapes = f"{tuple(found[key].shape)}, not {tuple(tensor.shape)}"
            raise BadWeights(path, f"{name}: {key} is {shapes}")


def _fill_buffers(model: nn.Module, device: torch.device | str) -> None:
    """What is not in a file, and was made on the meta device: the positions 0, 1, 2 …"""
    for module in model.modules():
        for name, buffer in list(module.named_buffers(recurse=False)):
            if not buffer.is_meta:
                module.register_buffer(name, buffer.to(device), persistent=_kept(module, name))
            elif name == "position_ids":
                positions = torch.arange(buffer.shape[-1], device=device).expand(buffer.shape)
                module.register_buffer(name, positions, persistent=False)
            else:
                raise RuntimeError(f"{type(module).__name__}.{name} is in no file")


def _kept(module: nn.Module, name: str) -> bool:
    return name not in module._non_persistent_buffers_set


def total_bytes(models: Iterable[nn.Module | None]) -> int:
    """What the weights of these models take, each counted once."""
    sizes = {
        tensor.data_ptr(): tensor.numel() * tensor.element_size()
        for model in models
        if model is not None
        for tensor in (*model.parameters(), *model.buffers())
    }
    return sum(sizes.values())
