"""Any one thing before any ground, without a network: what the picture's border is not.

A map of how far each pixel is from the border, in colour and along the way there; then GrabCut,
which learns the colours of both sides and cuts where it costs least. It is good for one thing on
a ground that is quieter than it, and guesses where both have the same colours.

Source of the map: Zhang et al., "Minimum Barrier Salient Object Detection at 80 FPS" (2015).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from generation.engine.cutout.matte import Values

SIDE = 448
"""Pixels of the longer side that GrabCut works on; its time grows with their number."""
MAP_SIDE = 160
SWEEPS = 3
ROUNDS = 6
SMALLEST = 0.04
"""Parts of the cut smaller than this share of its largest are specks."""
Marks = NDArray[np.uint8]


def mask(picture: Values, hint: Values | None = None) -> Values:
    """0 or 1, with the longer side of at most 448 pixels. ``hint``: where something is, of another
    that looked, of any size."""
    small = shrunk(picture, SIDE)
    height, width = small.shape[:2]
    salient = _sized(standing_out(small), (width, height))
    if hint is not None:
        salient = _led(salient, _sized(hint, (width, height)))
    marks = _seeds(salient)
    if not (marks & 1).any():  # nothing stands out: nothing is cut away
        return np.ones((height, width), np.float32)
    eight = (small * 255).round().astype(np.uint8)[..., ::-1].copy()
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(1)  # its first guess is drawn by chance; the same picture is cut the same way
    cv2.grabCut(eight, marks, (0, 0, 0, 0), *models, ROUNDS, cv2.GC_INIT_WITH_MASK)
    return _whole(np.asarray(marks & 1, np.uint8))


def _led(salient: Values, hint: Values) -> Values:
    """What stands out counts near the hint: a leaf on the apple that was seen, not the window."""
    around = np.asarray(cv2.GaussianBlur(hint, (0, 0), 0.12 * max(hint.shape)), np.float32)
    around = around / max(float(around.max()), 1e-6)
    return np.asarray(0.5 * hint + 0.5 * salient * around, np.float32)


def _sized(values: Values, size: tuple[int, int]) -> Values:
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR), np.float32)


def shrunk(picture: Values, side: int) -> Values:
    height, width = picture.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def standing_out(picture: Values) -> Values:
    """0 … 1, of at most 160 pixels a side."""
    small = shrunk(picture, MAP_SIDE)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB) / np.float32(100)
    lab = np.asarray(cv2.GaussianBlur(lab, (0, 0), 1), np.float32)
    barrier = _scaled(np.sum([_barrier(lab[..., each]) for each in range(3)], axis=0))
    unlike = _scaled(_unlike_border(lab))
    high, wide = barrier.shape
    y, x = np.ogrid[-1 : 1 : high * 1j, -1 : 1 : wide * 1j]
    middle = np.exp(-(x * x + y * y) / 1.2)
    return _scaled((barrier + unlike) * (0.5 + 0.5 * middle))


def _barrier(channel: Values) -> Values:
    """The least difference between highest and lowest value on any way from the border, nearly:
    ways are followed line by line in four directions."""
    distance = np.full(channel.shape, np.inf, np.float32)
    distance[[0, -1]] = 0
    distance[:, [0, -1]] = 0
    high, low = channel.copy(), channel.copy()
    for _ in range(SWEEPS):
        for turned in (False, True):
            planes = [each.T if turned else each for each in (channel, distance, high, low)]
            count = len(planes[0])
            for line in range(1, count):
                _step(planes, line, line - 1)
            for line in range(count - 2, -1, -1):
                _step(planes, line, line + 1)
    return distance


def _step(planes: list[Values], line: int, before: int) -> None:
    channel, distance, high, low = planes
    top = np.maximum(high[before], channel[line])
    bottom = np.minimum(low[before], channel[line])
    better = top - bottom < distance[line]
    distance[line] = np.where(better, top - bottom, distance[line])
    high[line] = np.where(better, top, high[line])
    low[line] = np.where(better, bottom, low[line])


def _unlike_border(lab: Values) -> Values:
    """How far a pixel's colour is from the nearest of the few that the border is made of."""
    band = max(2, min(lab.shape[:2]) // 20)
    edge = np.concatenate(
        [
            lab[:band].reshape(-1, 3), lab[-band:].reshape(-1, 3),
            lab[:, :band].reshape(-1, 3), lab[:, -band:].reshape(-1, 3),
        ]
    )  # fmt: skip
    cv2.setRNGSeed(1)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 1e-3)
    _, names, middles = cv2.kmeans(edge, 6, None, stop, 2, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    counts = np.bincount(names.ravel(), minlength=6)
    # A thing that reaches over the border is a small part of it.
    usual = middles[counts > 0.06 * counts.sum()]
    apart = np.linalg.norm(lab[:, :, None] - usual[None, None], axis=-1)
    return np.asarray(apart.min(axis=-1), np.float32)


def _scaled(values: Values) -> Values:
    low, high = np.percentile(values, [1, 99.5])
    return np.asarray(((values - low) / max(high - low, 1e-6)).clip(0, 1), np.float32)


def _seeds(salient: Values) -> Marks:
    """GrabCut's marks: surely or probably the thing or the ground."""
    eight = (salient * 255).astype(np.uint8)
    level, _ = cv2.threshold(eight, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    marks = np.full(salient.shape, cv2.GC_PR_BGD, np.uint8)
    marks[eight < level * 0.3] = cv2.GC_BGD
    marks[eight > level] = cv2.GC_PR_FGD
    core = cv2.erode((eight > (level + 255) / 2).astype(np.uint8), np.ones((5, 5), np.uint8))
    marks[core > 0] = cv2.GC_FGD
    return marks


def _whole(cut: Marks) -> Values:
    """Without specks, and without holes of a few pixels."""
    clean = cv2.morphologyEx(cut, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    for part in (1, 0):  # specks of the thing, then pinholes in it
        count, names, stats, _ = cv2.connectedComponentsWithStats((clean == part).astype(np.uint8))
        areas = stats[1:count, cv2.CC_STAT_AREA]
        if not len(areas):
            continue
        least = SMALLEST * areas.max() if part else 0.002 * clean.size
        small = 1 + np.flatnonzero(areas < least)
        clean[np.isin(names, small)] = 1 - part
    return clean.astype(np.float32)
