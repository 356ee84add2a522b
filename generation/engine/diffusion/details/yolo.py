"""YOLOv8's outputs → boxes, masks and joints in the picture's own pixels. Pure.

Expected of an exported network (`yolo export format=onnx`, without NMS inside): one input, float32
(1, 3, rows, columns), RGB in 0 … 1; first output (1, 4 + classes + extra, candidates) with boxes as
middle, width and height in the input's pixels. `-seg` networks have 32 coefficients as `extra` and
a second output (1, 32, rows / 4, columns / 4); `-pose` networks have x, y, certainty of each joint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 640
"""Of networks that leave the size of their input open."""
GREY = 114
"""What YOLO fills up with."""
OVERLAP = 0.7
"""Two boxes of a class that cover each other more than so are one (ultralytics' default)."""
COEFFICIENTS = 32
Values = NDArray[np.float32]


@dataclass(frozen=True)
class Letterbox:
    """A picture in the network's input, its ratio kept."""

    values: Values
    """(1, 3, rows, columns)"""
    scale: float
    left: int
    top: int
    size: tuple[int, int]
    """Of the picture: width, height."""

    @classmethod
    def fit(cls, image: Image.Image, shape: Sequence[object]) -> Letterbox:
        rows, columns = (side if isinstance(side, int) else SIDE for side in shape[-2:])
        scale = min(columns / image.width, rows / image.height)
        width, height = (max(round(side * scale), 1) for side in image.size)
        left, top = (columns - width) // 2, (rows - height) // 2
        canvas = Image.new("RGB", (columns, rows), (GREY, GREY, GREY))
        inner = image.convert("RGB").resize((width, height), Image.Resampling.BILINEAR)
        canvas.paste(inner, (left, top))
        values = np.asarray(canvas, np.float32).transpose(2, 0, 1)[None] / 255
        return cls(np.ascontiguousarray(values), scale, left, top, image.size)

    def back(self, points: NDArray[np.floating]) -> Values:
        """(n, 2) of the input → (n, 2) of the picture."""
        moved = (points - (self.left, self.top)) / self.scale
        inside: Values = moved.clip((0, 0), self.size).astype(np.float32)
        return inside


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float
    score: float
    label: int
    extra: Values
    """The coefficients of a mask, or joints in the input's pixels."""


def boxes_of(
    out: NDArray[np.floating], letterbox: Letterbox, confidence: float, *, classes: int
) -> list[Box]:
    """The boxes above a confidence, the surest first; of several over each other the surest.

    Raises ValueError where the output is not YOLOv8's.
    """
    if out.ndim != 3 or out.shape[1] < 4 + classes:
        raise ValueError(f"an output of shape {out.shape} is not YOLOv8's")
    rows = out[0].T
    scores = rows[:, 4 : 4 + classes]
    best = scores.max(axis=1)
    rows, labels, best = (a[best > confidence] for a in (rows, scores.argmax(axis=1), best))
    half = rows[:, 2:4] / 2
    corners = [letterbox.back(rows[:, :2] - half), letterbox.back(rows[:, :2] + half)]
    areas = np.column_stack(corners)
    found = []
    for index in distinct(areas, best, labels):
        left, top, right, bottom = (float(value) for value in areas[index])
        if right > left and bottom > top:
            extra = rows[index, 4 + classes :].astype(np.float32)
            found.append(
                Box(left, top, right, bottom, float(best[index]), int(labels[index]), extra)
            )
    return found


def distinct(
    areas: NDArray[np.floating], scores: NDArray[np.floating], labels: NDArray[np.integer]
) -> list[int]:
    """Indices without those that cover a surer one of their class too much."""
    kept: list[int] = []
    for index in np.argsort(-scores, kind="stable"):
        same = [k for k in kept if labels[k] == labels[index]]
        if all(overlap(areas[index], areas[k]) <= OVERLAP for k in same):
            kept.append(int(index))
    return kept


def overlap(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Intersection over union of two (left, top, right, bottom)."""
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    common = float(np.prod(sides.clip(0)))
    whole = float(np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2])) - common
    return common / whole if whole > 0 else 0.0


def mask_of(box: Box, prototypes: NDArray[np.floating], letterbox: Letterbox) -> Image.Image:
    """L, of the picture's size: white where the object is."""
    _, count, rows, columns = prototypes.shape
    values = box.extra[:count] @ prototypes[0].reshape(count, -1)
    likely = 1 / (1 + np.exp(-values.reshape(rows, columns).clip(-50, 50)))
    # The prototypes are a quarter of the input; a letterbox's edges are cut off in that size.
    shrink = letterbox.values.shape[-1] / columns
    left, top = letterbox.left / shrink, letterbox.top / shrink
    right = left + letterbox.size[0] * letterbox.scale / shrink
    bottom = top + letterbox.size[1] * letterbox.scale / shrink
    soft = Image.fromarray((likely * 255).astype(np.uint8))
    way = Image.Resampling.BILINEAR
    whole = soft.resize(
        letterbox.size, way, box=(left, top, min(right, columns), min(bottom, rows))
    )
    hard = whole.point(lambda value: 255 if value > 127 else 0)
    only = Image.new("L", letterbox.size, 0)
    corner = (int(box.left), int(box.top), int(np.ceil(box.right)), int(np.ceil(box.bottom)))
    only.paste(hard.crop(corner), corner[:2])
    return only
