"""ControlNet's preprocessors that need no weights: a picture → the map that steers a drawing.

`canny`, `scribble_xdog` and `lineart_standard` draw what sd-webui-controlnet's preprocessors of
these names draw, in numpy and Pillow; `invert`, `threshold` and `blur_gaussian` are its too. A
threshold below 0 means the preprocessor's own; what lies outside its range is brought to its end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps

from generation.engine.painter import Control, ResizeMode

Values = NDArray[np.float32]
RESOLUTIONS = (64, 2048)
SAME = ("none", "inpaint_global_harmonious")
"""The picture is its own map."""


@dataclass(frozen=True)
class Threshold:
    default: float
    low: float
    high: float

    def of(self, asked: float) -> float:
        return self.default if asked < 0 else min(max(asked, self.low), self.high)


def canny(image: Image.Image, low: float, high: float) -> Image.Image:
    """White edges of one pixel, of gradients above `high`, and above `low` where they join one."""
    grey = _grey(image.filter(ImageFilter.GaussianBlur(1)))
    across, down = _sobel(grey)
    force = np.hypot(across, down)
    thin = force * (force >= _along(force, across, down))
    strong, weak = thin >= high, thin >= low
    while True:  # what is weak and touches an edge belongs to it
        grown = _spread(strong) & weak
        if np.array_equal(grown, strong):
            return _white(grown)
        strong = grown


def scribble_xdog(image: Image.Image, threshold: float) -> Image.Image:
    """Broad white strokes where the picture is darker than its surroundings."""
    near, far = (np.asarray(image.filter(ImageFilter.GaussianBlur(s)), "f4") for s in (0.5, 5))
    difference = (255 - np.min(far - near, axis=2)).clip(0, 255)
    return _white(2 * (255 - difference) > threshold)


def lineart_standard(image: Image.Image, radius: float, strength: float) -> Image.Image:
    """White lines with soft ends: what is darker than its surroundings of this radius."""
    near = np.asarray(image, "f4")
    far = np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), "f4")
    dark = np.max(far - near, axis=2).clip(0, None)
    middle = float(np.median(dark[dark > strength])) if (dark > strength).any() else 1.0
    lines = (dark / max(16.0, middle) * 127).clip(0, 255)
    return Image.fromarray(lines.astype(np.uint8)).convert("RGB")


def invert(image: Image.Image) -> Image.Image:
    return ImageOps.invert(image)


def threshold(image: Image.Image, level: float) -> Image.Image:
    return _white(_grey(image) > level)


def blur_gaussian(image: Image.Image, sigma: float) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(sigma))


TABLE: dict[str, tuple[Callable[..., Image.Image], tuple[Threshold, ...]]] = {
    "canny": (canny, (Threshold(100, 1, 255), Threshold(200, 1, 255))),
    "scribble_xdog": (scribble_xdog, (Threshold(32, 1, 64),)),
    "lineart_standard": (lineart_standard, (Threshold(6, 0.5, 32), Threshold(8, 0, 64))),
    "invert": (invert, ()),
    "threshold": (threshold, (Threshold(127, 0, 255),)),
    "blur_gaussian": (blur_gaussian, (Threshold(9, 0.01, 64),)),
}
MODULES = (*SAME, *TABLE)


def draw(control: Control, image: Image.Image, size: tuple[int, int] | None = None) -> Image.Image:
    """The map of an RGB picture, its smaller side the unit's resolution, or that at which its
    pixels are those of a drawing of this size. ValueError for a module that is not in MODULES."""
    if control.module in SAME:
        return image
    if control.module not in TABLE:
        raise ValueError(f"module: no {control.module!r}; there is {', '.join(MODULES)}")
    one, limits = TABLE[control.module]
    asked = control.threshold_a, control.threshold_b
    values = [limit.of(given) for limit, given in zip(limits, asked, strict=False)]
    return one(_resized(image.convert("RGB"), _resolution(control, image.size, size)), *values)


def _resolution(control: Control, given: tuple[int, int], size: tuple[int, int] | None) -> int:
    low, high = RESOLUTIONS
    wanted = control.processor_res
    if control.pixel_perfect and size:
        factors = size[0] / given[0], size[1] / given[1]
        fills = control.resize_mode is ResizeMode.RESIZE_AND_FILL
        wanted = round((min if fills else max)(factors) * min(given))
    return min(max(wanted, low), high)


def _resized(image: Image.Image, resolution: int) -> Image.Image:
    factor = resolution / min(image.size)
    if factor == 1:
        return image
    size = max(round(image.width * factor), 1), max(round(image.height * factor), 1)
    way = Image.Resampling.LANCZOS if factor > 1 else Image.Resampling.BOX
    return image.resize(size, way)


def _grey(image: Image.Image) -> Values:
    return np.asarray(image.convert("L"), dtype=np.float32)


def _sobel(grey: Values) -> tuple[Values, Values]:
    """The slopes across and down, as large as OpenCV's 3 × 3 Sobel gives them."""
    padded = np.pad(grey, 1, mode="edge")
    smooth_down = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    smooth_across = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    return smooth_down[:, 2:] - smooth_down[:, :-2], smooth_across[2:] - smooth_across[:-2]


def _along(force: Values, across: Values, down: Values) -> Values:
    """The larger of the two neighbours in the direction of the slope, in steps of 45°."""
    padded = np.pad(force, 1)

    def pair(dy: int, dx: int) -> Values:
        height, width = force.shape
        one = padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
        other = padded[1 - dy : 1 - dy + height, 1 - dx : 1 - dx + width]
        return np.maximum(one, other)

    steep, flat = np.abs(down) > 2.414 * np.abs(across), np.abs(across) > 2.414 * np.abs(down)
    falls = (across * down) > 0
    diagonal = np.where(falls, pair(1, 1), pair(1, -1))
    return np.where(flat, pair(0, 1), np.where(steep, pair(1, 0), diagonal)).astype(np.float32)


def _spread(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """With the eight neighbours of each pixel."""
    rows = mask.copy()
    rows[1:] |= mask[:-1]
    rows[:-1] |= mask[1:]
    wide = rows.copy()
    wide[:, 1:] |= rows[:, :-1]
    wide[:, :-1] |= rows[:, 1:]
    return wide


def _white(mask: NDArray[np.bool_]) -> Image.Image:
    return Image.fromarray(np.where(mask, np.uint8(255), np.uint8(0))).convert("RGB")
