"""What ADetailer may look for: MediaPipe's faces, which come along, and YOLOv8 networks (.onnx)
that the operator lays into `adetailer`. Requests may name those by the file that they were made
from, `face_yolov8n.pt`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from generation.engine.diffusion.details import faces, mesh
from generation.engine.diffusion.details.yolo import COEFFICIENTS, Box, Letterbox, boxes_of, mask_of
from generation.engine.diffusion.families import Kind
from generation.engine.diffusion.shelf import Shelf

NOTHING = "None"
BUILT_IN = (*faces.NETWORKS, mesh.NAME)


@dataclass(frozen=True)
class Found:
    """One object: where it is, and what of it (L, of the picture's size, white)."""

    box: Box
    mask: Image.Image

    @property
    def area(self) -> float:
        """Of the box, in pixels."""
        return (self.box.right - self.box.left) * (self.box.bottom - self.box.top)


class Detectors:
    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def names(self) -> tuple[str, ...]:
        networks = (item.name for item in self.shelf.detectors if item.path.suffix == ".onnx")
        return (*built_in(), *networks)

    def refuse(self, name: str) -> str | None:
        if name in built_in() or self._path(name):
            return None
        if name in BUILT_IN:
            return f"{name!r} needs the packages that `make engine` installs"
        if name.endswith(".pt"):
            return f"there is no detector {name!r}: {_stem(name)}.onnx does not lie in adetailer"
        return f"there is no detector {name!r}"

    def find(self, name: str, image: Image.Image, confidence: float) -> list[Found]:
        """The surest first. Raises ValueError where the detector is none."""
        if name == mesh.NAME:
            return [Found(box, mask) for box, mask in mesh.outlines(image, confidence)]
        if name in faces.NETWORKS:
            boxes = faces.faces(name, image, confidence)
            return [Found(box, rectangle(box, image.size)) for box in boxes]
        path = self._path(name)
        if path is None:
            raise ValueError(self.refuse(name))
        return _by_network(path, image, confidence)

    def _path(self, name: str) -> Path | None:
        try:
            path = self.shelf.find(Kind.DETECTOR, f"{_stem(name)}.onnx").path
        except KeyError:
            return None
        return path if path.suffix == ".onnx" else None


def built_in() -> tuple[str, ...]:
    """Those of BUILT_IN whose packages are there."""
    return (*faces.installed(), *((mesh.NAME,) if mesh.installed() else ()))


def _stem(name: str) -> str:
    return name.removesuffix(".pt").removesuffix(".onnx")


def rectangle(box: Box, size: tuple[int, int]) -> Image.Image:
    mask = Image.new("L", size, 0)
    edges = [round(value) for value in (box.left, box.top, box.right, box.bottom)]
    ImageDraw.Draw(mask).rectangle(edges, fill=255)
    return mask


def _by_network(path: Path, image: Image.Image, confidence: float) -> list[Found]:
    network = session(path)
    entry = network.get_inputs()[0]
    letterbox = Letterbox.fit(image, entry.shape)
    out, *prototypes = (
        np.asarray(one) for one in network.run(None, {entry.name: letterbox.values})
    )
    classes = out.shape[1] - 4 - (COEFFICIENTS if prototypes else 0)
    if classes < 1:
        raise ValueError(f"{path.name}: an output of shape {out.shape} is not YOLOv8's")
    boxes = boxes_of(out, letterbox, confidence, classes=classes)
    if not prototypes:
        return [Found(box, rectangle(box, image.size)) for box in boxes]
    return [Found(box, mask_of(box, prototypes[0], letterbox)) for box in boxes]


@lru_cache(maxsize=4)
def session(path: Path) -> Any:
    """Kept: a session takes seconds to make. Raises ValueError for a file that is no network."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    try:
        return onnxruntime.InferenceSession(
            path, options, providers=onnxruntime.get_available_providers()
        )
    except Exception as error:  # onnxruntime raises its own types, one for each cause
        raise ValueError(f"{path.name}: no network that onnxruntime reads") from error
