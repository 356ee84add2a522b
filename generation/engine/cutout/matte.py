"""From a rough mask to a soft edge, and to colours without the old ground in them.

Arrays are float32 in 0 … 1: a picture (height, width, 3), a mask and an alpha (height, width).
Sources: He, Sun, Tang, "Guided Image Filtering" (2010), in the colour form; Forte, "Approximate
Fast Foreground Colour Estimation" (2021).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]

SMOOTH = 1e-4
"""Variance of a colour below which a patch counts as flat; less lets noise into the edge."""
WIDE, NARROW = 45, 4
"""Pixels of the two blurs by which colours are guessed: of the thing, then of its edge."""


def refined(picture: Values, mask: Values, radius: int) -> Values:
    """``mask`` drawn to the picture's own edges, which lie within ``radius`` pixels of its."""
    alpha = guided(picture, mask, max(1, radius))
    # A local line fit leaves a haze on both sides of the edge: its ends are drawn apart.
    return ((alpha - 0.08) / 0.84).clip(0, 1).astype(np.float32)


def guided(picture: Values, mask: Values, radius: int) -> Values:
    """Each patch's mask as a linear function of its colours."""

    def mean(values: Values) -> Values:
        side = 2 * radius + 1
        found = cv2.boxFilter(values, -1, (side, side), borderType=cv2.BORDER_REFLECT)
        return np.asarray(found, np.float32)

    middle, level = mean(picture), mean(mask)
    together = mean(picture * mask[..., None]) - middle * level[..., None]
    pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]
    spread = np.empty((*mask.shape, 3, 3), np.float32)
    for one, other in pairs:
        both = mean(picture[..., one] * picture[..., other])
        both -= middle[..., one] * middle[..., other]
        spread[..., one, other] = spread[..., other, one] = both
    spread += np.eye(3, dtype=np.float32) * SMOOTH
    slopes = np.linalg.solve(spread, together[..., None])[..., 0].astype(np.float32)
    offset = level - (slopes * middle).sum(axis=-1)
    alpha = (mean(slopes) * picture).sum(axis=-1) + mean(offset)
    return np.asarray(alpha, np.float32).clip(0, 1)


def trimap_kept(alpha: Values, foreground: int, background: int, erode: int) -> Values:
    """``alpha`` only where it is in doubt: what is surely the thing or the ground (thresholds 0
    to 255), and ``erode`` pixels from the edge, is that wholly."""
    square = np.ones((2 * erode + 1, 2 * erode + 1), np.uint8)
    inside = cv2.erode((alpha > foreground / 255).astype(np.uint8), square) > 0
    outside = cv2.erode((alpha < background / 255).astype(np.uint8), square) > 0
    kept = alpha.copy()
    kept[inside], kept[outside] = 1, 0
    return kept


def colours(picture: Values, alpha: Values) -> Values:
    """The thing's own colours, also where its edge is mixed with the ground."""
    found, ground = picture, picture
    for radius in (WIDE, NARROW):
        found, ground = _guessed(picture, found, ground, alpha, radius)
    return found


def _guessed(
    picture: Values, found: Values, ground: Values, alpha: Values, radius: int
) -> tuple[Values, Values]:
    side = (2 * radius + 1, 2 * radius + 1)

    def blurred(values: Values) -> Values:
        return np.asarray(cv2.blur(values, side), np.float32)

    share = alpha[..., None]
    near = blurred(alpha)[..., None]
    thing = blurred(found * share) / (near + 1e-5)
    behind = blurred(ground * (1 - share)) / ((1 - near) + 1e-5)
    mixed = share * thing + (1 - share) * behind
    return (thing + share * (picture - mixed)).clip(0, 1), behind.clip(0, 1)
