"""Where people are: MediaPipe's selfie segmentation (Google, Apache-2.0), which comes along.

Expected of the network: one input (1, 3, 256, 256), RGB in 0 … 1, and one output of 256 × 256
values, how likely each pixel is of a person.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from generation.engine.cutout.matte import Values

FILE = Path(__file__).parent / "data" / "selfie_segmentation.tflite"
SIDE = 256
SURE = 0.9
LEAST = 0.02
"""Share of the picture that must surely be of something for the map to say anything."""
CLEAR, MUDDLED = 0.12, 0.6
"""Share of what may be a person that is unsure. Up to the first it is one: people are seen at 5 to
10 %, drawn ones, animals and cars at 14 to 40. Beyond the second the map says nothing."""


def mask(picture: Values) -> Values:
    """(256, 256)."""
    small = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    network = _network()
    network.setInput(np.ascontiguousarray(small.transpose(2, 0, 1)[None]))
    return np.asarray(network.forward(), np.float32).reshape(SIDE, SIDE).clip(0, 1)


def is_something(mask: Values) -> bool:
    return float((mask > SURE).mean()) >= LEAST and _unsure(mask) <= MUDDLED


def is_person(mask: Values) -> bool:
    return is_something(mask) and _unsure(mask) <= CLEAR


def _unsure(mask: Values) -> float:
    """Share of what may be a person."""
    sure, unsure = float((mask > SURE).mean()), float(((mask > 0.1) & (mask <= SURE)).mean())
    return unsure / max(sure + unsure, 1e-6)


@lru_cache(maxsize=1)
def _network() -> Any:
    return cv2.dnn.readNetFromTFLite(str(FILE))
