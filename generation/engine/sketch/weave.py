"""ControlNet of the sketch painter: a picture of light and dark is woven into the drawing.

Every pixel keeps its hue and its place among its neighbours; how light it is, is brought into the
range that the control picture asks for at that point. Of a QR code the middle of each module is
held strictest, since that is where readers look; finder patterns are even and crisp.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from generation.engine.canvas.fit import fit
from generation.engine.painter import Control, ControlMode, Extra, PaintJob

from . import grid, maps
from .colour import to_lab, to_rgb
from .raster import Pixels, soften

QRCODE, BRIGHTNESS = "control_v1p_sd15_qrcode", "control_v1p_sd15_brightness"
MODELS = (
    Extra(QRCODE, description="Weaves a QR code, or any black and white picture, into the scene."),
    Extra(BRIGHTNESS, description="Gives the scene the light and dark of a picture."),
)
MODES = {ControlMode.BALANCED: 1.0, ControlMode.PROMPT: 0.8, ControlMode.CONTROL: 1.25}
QUIET = 2.5
"""Modules around a code that are kept bright; standards ask four, readers are content with two."""


def apply(picture: Image.Image, control: Control, job: PaintJob) -> Image.Image:
    """The RGB picture under one control unit."""
    force = strength(control)
    source = control.image or job.init_image
    if force <= 0 or source is None:
        return picture
    drawn = maps.draw(control, source, picture.size)
    shown = fit(drawn.convert("L"), *picture.size, control.resize_mode)
    light = np.asarray(shown, dtype=np.float32) * np.float32(1 / 255)
    code = grid.find(light < 0.5)
    if code is not None:
        target, hold = _of_code(code, picture.size, force, control)
    else:
        target, hold = _of_picture(light, force, control.model.split(" [")[0] == QRCODE)
    return _woven(picture, target, hold, force)


def strength(control: Control) -> float:
    """0 … about 2.5: the weight, by the part of the steps in which it works; what works in the
    first steps decides the composition and counts more."""
    start, end = control.guidance_start, control.guidance_end
    if end <= start:
        return 0.0
    acting = (1 - (1 - end) ** 1.5) - (1 - (1 - start) ** 1.5)
    return float(control.weight * acting**0.5 * MODES[control.mode])


def _of_picture(light: Pixels, force: float, is_hard: bool) -> tuple[Pixels, Pixels]:
    """(0 dark … 1 light, how strictly it is held 0 … 1) of any picture."""
    if is_hard:
        light = ((light - np.float32(0.5)) * 4 + np.float32(0.5)).clip(0, 1)
    hold = np.full_like(light, min(1.0, 0.62 * force))
    return light, hold


def _of_code(
    code: grid.Grid, size: tuple[int, int], force: float, control: Control
) -> tuple[Pixels, Pixels]:
    """The same of a QR code: round dots in modules that run into their neighbours of one kind."""
    across, down = code.coordinates(*size)
    column, row = np.floor(across).astype(int), np.floor(down).astype(int)
    inside = np.ix_((row >= 0) & (row < code.side), (column >= 0) & (column < code.side))
    dark = np.zeros((size[1], size[0]), dtype=np.float32)
    finder = np.zeros_like(dark)
    at = np.ix_(row.clip(0, code.side - 1), column.clip(0, code.side - 1))
    dark[inside] = code.dark[at][inside]
    finder[inside] = code.in_finder()[at][inside]
    target = 1 - np.where(finder > 0, dark, _rounded(dark, code.module))
    x, y = across - column - np.float32(0.5), down - row - np.float32(0.5)
    far = np.sqrt(x[None, :] ** 2 + y[:, None] ** 2)
    centre = (1 - (far - np.float32(0.28 + 0.05 * force)) / np.float32(0.24)).clip(0, 1)
    between = min(1.0, max(0.0, 0.52 * force - 0.14 - 0.2 * (1 - control.guidance_end)))
    held = between + (min(1.0, 0.5 + 0.45 * force) - between) * centre
    held = np.maximum(held, finder * min(1.0, 0.6 + 0.45 * force))
    outside = _outside(across, down, code.side)
    quiet = (1 - (outside - np.float32(QUIET - 0.8)) / np.float32(1.4)).clip(0, 1)
    ring = np.where(outside > 0, quiet * min(1.0, 0.45 + 0.4 * force), held)
    return target.astype(np.float32), ring.astype(np.float32)


def _outside(across: Pixels, down: Pixels, side: int) -> Pixels:
    """How many modules a pixel lies outside of the code; 0 inside."""
    far_x = np.maximum(np.maximum(-across, across - side), 0)
    far_y = np.maximum(np.maximum(-down, down - side), 0)
    return np.asarray(np.sqrt(far_x[None, :] ** 2 + far_y[:, None] ** 2), dtype=np.float32)


def _rounded(dark: Pixels, module: float) -> Pixels:
    """Modules with round corners that flow together: a blur, cut hard again."""
    mask = soften(Image.fromarray((dark * 255).astype("u1")), max(0.6, module * 0.24))
    smooth = np.asarray(mask, dtype=np.float32) / 255
    return ((smooth - np.float32(0.5)) * np.float32(max(2.0, module * 0.5)) + np.float32(0.5)).clip(
        0, 1
    )


def _woven(picture: Image.Image, target: Pixels, hold: Pixels, force: float) -> Image.Image:
    """Lightness moved into its range in OKLab; colour grows a little where it darkens."""
    lab = to_lab(np.asarray(picture))
    light = lab[..., 0]
    deep = np.float32(max(0.14, 0.52 - 0.19 * force))
    high = np.float32(min(0.9, 0.68 + 0.1 * force))
    low_end = light * deep + np.float32(0.1)
    high_end = high + light * (np.float32(0.985) - high)
    wanted = low_end + (high_end - low_end) * target
    # What already is as dark or as light as it should be stays as it was drawn.
    fits = np.where(target > 0.5, light >= wanted, light <= wanted)
    moved = np.where(fits, light, light + (wanted - light) * hold)
    change = (moved - light)[..., None]
    gain = 1 - np.maximum(change, 0) * np.float32(0.9) - np.minimum(change, 0) * np.float32(0.25)
    # Hue is what is left to tell things apart by: there is more of it than in the drawing.
    colour = lab[..., 1:] * gain * (1 + np.float32(0.3) * hold[..., None])
    # Black and white grounds have no hue to keep: they lean to a deep blue and to warm paper.
    colour = colour + np.minimum(change, 0) * np.asarray((0.0, 0.045), dtype=np.float32)
    colour = colour + np.maximum(change, 0) * np.asarray((0.004, 0.022), dtype=np.float32)
    return Image.fromarray(to_rgb(np.concatenate((moved[..., None], colour), axis=-1)))
