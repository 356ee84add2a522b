"""Films: a video model's frames travel as one picture, its first frame, which knows the others."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

FRAMES, FPS = "frames", "fps"
"""Keys of `Image.info`, and of PaintJob.extra, where they are numbers."""
MOST_FRAMES = 50
DEFAULTS = {FRAMES: 14.0, FPS: 7.0, "motion": 127.0, "augmentation": 0.02}
RANGES = {FRAMES: (2, MOST_FRAMES), FPS: (1, 30), "motion": (0, 255), "augmentation": (0, 1)}


def film(frames: Sequence[Image.Image], fps: int) -> Image.Image:
    """The first frame; its `info` has all frames and how many are shown a second."""
    first = frames[0].copy()
    first.info.update({FRAMES: list(frames), FPS: fps})
    return first


def animated(first: Image.Image, quality: int = 85) -> bytes:
    """The film as a WebP that plays for ever. Raises KeyError for a picture that is no film."""
    frames: list[Image.Image] = first.info[FRAMES]
    file = io.BytesIO()
    # Copies without `info`: Pillow would look for its own keys there.
    plain = [Image.frombytes(frame.mode, frame.size, frame.tobytes()) for frame in frames]
    plain[0].save(
        file, "WEBP", save_all=True, append_images=plain[1:], loop=0, quality=quality,
        duration=round(1000 / int(first.info[FPS])),
    )  # fmt: skip
    return file.getvalue()


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
