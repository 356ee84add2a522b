"""Places on, at and under water."""

from __future__ import annotations

from PIL import ImageDraw

from . import land, sky
from .outdoors import PALM, PINE, ROCK, TREE
from .raster import blank, gradient, lit, rgb, soften
from .stage import Stage


def sea(stage: Stage) -> None:
    stage.sky()
    if stage.light.sun == "moon":
        sky.stars(stage, stage.horizon)
    sky.luminary(stage)
    sky.clouds(stage, 4)
    land.water(stage, rgb("#8fd0ea"), rgb("#2273b8"), waves=1.3)


def lake(stage: Stage) -> None:
    stage.sky()
    if stage.light.sun == "moon":
        sky.stars(stage, stage.horizon)
    sky.luminary(stage)
    sky.clouds(stage, 3)
    land.hills(stage, "far", rgb("#7ba7a0"), 0.24, 2.4, 0.5)
    land.hills(stage, "near", rgb("#6fae63"), 0.11, 3.4, 0.2)
    land.water(stage, rgb("#a5dbe6"), rgb("#3f93bd"), waves=0.8)
    land.scatter(
        stage, "trees", (TREE, PINE), 7, depth=(0.97, 1.0), height=0.62, edges=True, shadow=False
    )
    land.scatter(
        stage, "reeds", ("prop:reeds",), 4, depth=(0.0, 0.12), height=0.3, edges=True, shadow=False
    )


def beach(stage: Stage) -> None:
    """Sea behind, sand in front."""
    stage.sky()
    if stage.light.sun == "moon":
        sky.stars(stage, stage.horizon)
    sky.luminary(stage)
    sky.clouds(stage, 3)
    shore = stage.horizon + (stage.height - stage.horizon) * 0.4
    land.water(stage, rgb("#8fd9e8"), rgb("#46b4cf"), waves=0.7, bottom=shore + stage.unit * 0.03)
    sea_line, stage.horizon = stage.horizon, shore
    chance = stage.chance("foam")
    for place, colour in enumerate((rgb("#ffffff"), rgb("#f6e2b4"))):
        mask = blank(stage.image.size)
        points = [
            (x * stage.width / 12, shore + stage.unit * (0.018 * place + chance(-0.006, 0.006)))
            for x in range(13)
        ]
        ImageDraw.Draw(mask).polygon(
            [(0, stage.height), *points, (stage.width, stage.height)], fill=255
        )
        stage.fill(land.dim(stage, colour), soften(mask, stage.unit * 0.004))
    top = round(shore + stage.unit * 0.03)
    body = gradient(
        (stage.width, max(2, stage.height - top)),
        (land.dim(stage, rgb("#f4dda9")), land.dim(stage, rgb("#e9c583"))),
    )
    stage.image.paste(body, (0, top))
    land.scatter(stage, "palms", (PALM,), 2, depth=(0.5, 0.7), height=1.05, edges=True)
    land.scatter(
        stage,
        "shells",
        ("sprite:1f41a", ROCK, "sprite:2b50"),
        3,
        depth=(0.02, 0.4),
        height=0.065,
        edges=True,
    )
    stage.horizon = sea_line


def underwater(stage: Stage) -> None:
    light = stage.light
    deep = (rgb("#0d2f6b"), rgb("#0a1d48")) if light.dark else (rgb("#1173b5"), rgb("#0b4b8c"))
    top = rgb("#2a5fa5") if light.dark else rgb("#6fd3e8")
    stage.image.paste(gradient(stage.image.size, (top, deep[0], deep[1])), (0, 0))
    chance = stage.chance("rays")
    mask = blank(stage.image.size)
    draw = ImageDraw.Draw(mask)
    for _ in range(6):
        x, wide, lean = (
            chance(0, 1) * stage.width,
            stage.unit * chance(0.03, 0.09),
            stage.unit * chance(-0.3, 0.3),
        )
        draw.polygon(
            [
                (x, 0),
                (x + wide, 0),
                (x + wide * 2.4 + lean, stage.height * 0.85),
                (x + lean - wide, stage.height * 0.85),
            ],
            fill=34,
        )
    stage.fill(lit(top, 1.5), soften(mask, stage.unit * 0.02))
    land.ground(stage, lit(rgb("#b9a77c"), 0.75), rgb("#d9c28c"), wavy=0.03, patches=0.4)
    land.scatter(stage, "coral", ("sprite:1fab8",), 4, depth=(0.3, 0.95), height=0.24, edges=True)
    land.scatter(
        stage,
        "weed",
        ("prop:seaweed",),
        7,
        depth=(0.2, 0.98),
        height=0.42,
        edges=True,
        shadow=False,
    )
    land.scatter(
        stage, "rocks", (ROCK, "sprite:1f41a"), 4, depth=(0.1, 0.8), height=0.1, edges=True
    )
    _bubbles(stage)


def _bubbles(stage: Stage) -> None:
    chance = stage.chance("bubbles")
    mask = blank((stage.width * 2, stage.height * 2))
    draw = ImageDraw.Draw(mask)
    for _ in range(26):
        x, y = chance(0, stage.width * 2), chance(0, stage.height * 1.8)
        radius = stage.unit * chance(0.006, 0.022)
        draw.ellipse(
            (x - radius, y - radius, x + radius, y + radius),
            outline=150,
            width=max(1, round(radius / 4)),
        )
        spot = radius * 0.28
        draw.ellipse(
            (
                x - radius * 0.45 - spot,
                y - radius * 0.45 - spot,
                x - radius * 0.45 + spot,
                y - radius * 0.45 + spot,
            ),
            fill=200,
        )
    stage.fill((235, 250, 255), mask.resize(stage.image.size, resample=4))
