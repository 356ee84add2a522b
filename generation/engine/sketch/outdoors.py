"""Places under the open sky with ground to stand on."""

from __future__ import annotations

from PIL import Image, ImageDraw

from . import clay, land, sky
from .raster import lit, mix, rgb, soften
from .stage import Decor, Stage

TREE, PINE, PALM, CACTUS = "sprite:1f333", "sprite:1f332", "sprite:1f334", "sprite:1f335"
ROCK, MUSHROOM, STUMP = "sprite:1faa8", "sprite:1f344", "sprite:1fab5"
FLOWERS = ("sprite:1f33c", "sprite:1f337", "sprite:1f33b", "sprite:1fabb")
GRASS, GRASS_FAR = rgb("#6db84a"), rgb("#a4d06a")


def _heaven(stage: Stage, count: int = 3) -> None:
    stage.sky()
    if stage.light.dark and stage.light.sun == "moon":
        sky.stars(stage, stage.horizon)
    sky.luminary(stage)
    if count:
        sky.clouds(stage, count + stage.chance("more clouds").whole(-1, 1))
        sky.birds(stage)


def meadow(stage: Stage) -> None:
    _heaven(stage)
    land.hills(stage, "far", rgb("#7fb08f"), 0.2, 2.2, 0.55)
    land.hills(stage, "near", rgb("#7cbb5e"), 0.11, 3.0, 0.2)
    land.ground(stage, GRASS_FAR, GRASS)
    land.grass(stage, GRASS)
    land.scatter(stage, "trees", (TREE, TREE, PINE), 4, depth=(0.82, 0.98), height=0.5, edges=True)
    land.scatter(stage, "flowers", FLOWERS, 5, depth=(0.05, 0.5), height=0.085, edges=True)


def forest(stage: Stage) -> None:
    _heaven(stage, 0)
    land.hills(stage, "far", rgb("#5f9a73"), 0.34, 4, 0.5)
    land.ground(stage, rgb("#8dbb62"), rgb("#4f9446"))
    land.grass(stage, rgb("#4f9446"), 1.2)
    land.scatter(stage, "back", (PINE, TREE, PINE), 11, depth=(0.96, 1.02), height=1.35)
    land.scatter(stage, "middle", (PINE, TREE), 6, depth=(0.68, 0.82), height=1.05, edges=True)
    land.scatter(stage, "front", (PINE, TREE), 2, depth=(0.3, 0.42), height=0.95, edges=True)
    land.scatter(
        stage,
        "small",
        (MUSHROOM, "sprite:1f33f", ROCK),
        3,
        depth=(0.04, 0.4),
        height=0.09,
        edges=True,
    )


def jungle(stage: Stage) -> None:
    _heaven(stage, 0)
    land.hills(stage, "far", rgb("#3f8f6a"), 0.42, 5, 0.45)
    land.ground(stage, rgb("#6fae54"), rgb("#3b7f45"))
    land.grass(stage, rgb("#3f8a48"), 1.6)
    land.scatter(stage, "back", (PALM, TREE), 9, depth=(0.92, 1.0), height=1.5)
    land.scatter(stage, "middle", (PALM, PALM, TREE), 5, depth=(0.6, 0.75), height=1.2, edges=True)
    land.scatter(
        stage,
        "small",
        ("sprite:1f33a", "sprite:1f33f", "sprite:1fab4"),
        4,
        depth=(0.02, 0.4),
        height=0.1,
        edges=True,
    )


def bamboo(stage: Stage) -> None:
    """Stalks in three rows, the far ones pale."""
    stage.sky()
    air = mix(land.dim(stage, rgb("#dff0c8")), stage.light.haze, 0.3)
    stage.image.paste(air, (0, 0, stage.width, round(stage.horizon)))
    land.hills(stage, "far", rgb("#a9cf8c"), 0.5, 4, 0.5)
    land.ground(stage, rgb("#a9c878"), rgb("#6f9f4f"))
    land.grass(stage, rgb("#6f9f4f"))
    land.scatter(
        stage, "row3", ("prop:bamboo",), 11, depth=(0.97, 1.0), height=2.6, shadow=False, haze=0.72
    )
    land.scatter(stage, "row2", ("prop:bamboo",), 6, depth=(0.74, 0.84), height=2.2, haze=0.42)
    land.scatter(
        stage, "row1", ("prop:bamboo",), 4, depth=(0.3, 0.5), height=1.5, edges=True, haze=0.1
    )
    land.scatter(
        stage, "small", (ROCK, "sprite:1f33f"), 2, depth=(0.05, 0.4), height=0.09, edges=True
    )


def blossom(stage: Stage) -> None:
    _heaven(stage, 2)
    land.hills(stage, "far", rgb("#9db8b0"), 0.26, 2.4, 0.5)
    land.ground(stage, rgb("#b9d98a"), rgb("#83bd5c"))
    land.grass(stage, rgb("#83bd5c"), 0.7)
    land.scatter(stage, "trees", ("prop:cherry",), 5, depth=(0.8, 0.95), height=0.95)
    land.scatter(stage, "near", ("prop:cherry",), 2, depth=(0.4, 0.55), height=1.1, edges=True)
    sky.petals(stage, count=40)


def autumn(stage: Stage) -> None:
    _heaven(stage, 2)
    land.hills(stage, "far", rgb("#c98b4e"), 0.3, 3, 0.45)
    land.ground(stage, rgb("#e0b35c"), rgb("#b9793a"))
    land.grass(stage, rgb("#c58f3d"), 0.8)
    land.scatter(stage, "back", ("prop:maple",), 7, depth=(0.88, 0.98), height=1.0)
    land.scatter(stage, "near", ("prop:maple",), 2, depth=(0.45, 0.6), height=1.15, edges=True)
    land.scatter(
        stage,
        "leaves",
        ("sprite:1f341", "sprite:1f342"),
        6,
        depth=(0.0, 0.45),
        height=0.06,
        shadow=False,
    )
    sky.petals(stage, rgb("#ef8b3a"), 30)


def flowers(stage: Stage) -> None:
    _heaven(stage, 3)
    land.hills(stage, "far", rgb("#8fbf9b"), 0.22, 2.2, 0.5)
    land.hills(stage, "near", rgb("#8cc765"), 0.12, 2.6, 0.2)
    land.ground(stage, GRASS_FAR, GRASS)
    kind = stage.chance("kind").order(FLOWERS)[:2]
    for row in range(6):
        deep = 0.9 - row * 0.15
        land.scatter(
            stage,
            f"row{row}",
            kind,
            14 - row,
            depth=(deep - 0.05, deep + 0.04),
            height=0.15,
            shadow=False,
        )


def garden(stage: Stage) -> None:
    _heaven(stage)
    land.hills(stage, "far", rgb("#7fb08f"), 0.16, 2.6, 0.5)
    land.ground(stage, rgb("#b0d977"), rgb("#78c052"))
    land.grass(stage, rgb("#78c052"), 0.6)
    land.scatter(stage, "trees", (TREE,), 4, depth=(0.84, 0.94), height=0.62, edges=True)
    land.scatter(stage, "bushes", ("prop:bush",), 7, depth=(0.9, 0.98), height=0.3)
    land.scatter(
        stage, "flowers", (*FLOWERS, "sprite:1f339"), 9, depth=(0.1, 0.75), height=0.12, edges=True
    )


def park(stage: Stage) -> None:
    _heaven(stage)
    land.hills(stage, "far", rgb("#86b58d"), 0.18, 2.4, 0.5)
    land.ground(stage, rgb("#acd675"), rgb("#75bd56"))
    _path(stage, rgb("#ecd9b0"))
    land.grass(stage, rgb("#75bd56"), 0.5)
    land.scatter(stage, "trees", (TREE, TREE, PINE), 5, depth=(0.8, 0.95), height=0.72, edges=True)
    land.scatter(stage, "bushes", ("prop:bush",), 5, depth=(0.92, 1.0), height=0.26)


def _path(stage: Stage, colour: tuple[int, int, int]) -> None:
    """A way that winds to the horizon."""
    chance = stage.chance("path")
    bend, end = chance(-0.25, 0.25) * stage.width, chance(0.35, 0.65) * stage.width
    left, right = [], []
    for step in range(21):
        part = step / 20
        y = stage.deep(part * 0.985)
        wide = stage.unit * 0.26 * (1 - part) ** 1.5 + stage.unit * 0.01
        x = stage.width * 0.5 * (1 - part) + end * part + bend * part * (1 - part) * 2
        left.append((x - wide, y))
        right.append((x + wide, y))
    big = Image.new("L", stage.image.size)
    ImageDraw.Draw(big).polygon(left + right[::-1], fill=255)
    stage.fill(mix(land.dim(stage, colour), stage.light.haze, 0.1), soften(big, stage.unit * 0.004))


def farm(stage: Stage) -> None:
    _heaven(stage)
    land.hills(stage, "far", rgb("#8db878"), 0.16, 2.2, 0.45)
    land.ground(stage, rgb("#e3cf74"), rgb("#8fbf4f"))
    land.grass(stage, rgb("#8fbf4f"), 0.9)
    land.scatter(stage, "wheat", ("sprite:1f33e",), 16, depth=(0.7, 0.9), height=0.2, shadow=False)
    barn = stage.chance("barn")
    stage.decor.append(
        Decor(
            "prop:barn",
            stage.width * (0.16 if barn.maybe(0.5) else 0.84),
            stage.deep(0.88),
            stage.unit * 0.26,
            0.2,
        )
    )
    land.scatter(stage, "fence", ("prop:fence",), 5, depth=(0.6, 0.62), height=0.17, shadow=False)


def hill(stage: Stage) -> None:
    """One round hill in the middle, to stand on."""
    _heaven(stage, 4)
    land.hills(stage, "far", rgb("#7fa6a0"), 0.3, 2.6, 0.6)
    land.hills(stage, "mid", rgb("#79ad74"), 0.18, 3, 0.35)
    land.ground(stage, GRASS_FAR, GRASS, wavy=0.02)
    wide, top = stage.width * 0.62, stage.deep(0.86)
    size = (round(wide * 2), round((stage.height - top) * 2.3))
    dome = clay.shape(size, lambda pen: pen.ellipse(0, 0, 1, 1))
    green = land.dim(stage, GRASS)
    body = clay.puffed(dome, lit(green, 1.22), lit(green, 0.9), depth=0.5, round_=0.1)
    stage.lay(body, stage.width / 2 - wide, top)
    land.grass(stage, GRASS, 0.8)
    land.scatter(stage, "trees", (TREE, PINE), 4, depth=(0.3, 0.6), height=0.3, edges=True)
    land.scatter(stage, "flowers", FLOWERS, 5, depth=(0.02, 0.4), height=0.075, edges=True)


def mountains(stage: Stage) -> None:
    _heaven(stage)
    land.peaks(stage, "far", rgb("#7d93b8"), 0.46, 5, 0.45, snow=True)
    land.peaks(stage, "near", rgb("#6f86a0"), 0.34, 4, 0.2, snow=False)
    land.hills(stage, "near", rgb("#5f9d66"), 0.12, 4, 0.15)
    land.ground(stage, GRASS_FAR, rgb("#5faa4a"))
    land.grass(stage, rgb("#5faa4a"), 0.8)
    land.scatter(stage, "pines", (PINE,), 9, depth=(0.8, 0.96), height=0.42, edges=True)
    land.scatter(
        stage, "small", (ROCK, *FLOWERS[:2]), 4, depth=(0.05, 0.5), height=0.08, edges=True
    )


def snow(stage: Stage) -> None:
    _heaven(stage, 2)
    land.hills(stage, "far", rgb("#c5d8ec"), 0.28, 2.4, 0.3)
    land.hills(stage, "near", rgb("#dfeaf6"), 0.14, 2.8, 0.1)
    land.ground(stage, rgb("#e6f0fa"), rgb("#fafdff"), wavy=0.02, patches=0.6)
    land.scatter(stage, "pines", ("prop:snowpine",), 8, depth=(0.8, 0.97), height=0.6, edges=True)
    land.scatter(stage, "near", ("prop:snowpine",), 2, depth=(0.4, 0.5), height=0.75, edges=True)
    sky.snowfall(stage)


def snowpeaks(stage: Stage) -> None:
    _heaven(stage, 2)
    land.peaks(stage, "far", rgb("#8aa3c8"), 0.6, 4, 0.28, snow=True)
    land.peaks(stage, "near", rgb("#8096b4"), 0.36, 5, 0.3, snow=True)
    land.hills(stage, "near", rgb("#dfeaf6"), 0.1, 2.8, 0.1)
    land.ground(stage, rgb("#e6f0fa"), rgb("#fafdff"), wavy=0.02, patches=0.6)
    land.scatter(stage, "pines", ("prop:snowpine",), 9, depth=(0.78, 0.95), height=0.5, edges=True)


def volcano(stage: Stage) -> None:
    _heaven(stage, 2)
    land.peaks(stage, "far", rgb("#5b4a5c"), 0.4, 4, 0.35, snow=False)
    land.ground(stage, rgb("#7a5a55"), rgb("#4d3b42"))
    land.scatter(stage, "rocks", (ROCK,), 6, depth=(0.1, 0.8), height=0.14, edges=True)


def desert(stage: Stage) -> None:
    _heaven(stage, 1)
    land.hills(stage, "far", rgb("#e0b77a"), 0.2, 1.8, 0.4, 0.15)
    land.hills(stage, "near", rgb("#e9bf78"), 0.12, 2.2, 0.15, 0.1)
    land.ground(stage, rgb("#f0d097"), rgb("#e2ad62"), wavy=0.03)
    land.scatter(stage, "cacti", (CACTUS,), 4, depth=(0.5, 0.9), height=0.36, edges=True)
    land.scatter(stage, "rocks", (ROCK,), 3, depth=(0.1, 0.6), height=0.1, edges=True)


def savanna(stage: Stage) -> None:
    _heaven(stage, 2)
    land.hills(stage, "far", rgb("#b9a25f"), 0.12, 2, 0.5)
    land.ground(stage, rgb("#ecd083"), rgb("#cfa54c"))
    land.grass(stage, rgb("#c79c3f"), 1.4)
    land.scatter(stage, "trees", ("prop:acacia",), 4, depth=(0.72, 0.95), height=0.66, edges=True)
    land.scatter(stage, "rocks", (ROCK,), 2, depth=(0.1, 0.5), height=0.1, edges=True)
