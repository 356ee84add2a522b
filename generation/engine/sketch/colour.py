"""Another colour for an illustration: hue and lightness move in OKLab, the shading stays.

OKLab: Björn Ottosson, 2020; lightness, green-red and blue-yellow axes on which equal steps look
equal."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from .raster import rgb

Lab = NDArray[np.float32]

TARGETS = {
    "red": "#e5333f",
    "orange": "#f5852a",
    "yellow": "#f9c92e",
    "green": "#3fae4b",
    "teal": "#22b5b0",
    "blue": "#2f7be6",
    "purple": "#8a4fd8",
    "pink": "#fb8fb6",
    "brown": "#8f5b3a",
    "black": "#34323c",
    "white": "#f4f3f6",
    "grey": "#9a9ca6",
}
PALE = 0.045
"""Chroma below which a pixel has no colour of its own."""


@lru_cache(maxsize=1)
def _linear() -> NDArray[np.float32]:
    """sRGB value → linear light."""
    values = np.arange(256, dtype=np.float64) / 255
    curve = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return np.round(curve, 7).astype(np.float32)


@lru_cache(maxsize=1)
def _srgb() -> NDArray[np.uint8]:
    """Linear light in 4096 steps → sRGB value."""
    values = np.arange(4096, dtype=np.float64) / 4095
    curve = np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)
    return np.round(np.round(curve, 6) * 255).astype(np.uint8)


def to_lab(pixels: NDArray[np.uint8]) -> Lab:
    """(…, 3) sRGB → (…, 3) OKLab."""
    light = _linear()[pixels]
    r, g, b = light[..., 0], light[..., 1], light[..., 2]
    long = 0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b
    middle = 0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b
    short = 0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b
    # Rounded: the last bit of a cube root is the C library's own.
    roots = [
        np.rint(np.cbrt(cone) * 1e5).astype(np.float32) * np.float32(1e-5)
        for cone in (long, middle, short)
    ]
    x, y, z = roots
    return np.stack(
        (
            0.2104542553 * x + 0.7936177850 * y - 0.0040720468 * z,
            1.9779984951 * x - 2.4285922050 * y + 0.4505937099 * z,
            0.0259040371 * x + 0.7827717662 * y - 0.8086757660 * z,
        ),
        axis=-1,
    ).astype(np.float32)


def to_rgb(lab: Lab) -> NDArray[np.uint8]:
    """OKLab → sRGB, cut to what a screen can show."""
    light, a, b = lab[..., 0], lab[..., 1], lab[..., 2]
    x = light + 0.3963377774 * a + 0.2158037573 * b
    y = light - 0.1055613458 * a - 0.0638541728 * b
    z = light - 0.0894841775 * a - 1.2914855480 * b
    long, middle, short = x * x * x, y * y * y, z * z * z
    channels = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    stacked = np.stack(channels, axis=-1).clip(0, 1)
    return _srgb()[(stacked * 4095 + 0.5).astype(np.int32)]


def recolour(image: Image.Image, name: str) -> Image.Image:
    """The RGBA picture with its main colour turned into words.COLOURS[name]; windows, eyes and
    tyres stay.
    """
    pixels = np.asarray(image)
    lab = to_lab(pixels[:, :, :3])
    target = to_lab(np.asarray([[rgb(TARGETS[name])]], dtype=np.uint8))[0, 0]
    solid = pixels[:, :, 3] > 128
    chroma = np.sqrt(lab[..., 1] ** 2 + lab[..., 2] ** 2)
    wanted = float(np.sqrt(target[1] ** 2 + target[2] ** 2))
    dull = wanted < 0.03
    weight, way, mean_chroma, mean_light = _main_colour(lab, chroma, solid, 0.1 if dull else 0.4)
    turn = (1.0, 0.0) if dull else (float(target[1]) / wanted, float(target[2]) / wanted)
    gain = 0.12 if dull else min(wanted / max(mean_chroma, 0.02), 4.0)
    # Rotating by the difference of the two hues keeps warm lights and cool shades apart.
    c, s = turn[0] * way[0] + turn[1] * way[1], turn[1] * way[0] - turn[0] * way[1]
    a = (lab[..., 1] * c - lab[..., 2] * s) * gain
    b = (lab[..., 1] * s + lab[..., 2] * c) * gain
    if mean_chroma < PALE and not dull:
        a, b = np.full_like(a, target[1]) * 0.9, np.full_like(b, target[2]) * 0.9
    pull = 0.95 if dull else 0.72
    spread = 0.75 if dull else 0.9
    light = (
        (lab[..., 0] - mean_light) * spread + mean_light + (float(target[0]) - mean_light) * pull
    )
    new = np.stack((light.clip(0.05, 0.99), a, b), axis=-1)
    mask = Image.fromarray((weight * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1.6))
    share = np.asarray(mask, dtype=np.float32)[..., None] * np.float32(1 / 255)
    mixed = lab + (new - lab) * share
    result = np.dstack((to_rgb(mixed), pixels[:, :, 3]))
    return Image.fromarray(result)


def _main_colour(
    lab: Lab, chroma: Lab, solid: NDArray[np.bool_], loose: float
) -> tuple[Lab, tuple[float, float], float, float]:
    """(how much each pixel belongs to the main colour, its direction, mean chroma, mean
    lightness).
    """
    sectors = ((1.0, 0.0), (0.866, 0.5), (0.5, 0.866), (0.0, 1.0), (-0.5, 0.866), (-0.866, 0.5))
    ways = [*sectors, *((-x, -y) for x, y in sectors)]
    safe = np.maximum(chroma, 1e-4)
    strong = solid & (chroma > PALE)
    best, most = (1.0, 0.0), 0.0
    for way in ways:
        near = (lab[..., 1] * way[0] + lab[..., 2] * way[1]) / safe > 0.8
        amount = float(np.sum(strong & near)) + 0.0
        if amount > most:
            best, most = way, amount
    grey = solid & ~strong & (lab[..., 0] > 0.42)
    if most < 0.55 * float(np.sum(grey)):
        weight = np.where(grey, 1.0, 0.0) + np.where(
            solid & (chroma <= 2 * PALE) & ~grey & (lab[..., 0] > 0.42), 0.6, 0
        )
        return weight.astype(np.float32), (1.0, 0.0), 0.01, _mean(lab[..., 0], grey)
    alike = (lab[..., 1] * best[0] + lab[..., 2] * best[1]) / safe
    chosen = strong & (alike > 0.7)
    weight = ((alike - loose) / 0.35).clip(0, 1) * ((chroma - 0.012) / 0.03).clip(0, 1)
    weight = weight * ((lab[..., 0] - 0.22) / 0.14).clip(0, 1)
    x, y = _mean(lab[..., 1], chosen), _mean(lab[..., 2], chosen)
    long = max((x * x + y * y) ** 0.5, 1e-4)
    return (
        weight.astype(np.float32),
        (x / long, y / long),
        _mean(chroma, chosen),
        _mean(lab[..., 0], chosen),
    )


def _mean(values: Lab, where: NDArray[np.bool_]) -> float:
    """A mean in whole steps of 1/4096, which no order of summing can change."""
    steps = np.rint(values[where].astype(np.float64) * 4096).astype(np.int64)
    return float(steps.sum()) / 4096 / max(1, steps.size)
