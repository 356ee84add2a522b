"""What was found → the masks that are repainted, one after the other. Pure.

Source of the order (ratio, offset, dilation, merging) and of the signs (y upwards): ADetailer.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageChops

from generation.engine.diffusion.details.detectors import Found
from generation.engine.painter import Detail

MERGE, MERGE_AND_INVERT = "Merge", "Merge and Invert"
MODES = ("None", MERGE, MERGE_AND_INVERT)


def masks(found: Sequence[Found], detail: Detail) -> list[Image.Image]:
    """L, white is repainted; without any that is black. "Merge and Invert" of nothing found is
    nothing."""
    kept = [
        one.mask
        for one in found
        if detail.mask_min_ratio
        <= one.area / (one.mask.width * one.mask.height)
        <= detail.mask_max_ratio
    ]
    moved = [shifted(mask, detail.x_offset, -detail.y_offset) for mask in kept]
    grown = [dilated(mask, detail.dilate_erode) for mask in moved]
    grown = [mask for mask in grown if mask.getbbox()]
    return _merged(grown, detail.mask_merge_invert)


def _merged(found: list[Image.Image], mode: str) -> list[Image.Image]:
    if mode not in (MERGE, MERGE_AND_INVERT) or not found:
        return found
    whole = found[0]
    for mask in found[1:]:
        whole = ImageChops.lighter(whole, mask)
    if mode == MERGE_AND_INVERT:
        whole = ImageChops.invert(whole)
    return [whole] if whole.getbbox() else []


def shifted(mask: Image.Image, right: int, down: int) -> Image.Image:
    """What is moved out of the picture is gone."""
    if not right and not down:
        return mask
    canvas = Image.new("L", mask.size, 0)
    canvas.paste(mask, (right, down))
    return canvas


def dilated(mask: Image.Image, pixels: int) -> Image.Image:
    """By a square with a side of so many pixels; of fewer than 0, eroded."""
    if not pixels:
        return mask
    square = np.ones((abs(pixels), abs(pixels)), np.uint8)
    change = cv2.dilate if pixels > 0 else cv2.erode
    return Image.fromarray(change(np.asarray(mask), square))
