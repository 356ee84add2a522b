"""Ground: hills, grass, sand, water, floors; and the plants that grow on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from .raster import Colour, below, blank, gradient, grain, lit, mix, multiply, ridge, soften, thin
from .stage import Decor, Stage


def dim(stage: Stage, colour: Colour) -> Colour:
    """The colour under the stage's light."""
    r, g, b = stage.light.tint
    return round(colour[0] * r), round(colour[1] * g), round(colour[2] * b)


def hills(
    stage: Stage,
    name: str,
    colour: Colour,
    rise: float,
    bumps: float,
    far: float,
    rough: float = 0.35,
) -> None:
    """A row of hills along the horizon; `rise` is their height as a share of the unit, `far`
    their haze.
    """
    chance = stage.chance("hills", name)
    tone = mix(dim(stage, colour), stage.light.haze, far)
    line = np.float32(stage.horizon + stage.unit * 0.012) - (
        ridge(chance, stage.width, bumps, rough) * np.float32(0.5) + np.float32(0.55)
    ) * np.float32(stage.unit * rise)
    top = max(0, int(line.min()) - 2)
    bottom = min(stage.height, round(stage.horizon + stage.unit * 0.03) + 2)
    if bottom <= top:
        return
    mask = below(line - np.float32(top), bottom - top)
    body = gradient(
        (stage.width, bottom - top), (lit(tone, 1.08), mix(tone, stage.light.haze, 0.35))
    )
    stage.image.paste(body, (0, top), mask)


def peaks(
    stage: Stage, name: str, colour: Colour, rise: float, count: float, far: float, snow: bool
) -> None:
    """Mountains with faces in light and shade, and snow on top."""
    chance = stage.chance("peaks", name)
    base = round(stage.horizon + stage.unit * 0.02)
    spots = [(place + chance(0.2, 0.8)) / count * 1.2 - 0.1 for place in range(round(count))]
    for x in chance.order(spots):
        _peak(
            stage,
            name,
            x * stage.width,
            base,
            stage.unit * rise * chance(0.68, 1.0),
            colour,
            far,
            snow,
        )


def _peak(
    stage: Stage,
    name: str,
    x: float,
    base: int,
    height: float,
    colour: Colour,
    far: float,
    snow: bool,
) -> None:
    chance = stage.chance("peak", name, round(x))
    wide = height * chance(0.75, 0.95)
    size = (max(8, round(wide * 2)), max(8, round(height)))
    middle, steps = size[0] / 2, 7
    left = [
        (middle * place / steps + chance(-1, 1) * wide * 0.03, size[1] * (1 - place / steps))
        for place in range(steps)
    ]
    right = [
        (
            size[0] - middle * place / steps + chance(-1, 1) * wide * 0.03,
            size[1] * (1 - place / steps),
        )
        for place in range(steps)
    ]
    spine = [
        (middle + chance(-0.16, 0.2) * wide * (place / 4), size[1] * place / 4)
        for place in range(1, 5)
    ]
    tip = (middle, 0.0)
    tone = mix(dim(stage, colour), stage.light.haze, far)
    stage.image.paste(
        lit(tone, 1.06), (round(x - wide), base - size[1]), _mask(size, [*left, tip, *spine])
    )
    whole = _mask(size, [*left, tip, *reversed(right)])
    body = gradient(size, (lit(tone, 1.12), lit(tone, 1.02), mix(tone, stage.light.haze, 0.4)))
    stage.image.paste(body, (round(x - wide), base - size[1]), whole)
    shade = _mask(size, [tip, *spine, *right])
    stage.image.paste(
        mix(tone, (52, 44, 92), 0.3), (round(x - wide), base - size[1]), thin(shade, 0.72)
    )
    if snow:
        _cap(stage, chance, (round(x - wide), base - size[1]), size, whole, shade, far)


def _cap(
    stage: Stage,
    chance: object,
    at: tuple[int, int],
    size: tuple[int, int],
    whole: Image.Image,
    shade: Image.Image,
    far: float,
) -> None:
    """Snow down to a jagged line."""
    line = stage.chance("cap", at)
    teeth = [
        (size[0] * place / 14, size[1] * (0.40 + (0.09 if place % 2 else -0.07) * line(0.4, 1.4)))
        for place in range(15)
    ]
    cap = _mask(size, [(0, 0), *teeth, (size[0], 0)])
    cap = Image.fromarray(np.minimum(np.asarray(cap), np.asarray(whole)))
    white = mix(dim(stage, (250, 252, 255)), stage.light.haze, far * 0.6)
    stage.image.paste(white, at, cap)
    dark = Image.fromarray(np.minimum(np.asarray(cap), np.asarray(shade)))
    stage.image.paste(mix(white, (112, 130, 190), 0.42), at, thin(dark, 0.85))


def _mask(size: tuple[int, int], points: Sequence[tuple[float, float]]) -> Image.Image:
    big = blank((size[0] * 2, size[1] * 2))
    ImageDraw.Draw(big).polygon([(x * 2, y * 2) for x, y in points], fill=255)
    return big.resize(size, Image.Resampling.BOX)


def ground(
    stage: Stage, far: Colour, near: Colour, *, wavy: float = 0.012, patches: float = 0.5
) -> None:
    """The plane from the horizon down, with soft lighter and darker patches that grow nearer."""
    chance = stage.chance("ground")
    far_, near_ = mix(dim(stage, far), stage.light.haze, 0.18), dim(stage, near)
    line = np.float32(stage.horizon) + ridge(chance, stage.width, 2.5) * np.float32(
        stage.unit * wavy
    )
    top = max(0, int(line.min()) - 1)
    height = stage.height - top
    if height <= 1:
        return
    body = gradient((stage.width, height), (far_, mix(far_, near_, 0.75), near_))
    stage.image.paste(body, (0, top), below(line - np.float32(top), height))
    if patches:
        _patches(stage, far_, near_, patches)


def _patches(stage: Stage, far: Colour, near: Colour, strength: float) -> None:
    chance = stage.chance("patches")
    for tone, ink in ((lit(mix(far, near, 0.5), 1.22), 90), (lit(near, 0.78), 80)):
        mask = blank(stage.image.size)
        draw = ImageDraw.Draw(mask)
        for _ in range(9):
            depth = chance(0.02, 0.8)
            x, y = chance(-0.1, 1.1) * stage.width, stage.deep(depth)
            wide = stage.unit * chance(0.15, 0.4) * (1.15 - depth)
            tall = wide * 0.16
            draw.ellipse((x - wide, y - tall, x + wide, y + tall), fill=ink)
        mask.paste(0, (0, 0, stage.width, max(0, round(stage.horizon + stage.unit * 0.025))))
        stage.fill(tone, thin(soften(mask, stage.unit * 0.025), strength))


def grass(stage: Stage, colour: Colour, amount: float = 1.0) -> None:
    """Tufts of blades, larger towards the viewer."""
    chance = stage.chance("grass")
    for tone in (0.82, 1.0, 1.16):
        mask = blank((stage.width * 2, stage.height * 2))
        draw = ImageDraw.Draw(mask)
        for _ in range(round(26 * amount)):
            depth = chance() * chance(0.6, 0.9)
            x, y = chance(0, stage.width) * 2, stage.deep(depth) * 2
            blade = stage.unit * 0.034 * (1.1 - depth) * chance(0.6, 1.2)
            for lean in (-0.55, -0.2, 0.15, 0.5):
                tip = (x + blade * (lean + chance(-0.1, 0.1)) * 2, y - blade * (2.1 - abs(lean)))
                root = blade * 0.17
                draw.polygon(
                    [(x + blade * lean * 0.7 - root, y), tip, (x + blade * lean * 0.7 + root, y)],
                    fill=190,
                )
        stage.fill(
            lit(dim(stage, colour), tone), mask.resize(stage.image.size, Image.Resampling.BOX)
        )


def water(
    stage: Stage, far: Colour, near: Colour, *, waves: float = 1.0, bottom: float | None = None
) -> None:
    """A plane of water from the horizon down: the sky's colour near the horizon, bands of
    waves, glitter.
    """
    chance = stage.chance("water")
    end = round(bottom if bottom is not None else stage.height)
    top = round(stage.horizon)
    if end <= top:
        return
    far_, near_ = mix(dim(stage, far), stage.light.sky[-1], 0.42), dim(stage, near)
    stage.image.paste(
        gradient((stage.width, end - top), (far_, mix(far_, near_, 0.6), near_)), (0, top)
    )
    for tone, ink, count in ((lit(far_, 1.35), 130, 34), (lit(near_, 0.82), 90, 22)):
        mask = blank(stage.image.size)
        draw = ImageDraw.Draw(mask)
        for _ in range(round(count * waves)):
            depth = chance() ** 0.5 if chance.maybe(0.5) else chance()
            depth = min(depth, 0.97)
            y = top + (end - top) * (1 - depth)
            wide = stage.unit * chance(0.05, 0.2) * (1.12 - depth)
            _ripple(draw, chance(0, stage.width), y, wide, stage.unit * 0.009 * (1.12 - depth), ink)
        mask.paste(0, (0, 0, stage.width, top + 1))
        stage.fill(tone, soften(mask, max(0.5, stage.unit * 0.0016)))
    if stage.luminary and stage.luminary[1] > stage.horizon * 0.5 or stage.light.sun == "moon":
        _glitter(stage, top, end)


def _glitter(stage: Stage, top: int, end: int) -> None:
    """The path of light that a low sun or the moon lays on the water."""
    if stage.luminary is None:
        return
    chance, (x, _, radius) = stage.chance("glitter"), stage.luminary
    tone = (226, 232, 255) if stage.light.sun == "moon" else (255, 224, 150)
    mask = blank(stage.image.size)
    draw = ImageDraw.Draw(mask)
    for row in range(30):
        near = (row + 0.3) / 30
        y = top + (end - top) * near
        wide = radius * (0.35 + 0.75 * abs(near - 0.35)) * chance(0.5, 1.15)
        drift = radius * chance(-0.5, 0.5) * (0.35 + near)
        thick = stage.unit * (0.004 + 0.008 * near)
        _ripple(draw, x + drift, y, wide, thick, round(235 - 120 * near))
    mask.paste(0, (0, 0, stage.width, top + 1))
    stage.fill(tone, soften(mask, max(0.5, stage.unit * 0.0016)))


def _ripple(
    draw: ImageDraw.ImageDraw, x: float, y: float, wide: float, thick: float, ink: int
) -> None:
    """A lens that is pointed at both ends."""
    upper = [(x + wide * part / 4, y - thick * (1 - (part / 4) ** 2)) for part in range(-4, 5)]
    lower = [
        (x + wide * part / 4, y + thick * 0.35 * (1 - (part / 4) ** 2)) for part in range(4, -5, -1)
    ]
    draw.polygon(upper + lower, fill=ink)


def planks(stage: Stage, colour: Colour) -> None:
    """A wooden floor in perspective below the horizon."""
    top = round(stage.horizon)
    light, dark = dim(stage, lit(colour, 1.1)), dim(stage, lit(colour, 0.82))
    stage.image.paste(gradient((stage.width, max(2, stage.height - top)), (dark, light)), (0, top))
    mask = blank((stage.width, max(2, stage.height - top)))
    draw = ImageDraw.Draw(mask)
    middle, deep = stage.width / 2, mask.height
    for line in range(-14, 15):
        x = middle + line * stage.unit * 0.22
        draw.line(
            (middle + (x - middle) * 0.55, 0, x, deep),
            fill=120,
            width=max(1, round(stage.unit * 0.003)),
        )
    stage.fill(lit(dark, 0.7), soften(mask, max(0.4, stage.unit * 0.001)), (0, top))


def wood(stage: Stage, colour: Colour, top: int) -> None:
    """A table's surface from `top` down: long grain, a lit far edge."""
    height = max(2, stage.height - top)
    light, dark = dim(stage, lit(colour, 1.16)), dim(stage, lit(colour, 0.86))
    body = np.asarray(
        gradient((stage.width, height), (dark, light, lit(light, 0.95))), dtype=np.float32
    )
    chance = stage.chance("wood")
    lines = np.asarray([chance(-1, 1) for _ in range(48)], dtype=np.float32)
    depth = (np.arange(height, dtype=np.float32) / height) ** 0.5
    rows = lines[(depth * 40).astype(np.int32) % 48]
    streak = rows[:, None] * np.float32(5) + grain(height, stage.width, 77) * np.float32(4)
    stage.image.paste(
        Image.fromarray((body + streak[:, :, None]).clip(0, 255).astype(np.uint8)), (0, top)
    )
    rim = max(1, round(stage.unit * 0.006))
    stage.image.paste(lit(light, 1.3), (0, top, stage.width, top + rim))


def scatter(
    stage: Stage,
    name: str,
    arts: Sequence[str],
    count: int,
    *,
    depth: tuple[float, float],
    height: float,
    edges: bool = False,
    shadow: bool = True,
    haze: float | None = None,
) -> None:
    """Decor on the ground between two depths; `height` is what it measures at the lower edge, as a
    share of the unit; `edges` keeps the middle of the picture free."""
    chance = stage.chance("scatter", name)
    for place in range(count):
        deep = chance(*depth)
        x = (place + chance(0.1, 0.9)) / count
        if edges:
            x = x * 0.44 if place % 2 else 1 - x * 0.44
        size = stage.unit * height * (1 - 0.72 * deep) * chance(0.82, 1.18)
        stage.decor.append(
            Decor(
                art=chance.pick(arts),
                x=x * stage.width,
                foot=stage.deep(deep),
                height=size,
                haze=max(0.0, deep - 0.45) * 0.75 if haze is None else haze,
                mirror=chance.maybe(0.5),
                shadow=shadow,
            )
        )


def softly(stage: Stage, radius: float, shade: float = 1.0) -> None:
    """What has been painted so far goes out of focus."""
    stage.image = soften(stage.image, stage.unit * radius)
    if shade != 1:
        stage.image = multiply(stage.image, (shade, shade, shade))
