"""Places with a roof."""

from __future__ import annotations

from PIL import ImageDraw

from . import clay, land
from .raster import Colour, blank, glow, gradient, lit, mix, rgb, soften, thin
from .stage import Decor, Stage

WALLS = tuple(
    rgb(code) for code in ["#f3dfc6", "#d8e6dc", "#dfe0f2", "#f5d9d2", "#d3e4ef", "#efe3b8"]
)


def room(stage: Stage) -> None:
    """A wall with a window and a picture, a wooden floor, a rug."""
    chance = stage.chance("room")
    wall = land.dim(stage, chance.pick(WALLS))
    top = round(stage.horizon)
    stage.image.paste(
        gradient((stage.width, max(2, top)), (lit(wall, 1.1), wall, lit(wall, 0.93))), (0, 0)
    )
    land.planks(stage, rgb("#c98d5b"))
    board = max(2, round(stage.unit * 0.022))
    stage.image.paste(lit(wall, 1.35), (0, top - board, stage.width, top))
    left = chance.maybe(0.5)
    _window(stage, stage.width * (0.24 if left else 0.76), stage.horizon * 0.42, stage.unit * 0.36)
    rug = clay.shape(
        (stage.width, max(4, round((stage.height - top) * 0.62))),
        lambda pen: pen.ellipse(0.1, 0.02, 0.9, 0.98),
    )
    colour = land.dim(
        stage, chance.pick((rgb("#d9796b"), rgb("#6d93b8"), rgb("#8bb08a"), rgb("#c9a5c8")))
    )
    y = round(top + (stage.height - top) * 0.27)
    stage.fill(lit(colour, 0.8), rug, (0, y + max(1, round(stage.unit * 0.008))))
    stage.fill(colour, rug, (0, y))
    inner = clay.shape(rug.size, lambda pen: pen.ellipse(0.15, 0.12, 0.85, 0.88))
    stage.fill(lit(colour, 1.22), inner, (0, y))
    x = stage.width * (0.9 if left else 0.1)
    stage.decor.append(Decor("sprite:1fab4", x, stage.deep(0.86), stage.unit * 0.3, mirror=left))
    frame = stage.width * (0.74 if left else 0.26)
    stage.decor.append(
        Decor("sprite:1f5bc-fe0f", frame, stage.horizon * 0.5, stage.unit * 0.2, shadow=False)
    )


def _window(stage: Stage, x: float, y: float, side: float) -> None:
    """A window with the sky of the hour and its light on the wall."""
    wide, tall = max(8, round(side * 0.9)), max(8, round(side))
    at = (round(x - wide / 2), round(y - tall / 2))
    stage.fill(
        lit(stage.light.sky[-1], 1.2), thin(glow(stage.image.size, (x, y), side * 1.3), 0.35)
    )
    frame = clay.solid(
        (wide, tall),
        lambda pen: pen.box(0, 0, 1, 1, 0.06),
        rgb("#fbf4ea"),
        rgb("#eadccb"),
        depth=0.3,
        round_=0.03,
    )
    stage.lay(frame, *at)
    rim = round(wide * 0.09)
    pane = gradient((wide - 2 * rim, tall - 2 * rim), stage.light.sky)
    stage.image.paste(pane, (at[0] + rim, at[1] + rim))
    bar = max(2, round(wide * 0.05))
    stage.image.paste(
        rgb("#f3e8da"),
        (at[0] + (wide - bar) // 2, at[1] + rim, at[0] + (wide + bar) // 2, at[1] + tall - rim),
    )
    stage.image.paste(
        rgb("#f3e8da"),
        (at[0] + rim, at[1] + (tall - bar) // 2, at[0] + wide - rim, at[1] + (tall + bar) // 2),
    )


def table(stage: Stage) -> None:
    """A table top before a soft warm room."""
    chance = stage.chance("table")
    wall = land.dim(stage, chance.pick(WALLS))
    top = round(stage.horizon)
    stage.image.paste(gradient(stage.image.size, (lit(wall, 0.98), wall, lit(wall, 0.9))), (0, 0))
    _window(stage, stage.width * chance(0.15, 0.85), stage.horizon * 0.4, stage.unit * 0.44)
    mask = blank(stage.image.size)
    draw = ImageDraw.Draw(mask)
    for _ in range(4):
        x, tall = chance(0, 1) * stage.width, stage.unit * chance(0.1, 0.3)
        draw.rounded_rectangle(
            (x, top - tall, x + stage.unit * 0.16, top), stage.unit * 0.03, fill=150
        )
    stage.fill(lit(wall, 0.72), mask)
    land.softly(stage, 0.022)
    for _ in range(7):
        spot, size = (
            (chance(0, 1) * stage.width, chance(0.05, 0.8) * top),
            stage.unit * chance(0.05, 0.11),
        )
        stage.fill(rgb("#fff1d0"), thin(glow(stage.image.size, spot, size), 0.4))
    land.wood(stage, chance.pick((rgb("#c78f5d"), rgb("#b97f55"), rgb("#d6a878"))), top)


def stage(stage: Stage) -> None:
    """A theatre stage: curtains, boards, a spotlight."""
    top = round(stage.horizon)
    stage.image.paste(
        gradient(stage.image.size, (rgb("#2a1240"), rgb("#4a1f5e"), rgb("#6b2d6e"))), (0, 0)
    )
    land.planks(stage, rgb("#8a5a44"))
    mask = blank(stage.image.size)
    draw = ImageDraw.Draw(mask)
    middle = stage.width / 2
    draw.polygon(
        [
            (middle - stage.unit * 0.06, 0),
            (middle + stage.unit * 0.06, 0),
            (middle + stage.unit * 0.42, stage.height * 0.92),
            (middle - stage.unit * 0.42, stage.height * 0.92),
        ],
        fill=70,
    )
    draw.ellipse(
        (
            middle - stage.unit * 0.42,
            stage.height * 0.84,
            middle + stage.unit * 0.42,
            stage.height * 0.99,
        ),
        fill=120,
    )
    stage.fill(rgb("#ffe9b8"), soften(mask, stage.unit * 0.02))
    fold = max(6, round(stage.unit * 0.075))
    for side in (0, 1):
        for place in range(3):
            tall = round(top * (1.1 - place * 0.03))
            cloth = clay.solid(
                (fold, tall),
                lambda pen: pen.box(0, -0.1, 1, 1, 0.4),
                rgb("#c8283f"),
                rgb("#8e1630"),
                round_=0.3,
            )
            x = place * fold * 0.86 if side == 0 else stage.width - fold - place * fold * 0.86
            stage.lay(cloth, x, 0)
    for place in range(int(stage.width / fold) + 1):
        drape = clay.solid(
            (round(fold * 1.25), round(fold * 1.5)),
            lambda pen: pen.ellipse(0, -0.8, 1, 1),
            rgb("#d3304a"),
            rgb("#97182f"),
            round_=0.2,
        )
        stage.lay(drape, place * fold * 1.05 - fold * 0.1, 0)


def party(stage: Stage) -> None:
    """A bright room with bunting and balloons."""
    chance = stage.chance("party")
    wall: Colour = chance.pick((rgb("#ffe3ea"), rgb("#e5f1ff"), rgb("#fff1cf")))
    top = round(stage.horizon)
    stage.image.paste(gradient((stage.width, max(2, top)), (lit(wall, 1.1), wall)), (0, 0))
    stage.image.paste(
        gradient(
            (stage.width, max(2, stage.height - top)),
            (mix(wall, rgb("#e3a06f"), 0.6), rgb("#efb98a")),
        ),
        (0, top),
    )
    colours = tuple(rgb(code) for code in ["#ff6f91", "#ffc145", "#5ec2f0", "#8bd17c", "#b58cff"])
    mask_size = (max(6, round(stage.unit * 0.075)), max(6, round(stage.unit * 0.09)))
    count = int(stage.width / mask_size[0]) + 1
    for place in range(count):
        sag = 4 * (place / count) * (1 - place / count)
        flag = clay.solid(
            mask_size,
            lambda pen: pen.polygon((0.05, 0), (0.95, 0), (0.5, 1)),
            colours[place % 5],
            round_=0.06,
        )
        stage.lay(flag, place * mask_size[0], stage.unit * (0.02 + 0.08 * sag))
    for place in range(5):
        x = (0.06 + 0.05 * place if place % 2 else 0.95 - 0.05 * place) * stage.width
        stage.decor.append(
            Decor(
                "sprite:1f388", x, stage.horizon * chance(0.6, 0.9), stage.unit * 0.24, shadow=False
            )
        )
    spots = stage.chance("confetti")
    for colour in colours:
        mask = blank(stage.image.size)
        draw = ImageDraw.Draw(mask)
        for _ in range(12):
            x, y, side = spots(0, stage.width), spots(0, stage.height), stage.unit * 0.007
            draw.ellipse((x - side, y - side, x + side, y + side), fill=210)
        stage.fill(colour, mask)
