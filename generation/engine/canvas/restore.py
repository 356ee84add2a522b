"""Face restoration: each face is cut out, run through a network (GFPGAN, RestoreFormer, or
CodeFormer where the operator installed its architecture), and laid back with a soft edge.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw, ImageFilter

from generation.engine.canvas.upscale import to_image, to_tensor
from generation.engine.painter import Extra, OutOfMemory

if TYPE_CHECKING:
    import torch

Box = tuple[int, int, int, int]
FindFaces = Callable[[Image.Image], Sequence[Box]]
SIDE = 512
"""Pixels of the face crops that all of these networks were trained on."""
AROUND = 1.6
"""A crop's side over its face's larger one; 1.6 has hair and chin, as the training crops do."""
LIFT = 0.08
"""How far a crop's middle is above its face's, in sides of the crop: detectors leave out hair."""
SOFT = 0.08
"""Width of the edge that fades, in sides of the crop."""


def restore(
    image: Image.Image,
    name: str,
    restorers: Sequence[Extra],
    find_faces: FindFaces,
    *,
    visibility: float = 1.0,
    weight: float = 0.5,
    device: str = "cpu",
) -> Image.Image:
    """RGB of the same size; ``visibility`` 0 … 1 is how much of the result is seen. ``weight``
    is CodeFormer's own: 0 invents most, 1 stays closest.

    Raises ValueError for a restorer that is not there or cannot be loaded, OutOfMemory.
    """
    import torch

    from generation.engine.canvas import networks

    image = image.convert("RGB")
    network = networks.load(Path(find(name, restorers).path), device)
    if getattr(network, "purpose", "") != "FaceSR":
        raise ValueError(f"face restorer: {network.architecture.name} restores no faces")
    restored = image.copy()
    try:
        for face in find_faces(image):
            box = around(face)
            crop = image.crop(box).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
            with torch.inference_mode():
                made = to_image(_face(network, to_tensor(crop, network), weight))
            _lay(restored, made, box)
    except torch.OutOfMemoryError as error:
        networks.free()
        torch.cuda.empty_cache()
        raise OutOfMemory("out of memory while restoring faces") from error
    return Image.blend(image, restored, visibility)


def find(name: str, restorers: Sequence[Extra]) -> Extra:
    """By its name, or by the beginning of its name: "GFPGAN" is GFPGANv1.4.pth."""
    wanted = name.casefold()
    for extra in restorers:
        if extra.path and Path(extra.name).name.casefold().startswith(wanted):
            return extra
    names = ", ".join(extra.name for extra in restorers) or "none"
    raise ValueError(f"face restorer: no {name!r}; there is {names}")


def around(face: Box) -> Box:
    """The square that is cut out around a face; it may reach over the picture's edge, which is
    black there, as the training crops were."""
    left, top, right, bottom = face
    side = max(2, round(max(right - left, bottom - top) * AROUND))
    across = (left + right - side) // 2
    down = round((top + bottom - side) / 2 - side * LIFT)
    return across, down, across + side, down + side


def _face(network: Any, crop: torch.Tensor, weight: float) -> torch.Tensor:
    """spandrel hands GFPGAN and CodeFormer 0 … 1; both were trained on -1 … 1."""
    kind = network.architecture.id
    if kind == "GFPGAN":
        # Its own noise, not a new one: the same picture gives the same picture.
        made = network.model(crop * 2 - 1, return_rgb=False, randomize_noise=False)[0]
        return (made + 1) / 2  # type: ignore[no-any-return]
    if kind == "CodeFormer":
        made = network.model(crop * 2 - 1, weight=weight, adain=True)[0]
        return (made + 1) / 2  # type: ignore[no-any-return]
    return network(crop)  # type: ignore[no-any-return]


def _lay(image: Image.Image, made: Image.Image, box: Box) -> None:
    side = box[2] - box[0]
    soft = max(1, round(side * SOFT))
    mask = Image.new("L", (side, side))
    ImageDraw.Draw(mask).rectangle((soft, soft, side - soft - 1, side - soft - 1), fill=255)
    mask = mask.filter(ImageFilter.GaussianBlur(soft / 2))
    image.paste(made.resize((side, side), Image.Resampling.LANCZOS), box[:2], mask)
