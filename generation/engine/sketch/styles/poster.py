"""Poster: a screen print in few inks on cream paper, with grain in the shadows and a border."""

from __future__ import annotations

import numpy as np
from PIL import Image

from generation.engine.sketch.colour import to_lab

from . import sheet
from .sheet import Sheet

PAPER = (246, 234, 207)
INKS = (
    *("#f6ead0", "#f4c95d", "#ee8a3c", "#d8432f", "#8c2b33", "#f2b8a0", "#7fb39a", "#2f7d6b"),
    *("#17424a", "#1d2b45", "#3f6c9b", "#8dbbd0", "#c9dfd8", "#b98b62", "#6b4434", "#8a5f8f"),
    *("#f08fa8", "#a8b84b", "#4d4f63", "#b7b2a8", "#4a3a72"),
)
"""A printer's shelf; each picture is printed with its best."""
PLATES = 9
EVEN = 0.3
"""Below 1 the ink of a small red thing counts nearly as much as that of a wide sky."""


def finish(drawn: Sheet) -> Image.Image:
    unit = drawn.unit
    plain = sheet.smoothed(drawn.image, 2)
    # Things keep their small parts, the ground gives them up.
    plain.paste(drawn.image, (0, 0), drawn.things)
    fine = sheet.cloud(plain.size, 1.8 * max(unit, 0.7), drawn.seed + 2, 1)
    patchy = (sheet.cloud(plain.size, 120 * unit, drawn.seed + 4, 2) * 9 + 6).clip(2, 14)
    # Grain decides at the border of two inks, as it does where a plate wears off.
    grainy = np.asarray(plain, dtype=np.float32) + (fine * patchy)[:, :, None]
    speckled = Image.fromarray(grainy.clip(0, 255).astype("u1"))
    printed = _printed(speckled, plain, drawn.things)
    return _bordered(_outlined(printed, drawn), unit)


def _printed(speckled: Image.Image, plain: Image.Image, things: Image.Image) -> Image.Image:
    """Every pixel in the nearest of the inks that this picture is printed with."""
    inks = np.asarray([[int(ink[at : at + 2], 16) for at in (1, 3, 5)] for ink in INKS], dtype="u1")
    shelf = to_lab(inks)
    weight = np.asarray((1.0, 1.5, 1.5), dtype=np.float32)
    small = to_lab(np.asarray(plain.resize((72, 72), Image.Resampling.NEAREST)).reshape(-1, 3))
    near = (((small[:, None] - shelf[None]) * weight) ** 2).sum(axis=2).argmin(axis=1)
    alone = np.asarray(things.resize((72, 72), Image.Resampling.BOX)).ravel() > 127
    used = np.bincount(near, minlength=len(inks)) ** EVEN
    used += 1.3 * np.bincount(near[alone], minlength=len(inks)) ** EVEN
    plates = np.argsort(-used, kind="stable")[:PLATES]
    # A colour cube of 32³ is looked up instead of measuring each pixel against each ink.
    steps = np.arange(32, dtype=np.float32) * 8 + 4
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).astype("u1")
    away = (((to_lab(cube)[..., None, :] - shelf[plates]) * weight) ** 2).sum(axis=-1)
    table = inks[plates][away.argmin(axis=-1)]
    at = np.asarray(speckled) >> 3
    return Image.fromarray(table[at[..., 0], at[..., 1], at[..., 2]])


def _outlined(printed: Image.Image, drawn: Sheet) -> Image.Image:
    """A thin light line around things, where two plates do not quite meet."""
    rim = sheet.blur(drawn.outlines, 0.6 * drawn.unit)
    gap = Image.fromarray(((rim * 2).clip(0, 1) * 170).astype("u1"))
    printed = printed.copy()
    printed.paste(PAPER, (0, 0, *printed.size), gap)
    return printed


def _bordered(printed: Image.Image, unit: float) -> Image.Image:
    """Cream paper around the print, with its tooth."""
    width, height = printed.size
    edge = max(3, round(20 * unit))
    sheet_ = Image.new("RGB", printed.size, PAPER)
    inner = printed.crop((edge, edge, width - edge, height - edge))
    sheet_.paste(inner, (edge, edge))
    tooth = sheet.cloud(printed.size, 2 * max(unit, 0.7), 41, 2) * np.float32(0.035)
    return sheet.picture(sheet.values(sheet_) * (1 + tooth)[:, :, None])
