"""What a style is given, and the noise, edges and masks that several of them use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from generation.engine.sketch.raster import Pixels, grain


@dataclass(frozen=True)
class Sheet:
    """A finished drawing."""

    image: Image.Image
    """RGB."""
    things: Image.Image
    """L: white where a thing stands, black on the ground and in the sky."""
    rims: Image.Image | None
    """L: outlines of things, also where one stands before another; None where the style asked for
    none (`Style.outlines`)."""
    seed: int

    @property
    def outlines(self) -> Pixels:
        """`rims` as 0 … 1."""
        if self.rims is None:
            return np.zeros(self.image.size[::-1], dtype=np.float32)
        return values(self.rims)

    @property
    def unit(self) -> float:
        """A length for details: 1 at 512 pixels."""
        return min(self.image.size) / 512


def values(image: Image.Image) -> Pixels:
    """Pixels as 0 … 1: (height, width, 3) of RGB, (height, width) of L."""
    return np.asarray(image, dtype=np.float32) * np.float32(1 / 255)


def picture(pixels: Pixels) -> Image.Image:
    """The inverse of `values`."""
    return Image.fromarray((pixels * np.float32(255) + np.float32(0.5)).clip(0, 255).astype("u1"))


def luma(pixels: Pixels) -> Pixels:
    """Brightness as the eye weighs it (Rec. 601), 0 … 1."""
    return pixels @ np.asarray((0.299, 0.587, 0.114), dtype=np.float32)


def blur(field: Pixels, radius: float) -> Pixels:
    """A Gaussian blur of one channel of 0 … 1; wide ones at a lower resolution."""
    height, width = field.shape
    scale = max(1, int(radius / 3))
    image = Image.fromarray(field)
    if scale > 1:
        small = max(1, width // scale), max(1, height // scale)
        image = image.resize(small, Image.Resampling.BOX)
    levels = Image.fromarray((np.asarray(image) * 255).clip(0, 255).astype("u1"))
    levels = levels.filter(ImageFilter.GaussianBlur(radius / scale))
    smooth = Image.fromarray(np.asarray(levels, dtype=np.float32) * np.float32(1 / 255))
    if scale > 1:
        smooth = smooth.resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(smooth, dtype=np.float32)


def cloud(size: tuple[int, int], cell: float, seed: int, octaves: int = 3) -> Pixels:
    """Soft noise of -1 … 1 over width × height; `cell` is the width of its largest blots in
    pixels."""
    width, height = size
    total, weight, strength = np.zeros((height, width), dtype=np.float32), 0.0, 1.0
    for octave in range(octaves):
        knots = max(2, round(height / cell) + 2), max(2, round(width / cell) + 2)
        rough = Image.fromarray(grain(*knots, seed * 7 + octave * 101 + 13) * np.float32(2))
        layer = rough.resize((width, height), Image.Resampling.BICUBIC)
        total += np.asarray(layer, dtype=np.float32) * np.float32(strength)
        weight, strength, cell = weight + strength, strength * 0.5, max(1.0, cell / 2)
    return total / np.float32(weight)


def wobbled(image: Image.Image, amount: float, cell: float, seed: int) -> Image.Image:
    """The picture as an unsteady hand would draw it: moved by up to `amount` pixels."""
    size = image.size
    across = np.rint(cloud(size, cell, seed, 2) * np.float32(amount)).astype(np.int32)
    down = np.rint(cloud(size, cell, seed + 1, 2) * np.float32(amount)).astype(np.int32)
    rows = (np.arange(size[1], dtype=np.int32)[:, None] + down).clip(0, size[1] - 1)
    columns = (np.arange(size[0], dtype=np.int32)[None, :] + across).clip(0, size[0] - 1)
    return Image.fromarray(np.asarray(image)[rows, columns])


def steep(light: Pixels) -> Pixels:
    """How fast brightness changes, 0 on even ground, about 1 at the edge of black on white."""
    slope_x, slope_y = np.zeros_like(light), np.zeros_like(light)
    slope_x[:, 1:-1] = light[:, 2:] - light[:, :-2]
    slope_y[1:-1] = light[2:] - light[:-2]
    return np.sqrt(slope_x * slope_x + slope_y * slope_y)


def smoothed(image: Image.Image, radius: int) -> Image.Image:
    """Without small detail, with its edges: medians at half size."""
    half = image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.BOX)
    half = half.filter(ImageFilter.MedianFilter(2 * radius + 1))
    return half.resize(image.size, Image.Resampling.BICUBIC)


def over(paper: Pixels, ink: Pixels, share: Pixels) -> Pixels:
    """`ink` over `paper` (both RGB) where share is 1."""
    return paper + (ink - paper) * share[:, :, None]
