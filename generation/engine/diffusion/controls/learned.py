"""Preprocessors that are networks: they work where their file lies in `annotators`.

Each takes one input (1, 3, rows, columns), RGB, float32, and gives:

* depth_midas.onnx: of -1 … 1 inverse depth, (1, rows, columns) or (1, 1, rows, columns);
* normal_bae.onnx: by ImageNet's means and deviations (1, 3 or more, rows, columns): x, y, z;
* seg_ufade20k.onnx: by ImageNet's means and deviations (1, 150, rows, columns) of ADE20K's
  classes, or their numbers, (1, rows, columns);
* openpose.onnx: of 0 … 1 what YOLOv8-pose gives, (1, 56, candidates); see details/yolo.py.

Where a file leaves rows and columns open it is given multiples of 32.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generation.engine.diffusion.controls.fitting import Pixels
from generation.engine.diffusion.controls.palette import ADE20K
from generation.engine.diffusion.details.detectors import session
from generation.engine.diffusion.details.yolo import Letterbox, boxes_of

FOLDER = "annotators"
MEANS, DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SURE = 0.3
"""From here on a person, and a joint, counts as seen."""
# COCO's 17 joints, plus the neck as number 17, in openpose's order of limbs and their hues.
LIMBS = (
    (17, 6), (17, 5), (6, 8), (8, 10), (5, 7), (7, 9), (17, 12), (12, 14), (14, 16),
    (17, 11), (11, 13), (13, 15), (17, 0), (0, 2), (2, 4), (0, 1), (1, 3),
)  # fmt: skip
Values = NDArray[np.float32]


def path_of(models: Path, module: str) -> Path:
    return models / FOLDER / f"{module}.onnx"


def infer(path: Path, pixels: Pixels, means: Any, deviations: Any) -> tuple[Values, ...]:
    """The outputs for a picture, brought to the size that the network wants."""
    network = session(path)
    wanted = network.get_inputs()[0]
    rows, columns = (
        side if isinstance(side, int) else max(round(have / 32), 1) * 32
        for side, have in zip(wanted.shape[2:], pixels.shape[:2], strict=True)
    )
    image = np.asarray(Image.fromarray(pixels).resize((columns, rows), Image.Resampling.BICUBIC))
    values = (image.astype(np.float32) / 255 - np.float32(means)) / np.float32(deviations)
    fed = {wanted.name: np.ascontiguousarray(values.transpose(2, 0, 1)[None], np.float32)}
    return tuple(np.asarray(out) for out in network.run(None, fed))


def depth(path: Path, pixels: Pixels) -> Pixels:
    """Near is bright."""
    (values, *_) = infer(path, pixels, 0.5, 0.5)
    values = values.reshape(values.shape[-2:]).astype(np.float32)
    span = float(values.max() - values.min())
    grey = (values - values.min()) / span if span > 0 else np.zeros_like(values)
    return _like(np.repeat((grey * 255)[..., None], 3, axis=2), pixels)


def normals(path: Path, pixels: Pixels) -> Pixels:
    (values, *_) = infer(path, pixels, MEANS, DEVIATIONS)
    vectors = values[0, :3].transpose(1, 2, 0)
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=2, keepdims=True), 1e-6)
    return _like((vectors + 1) * 127.5, pixels)


def segments(path: Path, pixels: Pixels) -> Pixels:
    (values, *_) = infer(path, pixels, MEANS, DEVIATIONS)
    labels = values[0].argmax(axis=0) if values.ndim == 4 else values[0]
    coloured = np.array(ADE20K, np.uint8)[labels.astype(int).clip(0, len(ADE20K) - 1)]
    size = pixels.shape[1], pixels.shape[0]
    return np.asarray(Image.fromarray(coloured).resize(size, Image.Resampling.NEAREST))


def pose(path: Path, pixels: Pixels) -> Pixels:
    """Everyone's skeleton on black."""
    network = session(path)
    box = Letterbox.fit(Image.fromarray(pixels), network.get_inputs()[0].shape)
    out = network.run(None, {network.get_inputs()[0].name: box.values})[0]
    canvas = np.zeros_like(pixels)
    for person in boxes_of(out, box, SURE, classes=1):
        joints = person.extra.reshape(-1, 3)
        joints = np.column_stack([box.back(joints[:, :2]), joints[:, 2]])
        neck = (joints[5] + joints[6]) / 2
        neck[2] = min(joints[5][2], joints[6][2])
        _draw(canvas, np.vstack([joints, neck]))
    return canvas


def _draw(canvas: Pixels, joints: NDArray[np.floating]) -> None:
    width = max(round(min(canvas.shape[:2]) / 128), 1)
    seen = [tuple(int(value) for value in joint[:2]) for joint in joints]
    for number, (a, b) in enumerate(LIMBS):
        if min(joints[a][2], joints[b][2]) >= SURE:
            cv2.line(canvas, seen[a], seen[b], _hue(number, 0.6), 2 * width)
    for number, joint in enumerate(joints):
        if joint[2] >= SURE:
            cv2.circle(canvas, seen[number], 2 * width, _hue(number, 1.0), -1)


def _hue(number: int, value: float) -> tuple[int, int, int]:
    colour = np.array([[[number * 10, 255, round(255 * value)]]], np.uint8)
    red, green, blue = cv2.cvtColor(colour, cv2.COLOR_HSV2RGB)[0, 0]
    return int(red), int(green), int(blue)


def _like(values: NDArray[np.floating], pixels: Pixels) -> Pixels:
    image = Image.fromarray(values.clip(0, 255).astype(np.uint8))
    size = pixels.shape[1], pixels.shape[0]
    return np.asarray(image.resize(size, Image.Resampling.BICUBIC))
