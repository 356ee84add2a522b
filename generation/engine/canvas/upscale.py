"""Upscalers that WebUI lists: Lanczos, Nearest, and networks that lie in the models folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from generation.engine.painter import Extra, OutOfMemory

if TYPE_CHECKING:
    import torch

Size = tuple[int, int]
NONE = "None"
BUILT_IN = (Extra(NONE), Extra("Lanczos"), Extra("Nearest"))
"""Of every painter."""
TILE = 256
"""Pixels of the input that a network sees at once: 1.3 GB for the largest ESRGAN."""
MARGIN = 16
"""Pixels around a tile that it sees too and that are thrown away: no seams."""
SMALLEST_TILE = 64
MOST_RUNS = 3
"""A 2 × network reaches 8 ×; what is missing after that is Lanczos's."""

Step = Callable[[int, int], None]


def upscale(
    image: Image.Image,
    name: str,
    size: Size,
    upscalers: Sequence[Extra] = (),
    *,
    device: str = "cpu",
    report: Step | None = None,
) -> Image.Image:
    """RGB of exactly ``size``. ``report(done, all)`` is called after each tile of a network and
    may raise to end the work.

    Raises ValueError for an upscaler that is not there or cannot be loaded, OutOfMemory.
    """
    offered = find(name, upscalers)
    image = image.convert("RGB")
    if offered.path:
        image = _by_network(image, Path(offered.path), size, device, report)
    nearest = offered.name == "Nearest"
    sampling = Image.Resampling.NEAREST if nearest else Image.Resampling.LANCZOS
    return image.copy() if image.size == size else image.resize(size, sampling)


def find(name: str, upscalers: Sequence[Extra] = ()) -> Extra:
    """By its name, whatever its case; "" is Lanczos, as in WebUI's resizing."""
    wanted = (name or "Lanczos").casefold()
    offered = (*BUILT_IN, *upscalers)
    for extra in offered:
        if wanted in (extra.name.casefold(), Path(extra.name).stem.casefold()):
            return extra
    names = ", ".join(extra.name for extra in offered)
    raise ValueError(f"upscaler: no {name!r}; there is {names}")


def _by_network(
    image: Image.Image, path: Path, size: Size, device: str, report: Step | None
) -> Image.Image:
    """Run until it is large enough; a network of scale 1 (denoise, deblur) runs once."""
    from generation.engine.canvas import networks

    network = networks.load(path, device)
    if getattr(network, "purpose", "") not in ("SR", "Restoration"):
        raise ValueError(f"{path.name}: {network.architecture.name} is not an upscaler")
    for run in range(MOST_RUNS):
        is_large = image.width >= size[0] and image.height >= size[1]
        if is_large and (run or image.size != size or network.scale > 1):
            break
        image = _tiled(image, network, report)
        if network.scale == 1:
            break
    return image


def _tiled(image: Image.Image, network: Any, report: Step | None) -> Image.Image:
    """Tries smaller tiles before it gives up for want of memory."""
    import torch

    tile = TILE
    while True:
        try:
            with torch.inference_mode():
                return _run(image, network, tile, report)
        except torch.OutOfMemoryError as error:
            torch.cuda.empty_cache()
            tile //= 2
            if tile < SMALLEST_TILE:
                raise OutOfMemory(f"out of memory while upscaling {image.size}") from error


def _run(image: Image.Image, network: Any, tile: int, report: Step | None) -> Image.Image:
    scale = int(network.scale)
    done = Image.new("RGB", (image.width * scale, image.height * scale))
    boxes = _boxes(image.size, tile)
    for number, (left, top, right, bottom) in enumerate(boxes, 1):
        outer = (
            max(left - MARGIN, 0),
            max(top - MARGIN, 0),
            min(right + MARGIN, image.width),
            min(bottom + MARGIN, image.height),
        )
        part = to_image(network(to_tensor(image.crop(outer), network)))
        inner = (
            (left - outer[0]) * scale,
            (top - outer[1]) * scale,
            (right - outer[0]) * scale,
            (bottom - outer[1]) * scale,
        )
        done.paste(part.crop(inner), (left * scale, top * scale))
        if report:
            report(number, len(boxes))
    return done


def _boxes(size: Size, tile: int) -> list[tuple[int, int, int, int]]:
    return [
        (left, top, min(left + tile, size[0]), min(top + tile, size[1]))
        for top in range(0, size[1], tile)
        for left in range(0, size[0], tile)
    ]


def to_tensor(image: Image.Image, network: Any) -> torch.Tensor:
    """1 × channels × height × width in 0 … 1, where and as precise as the network is."""
    import numpy as np
    import torch

    grey = network.input_channels == 1
    values = np.array(image.convert("L" if grey else "RGB"), dtype=np.float32) / 255
    values = values[None] if grey else values.transpose(2, 0, 1)
    return torch.from_numpy(values)[None].to(network.device, network.dtype)


def to_image(values: torch.Tensor) -> Image.Image:
    """The inverse: the first of the batch, as RGB."""
    import numpy as np

    pixels = (values[0].float().clamp(0, 1) * 255).round().cpu().numpy().astype(np.uint8)
    pixels = pixels.transpose(1, 2, 0)
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).convert("RGB")
