"""The operator's own networks: ONNX files of U²-Net's and IS-Net's form in ``rembg`` (or ``u2net``)
of the models folder, by the names under which rembg knows them.

Expected: one input (1, 3, side, side), of which the first output is a map of as many pixels. Source
of the values that they were trained on: rembg (U²-Net: ImageNet's mean and deviation, on pictures
divided by their brightest value; IS-Net: mean 0.5, deviation 1).
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from generation.engine.cutout.matte import Values

FOLDERS = ("rembg", "u2net")
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
SIDE = 320
"""Of a network that takes any size."""


def found(models: Path | None) -> dict[str, Path]:
    """Name without ending → file, sorted; the first folder goes before."""
    if models is None:
        return {}
    files = [file for folder in FOLDERS for file in sorted((models / folder).glob("*.onnx"))]
    return {file.stem: file for file in reversed(files)}


def mask(picture: Values, file: Path) -> Values:
    """In the network's size. ValueError for a file that is no such network."""
    network = _session(file)
    (entry,) = network.get_inputs()[:1]
    shape = list(entry.shape)
    if len(shape) != 4 or shape[1] != 3:
        raise ValueError(f"{file.name}: an input of {shape} is neither U²-Net's nor IS-Net's")
    side = (_pixels(shape[3]), _pixels(shape[2]))
    small = cv2.resize(picture, side, interpolation=cv2.INTER_AREA)
    out = np.asarray(network.run(None, {entry.name: _values(np.asarray(small), file)})[0])
    if out.ndim != 4 or out.shape[2:] != side[::-1]:
        raise ValueError(f"{file.name}: an output of {out.shape} is no map of the picture")
    first = out[0, 0].astype(np.float32)
    low, high = float(first.min()), float(first.max())
    return np.asarray((first - low) / max(high - low, 1e-6), np.float32)


def _values(small: Values, file: Path) -> Values:
    if "isnet" in file.stem.lower():
        values = small - np.float32(0.5)
    else:
        brightest = max(float(small.max()), 1e-6)
        values = (small / np.float32(brightest) - MEAN) / DEVIATION
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None], dtype=np.float32)


def _pixels(size: object) -> int:
    return size if isinstance(size, int) and size > 0 else SIDE


@lru_cache(maxsize=2)
def _session(file: Path) -> Any:
    """Kept: a session takes seconds to make."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    try:
        return onnxruntime.InferenceSession(
            file, options, providers=onnxruntime.get_available_providers()
        )
    except Exception as error:  # onnxruntime raises its own types, one for each cause
        raise ValueError(f"{file.name}: no network that onnxruntime reads") from error
