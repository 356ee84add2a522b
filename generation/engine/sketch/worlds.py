"""Places that are not on the ground that we know: sky, clouds, space, other worlds, dreams,
plain colours.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from . import clay, land, sky
from .raster import Colour, blank, glow, gradient, lit, mix, rgb, ridge, soften, thin
from .stage import Decor, Stage

PASTELS = (
    "#cfe6f5 #e8f3fa",
    "#fbe3d2 #fff5ea",
    "#dcd9f3 #f2f0fc",
    "#d6efe0 #effaf3",
    "#fde4ec #fff4f7",
    "#f7efc9 #fffbea",
)


def plain(stage: Stage) -> None:
    """A studio: one soft colour that bends from wall to floor."""
    first, second = (rgb(code) for code in stage.chance("plain").pick(PASTELS).split())
    first, second = land.dim(stage, first), land.dim(stage, second)
    top = round(stage.horizon)
    stage.image.paste(gradient(stage.image.size, (first, mix(first, second, 0.8), second)), (0, 0))
    stage.image.paste(
        gradient((stage.width, max(2, stage.height - top)), (second, lit(first, 0.95))), (0, top)
    )
    land.softly(stage, 0.03)
    stage.fill(
        (255, 255, 255),
        thin(
            glow(stage.image.size, (stage.width * 0.4, stage.height * 0.3), stage.unit * 0.7), 0.5
        ),
    )


def air(stage: Stage) -> None:
    """High in the air: clouds above and below."""
    stage.horizon = float(stage.height)
    stage.sky()
    if stage.light.sun == "moon":
        sky.stars(stage, stage.height * 0.8)
    stage.horizon = stage.height * 0.8
    sky.luminary(stage)
    sky.clouds(stage, 5, 0.05, 0.9, 0.34)
    _floor_of_cloud(stage, stage.height * 0.9, 2)
    stage.horizon = float(stage.height)


def nightsky(stage: Stage) -> None:
    """Stars from edge to edge, a breath of nebula, clouds far below."""
    stage.horizon = float(stage.height)
    stage.sky()
    chance = stage.chance("veil")
    for colour in (rgb("#6a55c8"), rgb("#3d6fc4"), rgb("#a35bb0")):
        spot = (chance(0, 1) * stage.width, chance(0.1, 0.9) * stage.height)
        stage.fill(colour, thin(glow(stage.image.size, spot, stage.unit * chance(0.35, 0.6)), 0.35))
    sky.stars(stage, stage.height, 1.6)
    _floor_of_cloud(stage, stage.height * 0.9, 2)


def _floor_of_cloud(stage: Stage, top: float, rows: int) -> None:
    """A sea of clouds from `top` down."""
    chance = stage.chance("cloudfloor")
    for row in range(rows):
        y = top + row * (stage.height - top) / rows
        wide = stage.unit * (0.24 + 0.12 * row)
        tone = mix((255, 255, 255), stage.light.sky[-1], 0.5 - 0.3 * row / rows)
        tone = land.dim(stage, tone)
        mask = blank(stage.image.size)
        draw = ImageDraw.Draw(mask)
        x = -wide / 2
        while x < stage.width + wide:
            lift = chance(-0.12, 0.12) * wide
            draw.ellipse((x - wide * 0.62, y + lift, x + wide * 0.62, y + lift + wide), fill=255)
            x += wide * chance(0.5, 0.8)
        draw.rectangle((0, min(y + wide * 0.45, stage.height), stage.width, stage.height), fill=255)
        picture = clay.puffed(
            soften(mask, stage.unit * 0.003), lit(tone, 1.15), tone, depth=0.7, round_=0.035
        )
        stage.lay(picture, 0, 0)


def cloudland(stage: Stage) -> None:
    """Clouds to stand on."""
    stage.sky()
    if stage.light.sun == "moon":
        sky.stars(stage, stage.horizon)
    sky.luminary(stage)
    sky.clouds(stage, 3, 0.1, 0.7, 0.26)
    _floor_of_cloud(stage, stage.deep(0.92), 3)


def space(stage: Stage) -> None:
    """Dark, stars, a coloured nebula, a far planet."""
    chance = stage.chance("space")
    stage.image.paste(
        gradient(stage.image.size, (rgb("#070a22"), rgb("#131240"), rgb("#241547"))), (0, 0)
    )
    for colour in chance.order((rgb("#5b3fc4"), rgb("#1f6fb8"), rgb("#b13f8f"), rgb("#2b8f9e")))[
        :3
    ]:
        for _ in range(3):
            spot = (chance(0, 1) * stage.width, chance(0, 1) * stage.height)
            stage.fill(
                colour, thin(glow(stage.image.size, spot, stage.unit * chance(0.2, 0.5)), 0.42)
            )
    stars_to = stage.horizon
    stage.horizon = float(stage.height)
    sky.stars(stage, stage.height, 1.5)
    stage.horizon = stars_to
    for art, size in chance.order(
        (("sprite:1fa90", 0.16), ("sprite:1f30d", 0.13), ("prop:planet", 0.1))
    )[:2]:
        x = chance(0.06, 0.22) if chance.maybe(0.5) else chance(0.78, 0.94)
        y = chance(0.14, 0.86)
        stage.decor.append(
            Decor(
                art, x * stage.width, y * stage.height, stage.unit * size, haze=0.12, shadow=False
            )
        )


def _barren(stage: Stage, far: Colour, near: Colour) -> None:
    """Cratered ground."""
    land.hills(stage, "far", mix(far, near, 0.5), 0.12, 2.6, 0.0)
    land.ground(stage, far, near, wavy=0.02, patches=0.7)
    chance = stage.chance("craters")
    for place in range(8):
        deep = 0.9 - place * 0.11
        wide = stage.unit * chance(0.05, 0.12) * (1.15 - deep)
        x, y = chance(0, stage.width), stage.deep(deep)
        for tone, lift, share in ((0.72, 0.0, 1.0), (1.18, 0.1, 0.86), (0.86, 0.14, 0.8)):
            mask = blank(stage.image.size)
            tall = wide * 0.3
            box = (
                x - wide * share,
                y - tall * share + lift * tall,
                x + wide * share,
                y + tall * share + lift * tall,
            )
            ImageDraw.Draw(mask).ellipse(box, fill=225)
            stage.fill(lit(near, tone), soften(mask, max(0.6, stage.unit * 0.002)))


def moonland(stage: Stage) -> None:
    """The moon: grey dust, black sky, the earth."""
    stage.image.paste(gradient(stage.image.size, (rgb("#05071a"), rgb("#10133a"))), (0, 0))
    sky.stars(stage, stage.horizon, 1.3)
    chance = stage.chance("earth")
    x = stage.width * (chance(0.1, 0.25) if chance.maybe(0.5) else chance(0.75, 0.9))
    stage.decor.append(
        Decor("sprite:1f30d", x, stage.horizon * 0.5, stage.unit * 0.2, shadow=False)
    )
    _barren(stage, rgb("#b9b6c9"), rgb("#d8d5e2"))


def marsland(stage: Stage) -> None:
    """Mars: rust and a dusty sky."""
    stage.image.paste(
        gradient(stage.image.size, (rgb("#6d3a3a"), rgb("#c47a55"), rgb("#f0b987"))), (0, 0)
    )
    land.peaks(stage, "far", rgb("#a3573d"), 0.24, 4, 0.2, snow=False)
    _barren(stage, rgb("#c8744c"), rgb("#b5562f"))
    land.scatter(stage, "rocks", ("sprite:1faa8",), 4, depth=(0.1, 0.8), height=0.09, edges=True)


def dream(stage: Stage) -> None:
    """Pastel clouds, a rainbow, sparkles."""
    stage.image.paste(
        gradient(
            stage.image.size, (rgb("#8fa0ee"), rgb("#c9a6ee"), rgb("#f7b8d6"), rgb("#ffe0d0"))
        ),
        (0, 0),
    )
    sky.stars(stage, stage.horizon * 0.7, 0.6)
    chance = stage.chance("dream")
    x = stage.width * (0.2 if chance.maybe(0.5) else 0.8)
    stage.decor.append(
        Decor(
            "sprite:1f308",
            x,
            stage.deep(0.75),
            stage.unit * 0.52,
            haze=0.25,
            mirror=x > stage.width / 2,
            shadow=False,
        )
    )
    sky.clouds(stage, 4, 0.1, 0.7, 0.26)
    _floor_of_cloud(stage, stage.deep(0.9), 3)
    for place in range(4):
        spot = (place + chance(0.2, 0.8)) / 4 * stage.width
        stage.decor.append(
            Decor(
                "sprite:2728",
                spot,
                stage.horizon * chance(0.25, 0.9),
                stage.unit * chance(0.05, 0.09),
                shadow=False,
            )
        )


def love(stage: Stage) -> None:
    """Rose light and floating hearts."""
    stage.image.paste(
        gradient(stage.image.size, (rgb("#ff9fb6"), rgb("#ffc4d0"), rgb("#ffe6ea"))), (0, 0)
    )
    _floor_of_cloud(stage, stage.deep(0.9), 3)
    chance = stage.chance("love")
    for place in range(7):
        x = (place + chance(0.1, 0.9)) / 7 * stage.width
        stage.decor.append(
            Decor(
                "sprite:2764-fe0f",
                x,
                stage.horizon * chance(0.2, 0.95),
                stage.unit * chance(0.05, 0.11),
                haze=0.2,
                shadow=False,
            )
        )


def abstract(stage: Stage) -> None:
    """Large soft solids that balance."""
    chance = stage.chance("abstract")
    sets = (
        "#f6e7d2 #ef6a4c #2f5d73 #f2b84b #8fb7a3",
        "#e6ecf5 #5b6ee1 #f08fb0 #ffd166 #3a3f6b",
        "#f3efe6 #d1495b #00798c #edae49 #30638e",
        "#efe3f3 #7d5ba6 #fc6471 #55d6be #f9c846",
    )
    ground_, *inks = (rgb(code) for code in chance.pick(sets).split())
    stage.image.paste(gradient(stage.image.size, (lit(ground_, 1.2), ground_)), (0, 0))
    for place in range(3):
        line = np.float32(stage.height * (0.55 + 0.17 * place)) + ridge(
            chance, stage.width, 1.6, 0.2
        ) * np.float32(stage.unit * 0.16)
        down = np.arange(stage.height, dtype=np.float32)[:, None]
        mask = Image.fromarray(((down - line[None, :] + 0.5).clip(0, 1) * 255).astype(np.uint8))
        tone = inks[(place + 1) % 4]
        stage.lay(clay.puffed(mask, lit(tone, 1.12), tone, depth=0.5, round_=0.03), 0, 0)
    for place in range(8):
        side = max(10, round(stage.unit * (0.5 - 0.06 * place) * chance(0.7, 1.1)))
        ink = inks[(place * 3 + chance.whole(0, 1)) % 4]
        solid = clay.solid(
            (side, side),
            _FORMS[chance.whole(0, len(_FORMS) - 1)],
            lit(ink, 1.1),
            lit(ink, 0.85),
            round_=0.16,
        )
        x, y = (
            chance(0.15, 0.85) * stage.width - side / 2,
            chance(0.15, 0.85) * stage.height - side / 2,
        )
        drop = soften(solid.getchannel("A"), side * 0.06)
        stage.fill(
            lit(ground_, 0.5), thin(drop, 0.4), (round(x + side * 0.06), round(y + side * 0.1))
        )
        stage.lay(solid, x, y)


_FORMS = (
    lambda pen: pen.ellipse(0.02, 0.02, 0.98, 0.98),
    lambda pen: pen.box(0.06, 0.06, 0.94, 0.94, 0.14),
    lambda pen: pen.polygon((0.5, 0.05), (0.97, 0.92), (0.03, 0.92)),
    lambda pen: (pen.ellipse(0.02, 0.02, 0.98, 0.98), pen.ellipse(0.3, 0.3, 0.7, 0.7, ink=0)),
    lambda pen: pen.box(0.36, 0.02, 0.64, 0.98, 0.14),
    lambda pen: (pen.ellipse(0.0, 0.0, 1.0, 2.0),),
)
