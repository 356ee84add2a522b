"""Places with houses and roads."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from . import clay, land, sky
from .outdoors import GRASS, GRASS_FAR, TREE
from .raster import Colour, blank, glow, gradient, lit, mix, rgb, soften, thin
from .stage import Stage

FACADES = tuple(
    rgb(code)
    for code in ["#8fa6c8", "#a7b6cf", "#c9a79c", "#b7a2c4", "#94b8b8", "#d1b48c", "#7f93b8"]
)
WARM, GLASS = rgb("#ffd98a"), rgb("#cfe6f7")


def city(stage: Stage) -> None:
    _heaven(stage)
    _skyline(stage, "far", 0.62, 0.09, 0.62)
    _skyline(stage, "near", 0.46, 0.13, 0.22)
    _road(stage)
    land.scatter(stage, "trees", (TREE,), 4, depth=(0.94, 0.99), height=0.3, edges=True)
    land.scatter(
        stage, "lamps", ("prop:streetlamp",), 3, depth=(0.9, 0.92), height=0.48, shadow=False
    )


NEON = tuple(rgb(code) for code in ("#ff3fa4", "#3fe0ff", "#b35bff", "#ffe14d", "#4dffb0"))


def neon(stage: Stage) -> None:
    """The city under coloured lights: signs on the houses, their shine on the wet road."""
    city(stage)
    chance = stage.chance("neon")
    for colour in chance.order((*NEON, *NEON)):
        wide, tall = stage.unit * chance(0.018, 0.03), stage.unit * chance(0.08, 0.2)
        x, y = (
            chance(0.02, 0.98) * stage.width,
            stage.horizon - tall - stage.unit * chance(0.0, 0.22),
        )
        spot = (x, y + tall / 2)
        stage.fill(colour, thin(glow(stage.image.size, spot, tall * 1.5), 0.5))
        sign = clay.solid(
            (max(4, round(wide)), max(8, round(tall))),
            lambda pen: pen.box(0, 0, 1, 1, 0.3),
            lit(colour, 1.35),
            colour,
            round_=0.1,
        )
        stage.lay(sign, x - wide / 2, y)
        pool = (x, stage.deep(0.45))
        stage.fill(colour, thin(glow(stage.image.size, pool, stage.unit * 0.2), 0.22))


def street(stage: Stage) -> None:
    _heaven(stage)
    _skyline(stage, "far", 0.4, 0.12, 0.5)
    _road(stage)
    shops = ("sprite:1f3ea", "sprite:1f3e8", "sprite:1f3e0", "sprite:1f3e2", "sprite:1f3ec")
    land.scatter(stage, "shops", shops, 5, depth=(0.97, 0.99), height=1.25, shadow=False)
    land.scatter(
        stage,
        "lamps",
        ("prop:streetlamp", TREE),
        4,
        depth=(0.88, 0.9),
        height=0.72,
        edges=True,
        shadow=False,
    )


def railway(stage: Stage) -> None:
    _heaven(stage)
    land.hills(stage, "far", rgb("#7fb08f"), 0.2, 2.2, 0.5)
    land.ground(stage, GRASS_FAR, GRASS)
    land.grass(stage, GRASS, 0.6)
    bed = Image.new("L", stage.image.size)
    draw = ImageDraw.Draw(bed)
    top, bottom = stage.deep(0.44), stage.deep(0.16)
    draw.rectangle((0, top, stage.width, bottom), fill=255)
    stage.fill(land.dim(stage, rgb("#b3a48f")), soften(bed, stage.unit * 0.006))
    step = stage.unit * 0.055
    for place in range(int(stage.width / step) + 2):
        x = round(place * step)
        box = (
            x,
            round(top + stage.unit * 0.01),
            round(x + step * 0.42),
            round(bottom - stage.unit * 0.01),
        )
        stage.image.paste(land.dim(stage, rgb("#7d5a44")), box)
    for share in (0.25, 0.75):
        y = round(top + (bottom - top) * share)
        stage.image.paste(
            land.dim(stage, rgb("#8e97a6")),
            (0, y, stage.width, y + max(2, round(stage.unit * 0.009))),
        )
    land.scatter(
        stage, "trees", (TREE, "sprite:1f332"), 5, depth=(0.7, 0.95), height=0.5, edges=True
    )


def village(stage: Stage) -> None:
    _heaven(stage)
    land.hills(stage, "far", rgb("#7fb08f"), 0.22, 2.2, 0.55)
    land.hills(stage, "near", rgb("#7cbb5e"), 0.1, 3.0, 0.2)
    land.ground(stage, GRASS_FAR, GRASS)
    land.grass(stage, GRASS, 0.8)
    land.scatter(
        stage,
        "homes",
        ("sprite:1f3e0", "sprite:1f3e1", "sprite:26ea"),
        4,
        depth=(0.82, 0.94),
        height=0.62,
        edges=True,
    )
    land.scatter(stage, "trees", (TREE,), 5, depth=(0.7, 0.95), height=0.6, edges=True)
    land.scatter(
        stage, "fence", ("prop:fence",), 2, depth=(0.35, 0.5), height=0.15, edges=True, shadow=False
    )


def _heaven(stage: Stage) -> None:
    stage.sky()
    if stage.light.sun == "moon":
        sky.stars(stage, stage.horizon, 0.6)
    sky.luminary(stage)
    sky.clouds(stage, 3)


def _skyline(stage: Stage, name: str, rise: float, wide: float, far: float) -> None:
    """A row of buildings with windows; at night most of them are lit."""
    chance = stage.chance("skyline", name)
    x = -stage.unit * wide * chance(0, 0.8)
    base = round(stage.horizon + stage.unit * 0.02)
    while x < stage.width:
        width = stage.unit * wide * chance(0.75, 1.35)
        height = stage.unit * rise * chance(0.45, 1.0)
        tone = mix(land.dim(stage, chance.pick(FACADES)), stage.light.haze, far)
        _building(
            stage,
            (x, base - height, x + width, base),
            tone,
            far,
            stage.chance(name, round(x)).whole(0, 999),
        )
        x += width + stage.unit * chance(-0.004, 0.014)


def _building(
    stage: Stage, box: tuple[float, float, float, float], tone: Colour, far: float, number: int
) -> None:
    left, top, right, bottom = (round(value) for value in box)
    if right - left < 3 or bottom - top < 3:
        return
    chance = stage.chance("building", number, left)
    mask = blank((right - left, bottom - top))
    draw = ImageDraw.Draw(mask)
    draw.rounded_rectangle((0, 0, right - left, bottom - top + 20), stage.unit * 0.012, fill=255)
    body = gradient(
        (right - left, bottom - top), (lit(tone, 1.12), tone, mix(tone, stage.light.haze, 0.3))
    )
    stage.image.paste(body, (left, top), mask)
    side = max(1, (right - left) // 4)
    stage.image.paste(
        lit(tone, 0.86),
        (right - side, top, right, bottom),
        thin(mask.crop((right - left - side, 0, right - left, bottom - top)), 0.75),
    )
    columns = chance.whole(3, 5)
    cell = (right - left) / (columns + 0.6)
    rows = max(1, int((bottom - top) / (cell * 1.25)))
    for row in range(rows):
        for column in range(columns):
            glowing = stage.light.dark and chance.maybe(0.62)
            tint = (
                mix(WARM, tone, 0.15 + far * 0.5)
                if glowing
                else mix(mix(GLASS, tone, 0.55), stage.light.haze, far * 0.4)
            )
            if stage.light.dark and not glowing:
                tint = lit(tone, 0.7)
            x, y = left + cell * (0.45 + column), top + cell * (0.5 + row * 1.25)
            pane = (round(x), round(y), round(x + cell * 0.55), round(y + cell * 0.72))
            if pane[3] < bottom:
                stage.image.paste(tint, pane)


def _road(stage: Stage) -> None:
    """Pavement, kerb, and a road across the picture."""
    top = round(stage.horizon)
    pave = land.dim(stage, rgb("#c9c3bd"))
    stage.image.paste(
        gradient(
            (stage.width, max(2, stage.height - top)), (mix(pave, stage.light.haze, 0.25), pave)
        ),
        (0, top),
    )
    kerb, end = round(stage.deep(0.66)), round(stage.deep(0.0))
    road = land.dim(stage, rgb("#6c7080"))
    stage.image.paste(
        lit(pave, 1.3), (0, kerb - max(2, round(stage.unit * 0.014)), stage.width, kerb)
    )
    stage.image.paste(
        gradient((stage.width, max(2, end - kerb)), (lit(road, 0.92), road)), (0, kerb)
    )
    middle, dash = round(stage.deep(0.13)), stage.unit * 0.13
    thick = max(2, round(stage.unit * 0.014))
    start = stage.chance("dash")(0, 1) * dash
    for place in range(-1, int(stage.width / dash) + 2):
        x = place * dash * 1.6 + start
        stage.image.paste(
            land.dim(stage, rgb("#f2e6c0")),
            (round(x), middle, round(x + dash * 0.8), middle + thick),
        )
    if stage.light.dark:
        _shine(stage, kerb)


def _shine(stage: Stage, kerb: int) -> None:
    """Lamp light on the road."""
    chance = stage.chance("shine")
    mask = np.zeros((stage.height, stage.width), dtype=np.float32)
    pool = Image.fromarray(mask.astype(np.uint8))
    draw = ImageDraw.Draw(pool)
    for place in range(4):
        x = (place + chance(0.2, 0.8)) / 4 * stage.width
        draw.ellipse(
            (x - stage.unit * 0.2, kerb, x + stage.unit * 0.2, kerb + stage.unit * 0.12), fill=95
        )
    stage.fill(rgb("#ffcf87"), soften(pool, stage.unit * 0.04))
