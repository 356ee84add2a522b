"""Films: a video model's frames travel as one picture, its first frame, which knows the others
(`Image.info`; encode.picture writes them).
"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from generation.engine.encode import FPS, FRAMES

MOST_FRAMES = 50
DEFAULTS = {FRAMES: 14.0, FPS: 7.0, "motion": 127.0, "augmentation": 0.02}
RANGES = {FRAMES: (2, MOST_FRAMES), FPS: (1, 30), "motion": (0, 255), "augmentation": (0, 1)}


def film(frames: Sequence[Image.Image], fps: int) -> Image.Image:
    """The first frame; its `info` has all frames and how many are shown a second."""
    first = frames[0].copy()
    first.info.update({FRAMES: list(frames), FPS: fps})
    return first


def asked(extra: dict[str, object]) -> dict[str, float]:
    """Every number of a film, the defaults where the job says nothing. Raises ValueError."""
    unknown = sorted(set(extra) - set(DEFAULTS))
    if unknown:
        raise ValueError(f"{unknown[0]}: no such field; there is {', '.join(DEFAULTS)}")
    numbers = dict(DEFAULTS)
    for name, value in extra.items():
        low, high = RANGES[name]
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not low <= value <= high
        ):
            raise ValueError(f"{name}: {value!r} is not from {low} to {high}")
        numbers[name] = float(value)
    return numbers
