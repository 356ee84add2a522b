"""The preprocessors by name: picture → control map. One literal table.

Thresholds below 0 mean the preprocessor's own; what lies outside its range is brought to its end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from generation.engine.diffusion.controls import learned, lines
from generation.engine.diffusion.controls.fitting import Pixels, at_resolution

RESOLUTIONS = (64, 2048)


@dataclass(frozen=True)
class Threshold:
    default: float
    low: float
    high: float

    def of(self, asked: float) -> float:
        return self.default if asked < 0 else min(max(asked, self.low), self.high)


@dataclass(frozen=True)
class Preprocessor:
    draw: Callable[..., Pixels] | None = None
    """draw(pixels, *thresholds); None: the picture is its own map."""
    thresholds: tuple[Threshold, ...] = ()
    network: Callable[[Path, Pixels], Pixels] | None = None
    """Of those whose weights the operator lays into the models folder."""


TABLE: dict[str, Preprocessor] = {
    "none": Preprocessor(),
    "canny": Preprocessor(lines.canny, (Threshold(100, 1, 255), Threshold(200, 1, 255))),
    "scribble_xdog": Preprocessor(lines.scribble_xdog, (Threshold(32, 1, 64),)),
    "lineart_realistic": Preprocessor(lines.lineart),
    "mlsd": Preprocessor(lines.mlsd, (Threshold(0.1, 0.01, 2), Threshold(0.1, 0.01, 20))),
    "inpaint_global_harmonious": Preprocessor(),
    "openpose": Preprocessor(network=learned.pose),
    "depth_midas": Preprocessor(network=learned.depth),
    "normal_bae": Preprocessor(network=learned.normals),
    "seg_ufade20k": Preprocessor(network=learned.segments),
}


def known(module: str) -> str:
    """The name as it stands in the table; KeyError where it does not."""
    name = module.strip().casefold() or "none"
    if name not in TABLE:
        raise KeyError(module)
    return name


def available(models: Path) -> tuple[str, ...]:
    """Those that can work here, "none" first."""
    return tuple(name for name in TABLE if missing(name, models) is None)


def missing(module: str, models: Path) -> str | None:
    """The file that a preprocessor lacks, below the models folder; None where it lacks nothing."""
    path = learned.path_of(models, module)
    if TABLE[module].network is None or path.is_file():
        return None
    return f"{learned.FOLDER}/{path.name}"


def preprocess(
    module: str,
    image: Image.Image,
    resolution: int,
    thresholds: tuple[float, float],
    models: Path,
) -> Image.Image:
    """The map, RGB, its smaller side `resolution`; of `none` the picture in its own size.

    Raises ValueError where a network's file cannot be used.
    """
    one = TABLE[module]
    image = image.convert("RGB")
    if one.draw is None and one.network is None:
        return image
    low, high = RESOLUTIONS
    pixels = np.asarray(at_resolution(image, min(max(resolution, low), high)))
    if one.network is not None:
        return Image.fromarray(one.network(learned.path_of(models, module), pixels))
    assert one.draw is not None
    limits = [limit.of(asked) for limit, asked in zip(one.thresholds, thresholds, strict=False)]
    return Image.fromarray(one.draw(pixels, *limits))
