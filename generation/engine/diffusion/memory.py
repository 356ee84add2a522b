"""Where a checkpoint's weights lie: how much room there is, and what is kept out of it.

On a GPU the weights have a master copy in pinned memory; going to the device copies from it, and
leaving the device only forgets, so that a change of checkpoint costs one transfer.
"""

from __future__ import annotations

import contextlib
import gc
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from generation.engine.diffusion import fusing, lora
from generation.engine.diffusion.building import total_bytes

if TYPE_CHECKING:
    from generation.engine.diffusion.loading import Loaded

RESERVE = 3 * 2**30
"""Kept free on a device for activations: SDXL at 1024 × 1024 with its VAE tiled takes 2.5 GiB."""
CGROUP = Path("/sys/fs/cgroup")
MEMINFO = Path("/proc/meminfo")


class Offload(StrEnum):
    """Which weights wait in RAM while a picture is painted."""

    NONE = "none"
    MODELS = "models"
    """Text encoders, diffusion model and VAE take turns on the device."""
    LAYERS = "layers"
    """Every layer comes for its own turn only: slow, and fits nearly anywhere."""


def free_bytes(device: torch.device | str) -> int:
    """What can still be allocated on the device: of RAM, below the container's limit too."""
    device = torch.device(device)
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(free + unused)
    return min(_available(), _container_bytes())


def _available() -> int:
    """MemAvailable: what programs may still take before the system swaps."""
    for line in MEMINFO.read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


def _container_bytes() -> int:
    """What the control group still allows; unlimited where there is none."""
    with contextlib.suppress(OSError, ValueError):
        limit = int((CGROUP / "memory.max").read_text())  # "max": ValueError
        return limit - int((CGROUP / "memory.current").read_text())
    return 2**63


def choose_offload(loaded: Loaded, free: int, reserve: int = RESERVE) -> Offload:
    """What has to wait in RAM, with `free` bytes on the device."""
    if loaded.bytes + reserve <= free:
        return Offload.NONE
    if max(total_bytes([module]) for module in loaded.modules()) + reserve <= free:
        return Offload.MODELS
    return Offload.LAYERS


def pin(loaded: Loaded) -> None:
    """Moves the weights into pinned memory, from which they are copied to a GPU without a stop.
    Where the system has none left they stay as they are, and the copy is slower.
    """
    with contextlib.suppress(RuntimeError):
        for module in loaded.modules():
            for holder, name, tensor in _tensors(module):
                _set(holder, name, tensor.data.pin_memory())


def wake(loaded: Loaded, device: torch.device | str) -> Loaded:
    """Brings a parked checkpoint to the device, as much of it as there is room for."""
    device = torch.device(device)
    if loaded.device != device:
        bring(loaded, device, choose_offload(loaded, free_bytes(device)))
    return loaded


def bring(loaded: Loaded, device: torch.device, offload: Offload) -> None:
    """Brings a parked checkpoint to the device in this way."""
    loaded.offload = offload
    if offload is Offload.NONE:
        lora.remove(loaded)  # masters are the checkpoint's own weights
        loaded.masters = [
            (holder, name, tensor.data)
            for module in loaded.modules()
            for holder, name, tensor in _tensors(module)
        ]
        for holder, name, master in loaded.masters:
            _set(holder, name, master.to(device, non_blocking=True, copy=True))
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        if loaded.fuses:
            fusing.fuse(loaded.unet)
    else:
        _take_turns(loaded, device)
    loaded.device = device


def park(loaded: Loaded) -> None:
    """Frees the device of a checkpoint. Its masters in RAM stay, as they were loaded."""
    if loaded.masters and loaded.fuses:
        fusing.unfuse(loaded.unet)
    if loaded.offload is not Offload.NONE:
        from accelerate.hooks import remove_hook_from_module

        for module in loaded.modules():
            remove_hook_from_module(module, recurse=True)
            module.to("cpu")
    for holder, name, master in loaded.masters:
        _set(holder, name, master)
    if loaded.masters:
        for module in loaded.modules():
            lora.forget(module)
    loaded.masters = []
    loaded.device = torch.device("cpu")
    loaded.offload = Offload.NONE


def _take_turns(loaded: Loaded, device: torch.device) -> None:
    from accelerate import cpu_offload, cpu_offload_with_hook

    if loaded.offload is Offload.LAYERS:
        for module in loaded.modules():
            cpu_offload(module, execution_device=device)
        return
    before = None
    for module in (*loaded.text_encoders, loaded.image_encoder, loaded.unet, loaded.vae):
        if module is not None:
            _, before = cpu_offload_with_hook(module, device, before)


def _tensors(module: nn.Module) -> list[tuple[nn.Module, str, torch.Tensor]]:
    """Every parameter and buffer with the module that holds it, each once."""
    found: dict[int, tuple[nn.Module, str, torch.Tensor]] = {}
    for holder in module.modules():
        own = [*holder.named_parameters(recurse=False), *holder.named_buffers(recurse=False)]
        for name, tensor in own:
            found.setdefault(id(tensor), (holder, name, tensor))
    return list(found.values())


def _set(holder: nn.Module, name: str, data: torch.Tensor) -> None:
    if name in holder._parameters:
        parameter = holder._parameters[name]
        assert parameter is not None
        parameter.data = data
    else:
        holder._buffers[name] = data


def give_back(*, thoroughly: bool = True) -> None:
    """Returns what is free to the device and to the system. `thoroughly` takes up to a second: it
    looks for circles of references too, which the weights of a model are not in.
    """
    if thoroughly:
        gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
