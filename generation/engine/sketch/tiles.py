"""A picture that wraps: its right edge goes on at its left one, its lower edge at its upper one."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from PIL import Image

from . import actors
from .chance import Chance
from .drawing import Sketch, cast_in, read
from .light import TIMES
from .raster import Colour, Pixels, lit, mix
from .stage import Stage
from .styles import Sheet, wearing

PAD = 0.15
"""How far the picture is continued on each side before a style sees it, as a share of a side."""
SHARE = 0.62
"""How much of its cell a group of things takes."""


def draw_tile(sketch: Sketch) -> Image.Image:
    """The scene's things, again and again, on plain ground in the colours of its place."""
    with wearing(sketch.style):
        stage = _pattern(sketch)
        pad = round(PAD * min(stage.image.size))
        rims = _continued(stage.rims, pad) if stage.rims else None
        whole = _continued(stage.image, pad), _continued(stage.things, pad)
        wide = Sheet(*whole, rims, sketch.seeds.seed)
        finished = np.asarray(sketch.style.finish(wide), dtype=np.float32)
    return Image.fromarray((_joined(_joined(finished, pad, 1), pad, 0) + 0.5).astype("u1"))


def _joined(wide: Pixels, pad: int, axis: int) -> Pixels:
    """Without its padding on one axis. The grain of a style differs on both sides of an edge:
    the first pixels fade from what the far side's padding shows, which is the same place."""
    length, fade = wide.shape[axis] - 2 * pad, pad // 3
    own = np.take(wide, range(pad, pad + length), axis=axis)
    far = np.take(wide, range(pad + length, pad + length + fade), axis=axis)
    share = np.linspace(0, 1, fade, dtype=np.float32)
    share = share[None, :, None] if axis else share[:, None, None]
    head = np.take(own, range(fade), axis=axis) * share + far * (1 - share)
    tail = np.take(own, range(fade, length), axis=axis)
    return np.concatenate((head, tail), axis=axis)


def _pattern(sketch: Sketch) -> Stage:
    chance = Chance(sketch.seeds, "tile")
    scene, place, probe = read(sketch)
    probe.light = TIMES["day"]
    place.paint(probe)
    ground = _plain(probe.image)
    stage = Stage(sketch.width, sketch.height, sketch.seeds, replace(probe.light, shadow=0.2))
    stage.rims = probe.rims and Image.new("L", stage.image.size)
    stage.image.paste(ground, (0, 0, *stage.image.size))
    columns, rows = _lattice(sketch.width, sketch.height)
    cell = sketch.width / columns, sketch.height / rows
    turn = chance(0, 1)
    for row in range(rows):
        for column in range(columns):
            seeds = replace(sketch.seeds, seed=sketch.seeds.seed + (row * columns + column) * 977)
            at = (
                (column + 0.5 * ((row % 2) if rows % 2 == 0 else 0) + turn) * cell[0],
                (row + turn) * cell[1] + chance(-0.06, 0.06) * cell[1],
            )
            own = Stage(round(cell[0]), round(cell[1]), seeds, stage.light, horizon=cell[1] * 0.1)
            cast = cast_in(scene, replace(place, floor="ground"), own, None)
            _stamp(stage, cast, at, min(cell) * SHARE * chance(0.9, 1.1))
            _dots(stage, chance, ground, at, cell)
    return stage


def _lattice(width: int, height: int) -> tuple[int, int]:
    """Columns and rows of about square cells, rows even so that every other one can be shifted."""
    rows = max(2, 2 * round(height / min(width, height)))
    return max(2, round(rows * width / height)), rows


def _plain(image: Image.Image) -> Colour:
    """One calm colour for all of a place: its mean, towards white."""
    r, g, b = (int(part) for part in np.asarray(image.resize((1, 1), Image.Resampling.BOX))[0, 0])
    return mix(lit((r, g, b), 1.3), (255, 255, 255), 0.25)


def _stamp(stage: Stage, cast: list[actors.Actor], at: tuple[float, float], side: float) -> None:
    """The group, its middle at `at`, painted again across each edge that it crosses."""
    if not cast:
        return
    left = min(one.x - one.width / 2 for one in cast)
    right = max(one.x + one.width / 2 for one in cast)
    top, bottom = min(one.foot - one.height for one in cast), max(one.foot for one in cast)
    scale = side / max(right - left, bottom - top, 1.0)
    middle = (left + right) / 2, (top + bottom) / 2
    at = at[0] % stage.width, at[1] % stage.height
    for across, down in ((x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)):
        x, y = at[0] + across * stage.width, at[1] + down * stage.height
        if not (-side < x < stage.width + side and -side < y < stage.height + side):
            continue
        moved = [
            replace(
                one,
                x=x + (one.x - middle[0]) * scale,
                foot=y + (one.foot - middle[1]) * scale,
                order=one.order,
                height=one.height * scale,
                haze=0.0,
                ground="on" if one.ground in ("on", "ground", "water", "island") else "air",
            )
            for one in cast
        ]
        for actor in sorted(moved, key=lambda one: one.order):
            actors.perform(stage, actor)


def _dots(
    stage: Stage, chance: Chance, ground: Colour, at: tuple[float, float], cell: tuple[float, float]
) -> None:
    """Small discs between the groups."""
    for _ in range(3):
        turn = chance(0, 2 * math.pi)
        x = (at[0] + math.cos(turn) * cell[0] * 0.5) % stage.width
        y = (at[1] + math.sin(turn) * cell[1] * 0.5) % stage.height
        side = max(3, round(min(cell) * chance(0.02, 0.05)))
        mask = _disc(side)
        for across in (0, stage.width):
            for down in (0, stage.height):
                stage.fill(
                    mix(ground, (255, 255, 255), 0.6),
                    mask,
                    (round(x - across), round(y - down)),
                )


def _disc(side: int) -> Image.Image:
    line = np.linspace(-1, 1, side, dtype=np.float32)
    far = line[None, :] ** 2 + line[:, None] ** 2
    return Image.fromarray((((1 - far) * side * 0.6).clip(0, 1) * 220).astype("u1"))


def _continued(image: Image.Image, pad: int) -> Image.Image:
    """The picture with `pad` pixels of its other side around it."""
    pixels = np.asarray(image)
    around = [(pad, pad), (pad, pad)] + [(0, 0)] * (pixels.ndim - 2)
    return Image.fromarray(np.pad(pixels, around, mode="wrap"))
