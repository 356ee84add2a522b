"""Bodies for illustrations that show a head or a bust: plush animals, figures in coats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from . import clay
from .raster import Colour, lit, mix, rgb
from .wardrobe import SHOES, cut


@dataclass(frozen=True)
class Coat:
    """An animal's colours."""

    fur: str
    belly: str
    limbs: str
    tail: str = ""
    """"bush", "tuft" or nothing."""


COATS = {
    "1f43c": Coat("#f3eff8", "#fbf8ff", "#4b3f72"),
    "1f43b": Coat("#a9663f", "#d9a271", "#985836"),
    "1f43b-200d-2744-fe0f": Coat("#f1eff6", "#fdfcff", "#e6e3f0"),
    "1f428": Coat("#9c98a8", "#d9d5e2", "#8b8799"),
    "1f98a": Coat("#ff8a2b", "#fff0e0", "#e0702a", "bush"),
    "1f43a": Coat("#8f8b9c", "#d9d6e2", "#7b778a", "bush"),
    "1f99d": Coat("#96919f", "#d6d2de", "#6b6577", "bush"),
    "1f981": Coat("#f5a83a", "#ffd68c", "#e6952f", "tuft"),
    "1f439": Coat("#ffbf86", "#fff1e2", "#f3a569"),
    "1f436": Coat("#d9a66f", "#fbe6cb", "#c08a55"),
    "1f417": Coat("#7d5646", "#a97e68", "#6a463a"),
    "1face": Coat("#8a5a44", "#b3836a", "#744836"),
    "1f984": Coat("#f0eafa", "#ffffff", "#dccff2", "bush"),
    "1f438": Coat("#4cc46a", "#ffd76a", "#3aa85c"),
    "1f916": Coat("#d5cee4", "#8fd3f5", "#b3aac9"),
    "1f47d": Coat("#55c46a", "#8fe39a", "#45ad5c"),
    "1f479": Coat("#c23a5c", "#e8798f", "#a32c4c"),
}

ROBED = {
    "1f9d9",
    "1f478",
    "1f934",
    "1f470",
    "1f9db",
    "1f9dd",
    "1f9de",
    "1f9df",
    "1f9b8",
}
"""Busts whose coat reaches the ground."""


def animal(head: Image.Image, code: str) -> Image.Image:
    """A plush animal that sits and looks at us, about twice as high as its head."""
    coat = COATS[code]
    fur, belly, limbs = rgb(coat.fur), rgb(coat.belly), rgb(coat.limbs)
    wide = head.width
    size = (round(wide * 1.16), round(wide * 1.62))
    parts = []
    if coat.tail:
        parts.append(_tail(size, coat.tail, fur, belly))
    parts.append(
        clay.solid(
            size,
            lambda pen: pen.ellipse(0.2, 0.42, 0.8, 0.99),
            fur,
            lit(fur, 0.88),
            depth=1.2,
            round_=0.14,
        )
    )
    parts.append(
        clay.solid(
            size,
            lambda pen: pen.ellipse(0.31, 0.55, 0.69, 0.95),
            belly,
            lit(belly, 0.92),
            depth=0.5,
            round_=0.08,
        )
    )
    arms = clay.solid(
        size,
        lambda pen: (
            pen.line((0.27, 0.6), (0.22, 0.76), thick=0.16),
            pen.line((0.73, 0.6), (0.78, 0.76), thick=0.16),
        ),
        limbs,
        lit(limbs, 0.9),
        depth=1.2,
        round_=0.06,
    )
    legs = clay.solid(
        size,
        lambda pen: (pen.ellipse(0.1, 0.81, 0.42, 1.0), pen.ellipse(0.58, 0.81, 0.9, 1.0)),
        limbs,
        lit(limbs, 0.88),
        depth=1.2,
        round_=0.07,
    )
    pads = clay.solid(
        size,
        lambda pen: (pen.ellipse(0.18, 0.87, 0.31, 0.97), pen.ellipse(0.69, 0.87, 0.82, 0.97)),
        lit(mix(limbs, belly, 0.6), 1.05),
        depth=0.4,
    )
    figure = clay.stack(size, [*parts, legs, pads, arms])
    figure.alpha_composite(head, ((size[0] - head.width) // 2, 0))
    return cut(figure)


def _tail(size: tuple[int, int], kind: str, fur: Colour, tip: Colour) -> Image.Image:
    if kind == "tuft":
        rope = clay.solid(
            size,
            lambda pen: pen.line((0.7, 0.9), (0.88, 0.86), (0.93, 0.7), thick=0.06),
            fur,
            round_=0.03,
        )
        end = clay.solid(
            size, lambda pen: pen.ellipse(0.85, 0.58, 1.0, 0.72), rgb("#8a4a26"), round_=0.05
        )
        return clay.stack(size, (rope, end))
    bush = clay.solid(
        size,
        lambda pen: (
            pen.line((0.68, 0.92), (0.86, 0.84), thick=0.16),
            pen.ellipse(0.76, 0.58, 1.0, 0.9),
        ),
        fur,
        lit(fur, 0.85),
        round_=0.1,
    )
    end = clay.solid(size, lambda pen: pen.ellipse(0.8, 0.55, 0.98, 0.7), tip, round_=0.06)
    return clay.stack(size, (bush, end))


def figure(bust: Image.Image, code: str) -> Image.Image:
    """A bust goes on downwards in its own colours: a gown to the ground, or a coat to the knees
    over legs.
    """
    wide, robed = bust.width, code.split("-")[0] in ROBED
    size = (
        round(wide * (1.34 if robed else 1.1)),
        round(bust.height + wide * (0.74 if robed else 0.66)),
    )
    seam = bust.height / size[1]
    half, low = wide / size[0] / 2, seam + (1 - seam) * (0.95 if robed else 0.4)
    hem = 0.49 if robed else half * 0.74

    def coat(pen: clay.Pen) -> None:
        pen.polygon(
            (0.5 - half, seam - 0.25),
            (0.5 + half, seam - 0.25),
            (0.5 + half, seam),
            (0.5 + hem, low),
            (0.5 - hem, low),
            (0.5 - half, seam),
        )
        pen.ellipse(0.5 - hem, low - 0.045, 0.5 + hem, low + 0.045)

    parts = []
    if not robed:
        dark = mix(lit(_hem_colour(bust), 0.6), rgb("#4b4a66"), 0.5)
        parts.append(
            clay.solid(
                size,
                lambda pen: (
                    pen.box(0.28, seam, 0.485, 0.95, 0.03),
                    pen.box(0.515, seam, 0.72, 0.95, 0.03),
                ),
                dark,
                lit(dark, 0.85),
                depth=1.2,
                round_=0.08,
            )
        )
        parts.append(
            clay.solid(
                size,
                lambda pen: (
                    pen.box(0.22, 0.925, 0.485, 0.998, 0.05),
                    pen.box(0.515, 0.925, 0.78, 0.998, 0.05),
                ),
                SHOES,
                lit(SHOES, 0.8),
                round_=0.04,
            )
        )
    parts.append(_cloth(bust, clay.shape(size, coat), seam, (half, hem), low))
    whole = clay.stack(size, parts)
    whole.alpha_composite(bust, ((size[0] - wide) // 2, 0))
    return cut(whole)


def _cloth(
    bust: Image.Image, mask: Image.Image, seam: float, widths: tuple[float, float], low: float
) -> Image.Image:
    """The lowest row of the bust drawn out over the mask, under the light of clay."""
    row = np.asarray(bust, dtype=np.float32)[-4:].copy()
    weight = (row[:, :, 3:] > 200).astype(np.float32)
    sums, amounts = (row[:, :, :3] * weight).sum(axis=0), weight.sum(axis=0)
    filled = np.flatnonzero(amounts[:, 0] > 0)
    line = sums[filled] / amounts[filled]
    down = (
        (np.arange(mask.height, dtype=np.float32) / mask.height - seam) / max(low - seam, 1e-3)
    ).clip(0, 1)
    reach = (widths[0] + (widths[1] - widths[0]) * down)[:, None] * mask.width
    across = (np.arange(mask.width, dtype=np.float32)[None, :] - mask.width / 2) / (
        2 * reach
    ) + np.float32(0.5)
    source = (across.clip(0, 1) * (len(line) - 1)).astype(np.int32)
    lamp = np.asarray(
        clay.puffed(mask, (190, 190, 190), (172, 172, 172), depth=1.1, round_=0.1), dtype=np.float32
    )
    shaded = line[source] * (lamp[:, :, :3] / np.float32(188))
    alpha = np.asarray(mask).copy()
    alpha[: max(0, round(seam * mask.height) - 3)] = 0
    return Image.fromarray(np.dstack((shaded.clip(0, 255).astype(np.uint8), alpha)))


def _hem_colour(bust: Image.Image) -> Colour:
    """The commonest colour of the lowest rows, in whole steps."""
    rows = np.asarray(bust)[-max(3, bust.height // 16) :]
    solid = rows[rows[:, :, 3] > 200][:, :3].astype(np.int64)
    if not len(solid):
        return rgb("#7f86b8")
    bins = (solid[:, 0] // 32) * 64 + (solid[:, 1] // 32) * 8 + solid[:, 2] // 32
    common = int(np.bincount(bins).argmax())
    chosen = solid[bins == common]
    r, g, b = (int(total) // len(chosen) for total in chosen.sum(axis=0))
    return r, g, b
