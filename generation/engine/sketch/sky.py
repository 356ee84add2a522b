"""What hangs and falls in the air: sun, moon, stars, clouds, rain, snow, fog, lights."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from . import art, clay
from .raster import Colour, below, blank, glow, lit, multiply, rgb, ridge, soften, thin, veil
from .stage import Stage


def luminary(stage: Stage) -> None:
    """The sun or the moon of this light, with its glow, low at sunset and dawn."""
    if not stage.light.sun or stage.asked & {"sprite:1f315", "sprite:1f319", "sprite:2600-fe0f"}:
        return
    chance = stage.chance("luminary")
    low = stage.light.sky[0] != (77, 159, 240) and stage.light.sun == "sun"
    x = stage.width * (chance(0.12, 0.32) if chance.maybe(0.5) else chance(0.68, 0.88))
    y = stage.horizon * (chance(0.62, 0.8) if low else chance(0.16, 0.3))
    radius = stage.unit * (0.075 if low else 0.055)
    if low and not stage.asked:
        # Nobody stands in the picture: the sun that rises or sets is what it is about.
        x = stage.width / 2 + (x - stage.width / 2) * 0.45
        radius = stage.unit * 0.13
        y = stage.horizon - radius * chance(0.15, 0.6)
    stage.luminary = (x, y, radius)
    warm: Colour = (255, 246, 214) if not low else (255, 236, 178)
    if stage.light.sun == "moon":
        warm = (226, 232, 255)
    stage.fill(warm, thin(glow(stage.image.size, (x, y), radius * 6.5), 0.5))
    stage.fill(warm, thin(glow(stage.image.size, (x, y), radius * 2.6), 0.75))
    box = round(radius * 2)
    disc = clay.shape((box, box), lambda pen: pen.ellipse(0.02, 0.02, 0.98, 0.98))
    if stage.light.sun == "moon":
        # A crescent, so that nobody counts it as the full moon that a prompt asked for.
        bite = clay.shape((box, box), lambda pen: pen.ellipse(-0.28, -0.12, 0.66, 0.82))
        disc = Image.fromarray(np.minimum(np.asarray(disc), 255 - np.asarray(bite)))
    stage.fill(lit(warm, 1.3), disc, (round(x - radius), round(y - radius)))


def stars(stage: Stage, bottom: float, amount: float = 1.0) -> None:
    """Points of light down to `bottom`, thinner towards it."""
    chance = stage.chance("stars")
    for size, count in ((0.0016, 90), (0.0026, 36), (0.004, 10)):
        mask = blank((stage.width, max(1, round(bottom))))
        draw = ImageDraw.Draw(mask)
        for _ in range(round(count * amount)):
            x, y = chance(0, stage.width), chance() * chance(0.35, 1) * bottom
            radius = max(0.3, size * stage.unit * chance(0.7, 1.3))
            draw.ellipse(
                (x - radius, y - radius, x + radius, y + radius), fill=chance.whole(120, 255)
            )
        stage.fill((255, 250, 235), soften(mask, max(0.4, size * stage.unit * 0.35)))


def clouds(
    stage: Stage, count: int, low: float = 0.1, high: float = 0.6, size: float = 0.24
) -> None:
    """Clouds between two shares of the sky's height; farther ones are smaller, lower and paler."""
    chance = stage.chance("clouds")
    tone = stage.light.sky[min(1, len(stage.light.sky) - 1)]
    for place in range(count):
        far = chance()
        y = stage.horizon * (low + (high - low) * (0.2 + 0.8 * far) * chance(0.5, 1))
        wide = max(8, round(stage.unit * size * (1.3 - 0.75 * far)))
        image = art.draw("sprite:2601-fe0f", 200).resize(
            (wide, max(4, round(wide * chance(0.46, 0.62)))), Image.Resampling.LANCZOS
        )
        if chance.maybe(0.5):
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        image = veil(
            multiply(image, stage.light.tint), tone, 0.5 if stage.light.dark else 0.06 + 0.2 * far
        )
        image.putalpha(thin(image.getchannel("A"), 0.95 - 0.4 * far))
        x = (place + chance(0.1, 0.9)) / count * stage.width - wide / 2
        stage.lay(image, x, y - image.height / 2)


def birds(stage: Stage) -> None:
    """A few far birds, in some pictures by daylight."""
    chance = stage.chance("birds")
    if stage.light.dark or not chance.maybe(0.4):
        return
    mask = blank((stage.width * 2, stage.height * 2))
    draw = ImageDraw.Draw(mask)
    x, y = chance(0.2, 0.8) * stage.width, chance(0.2, 0.55) * stage.horizon
    for _ in range(chance.whole(3, 6)):
        at, up = x + stage.unit * chance(-0.16, 0.16), y + stage.unit * chance(-0.05, 0.05)
        wing = stage.unit * chance(0.012, 0.022)
        points = [(-1, -0.5), (-0.5, -0.72), (0, 0), (0.5, -0.72), (1, -0.5)]
        line = [((at + wing * a) * 2, (up + wing * b) * 2) for a, b in points]
        draw.line(line, fill=170, width=max(2, round(stage.unit * 0.006)), joint="curve")
    small = mask.resize(stage.image.size, Image.Resampling.BOX)
    stage.fill((74, 82, 112), small)


def rain(stage: Stage, strength: float = 1.0) -> None:
    """Slanting streaks over everything."""
    chance = stage.chance("rain")
    mask = blank(stage.image.size)
    draw = ImageDraw.Draw(mask)
    for _ in range(round(210 * strength)):
        x, y = chance(-0.1, 1.05) * stage.width, chance(-0.1, 1) * stage.height
        length = stage.unit * chance(0.03, 0.085)
        ink = chance.whole(50, 150)
        draw.line(
            (x, y, x + length * 0.22, y + length),
            fill=ink,
            width=max(1, round(stage.unit * 0.0032)),
        )
    stage.fill((226, 238, 255), soften(mask, max(0.5, stage.unit * 0.0012)))


def snowfall(stage: Stage) -> None:
    """Flakes, near ones large and soft."""
    chance = stage.chance("snowfall")
    for size, count, ink in ((0.004, 120, 200), (0.008, 46, 220), (0.016, 14, 170)):
        mask = blank(stage.image.size)
        draw = ImageDraw.Draw(mask)
        for _ in range(count):
            x, y = chance(0, stage.width), chance(0, stage.height)
            radius = max(0.3, stage.unit * size * chance(0.6, 1.1))
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)
        stage.fill((255, 255, 255), soften(mask, max(0.6, stage.unit * size * 0.32)))


def petals(stage: Stage, colour: Colour = (255, 190, 208), count: int = 46) -> None:
    """Petals or leaves that drift down."""
    chance = stage.chance("petals")
    for tone in (1.0, 0.9, 1.25):
        mask = blank((stage.width * 2, stage.height * 2))
        draw = ImageDraw.Draw(mask)
        for _ in range(count // 3):
            x, y = chance(0, stage.width * 2), chance(0, stage.height * 2)
            side, lean = stage.unit * chance(0.012, 0.026), chance(-1, 1)
            points = [(0, -0.5), (0.5, 0), (0, 0.5), (-0.35, 0)]
            draw.polygon(
                [(x + side * (a - b * lean), y + side * (b + a * lean)) for a, b in points],
                fill=235,
            )
        small = mask.resize(stage.image.size, Image.Resampling.BOX)
        stage.fill(lit(colour, tone), soften(small, stage.unit * 0.0012))


def fog(stage: Stage, strength: float = 0.7) -> None:
    """Banks of mist around the horizon."""
    chance = stage.chance("fog")
    for place in range(3):
        line = stage.horizon + stage.unit * (0.02 + 0.13 * place)
        edge = line + ridge(chance, stage.width, 3) * np.float32(stage.unit * 0.07)
        bank = np.asarray(below(edge, stage.height), dtype=np.float32)
        fade = 1 - np.abs(np.arange(stage.height, dtype=np.float32) - line) / np.float32(
            stage.unit * 0.22
        )
        mask = Image.fromarray((bank * fade.clip(0, 1)[:, None]).astype(np.uint8))
        stage.fill(lit(stage.light.haze, 1.3), thin(soften(mask, stage.unit * 0.05), strength))


def aurora(stage: Stage) -> None:
    """Curtains of green and violet light."""
    chance = stage.chance("aurora")
    height = max(2, round(stage.horizon))
    for colour in (rgb("#3dffb0"), rgb("#52e0ff"), rgb("#b06bff")):
        line = stage.horizon * np.float32(chance(0.35, 0.6)) + ridge(
            chance, stage.width, 3.2
        ) * np.float32(height * 0.22)
        down = np.arange(height, dtype=np.float32)[:, None]
        above = (line[None, :] - down) / np.float32(height * 0.42)
        strength = np.where(above > 0, np.maximum(1 - above, 0) ** 2, np.maximum(1 + above * 9, 0))
        folds = np.float32(0.7) + ridge(chance, stage.width, 26) * np.float32(0.5)
        mask = Image.fromarray(
            (strength * folds.clip(0.15, 1)[None, :] * 215).clip(0, 255).astype(np.uint8)
        )
        stage.fill(colour, soften(mask, stage.unit * 0.006))


def fireworks(stage: Stage) -> None:
    """Bursts in the upper sky."""
    chance = stage.chance("fireworks")
    # Eight-fold directions by exact numbers: sines may differ in the last bit between machines.
    way = ((1.0, 0.0), (0.924, 0.383), (0.707, 0.707), (0.383, 0.924))
    spokes = [(x * s, y * t) for x, y in way for s in (1, -1) for t in (1, -1)] + [
        (0.0, 1.0),
        (0.0, -1.0),
    ]
    count, large = (4, 1.0) if stage.asked else (6, 1.45)
    for _ in range(count):
        x, y = chance(0.12, 0.88) * stage.width, chance(0.1, 0.45) * stage.horizon
        reach = stage.unit * chance(0.09, 0.17) * large
        colour = chance.pick(
            (rgb("#ffd34d"), rgb("#ff6f91"), rgb("#6fd3ff"), rgb("#b58cff"), rgb("#7dffa8"))
        )
        mask = blank(stage.image.size)
        draw = ImageDraw.Draw(mask)
        for a, b in spokes:
            for step in range(4, 11):
                part = step / 10
                dot = stage.unit * (0.0022 + 0.0042 * part)
                cx, cy = x + a * reach * part, y + b * reach * part + reach * 0.12 * part * part
                draw.ellipse((cx - dot, cy - dot, cx + dot, cy + dot), fill=round(90 + 165 * part))
        stage.fill(colour, thin(glow(stage.image.size, (x, y), reach * 1.5), 0.35))
        stage.fill(lit(colour, 1.25), soften(mask, stage.unit * 0.001))


def lightning(stage: Stage) -> None:
    """One forked flash."""
    chance = stage.chance("lightning")
    x, y = stage.width * chance(0.15, 0.85), 0.0
    points = [(x, y)]
    while y < stage.horizon * 0.95:
        x, y = x + stage.unit * chance(-0.06, 0.06), y + stage.unit * chance(0.05, 0.1)
        points.append((x, y))
    mask = blank(stage.image.size)
    ImageDraw.Draw(mask).line(
        points, fill=255, width=max(2, round(stage.unit * 0.009)), joint="curve"
    )
    stage.fill((205, 215, 255), soften(mask, stage.unit * 0.025))
    stage.fill((255, 252, 235), soften(mask, stage.unit * 0.0015))


def rainbow(stage: Stage) -> None:
    """A wide bow that rises behind the horizon."""
    chance = stage.chance("rainbow")
    x, y = stage.width * chance(0.35, 0.65), stage.horizon + stage.unit * 0.12
    reach = min(stage.width * 0.62, stage.horizon * 0.98)
    across = (np.arange(stage.width, dtype=np.float32) - np.float32(x)) / np.float32(reach)
    down = (np.arange(stage.height, dtype=np.float32) - np.float32(y)) / np.float32(reach)
    from_centre = np.sqrt(across[None, :] ** 2 + down[:, None] ** 2)
    bands = tuple(
        rgb(code)
        for code in ["#a06be0", "#5b8def", "#4fc6d8", "#6ccf6a", "#f7df58", "#fba94c", "#f2606a"]
    )
    fade = (1 - (down + np.float32(1)) * np.float32(0.55)).clip(0.25, 1)[:, None]
    thick = 0.032
    for place, colour in enumerate(bands):
        inner = 0.76 + place * thick
        ring = ((from_centre - inner) * 60 + 0.5).clip(0, 1) * (
            (inner + thick - from_centre) * 60 + 0.5
        ).clip(0, 1)
        mask = Image.fromarray((ring * fade * 165).astype(np.uint8))
        mask.paste(0, (0, min(stage.height, round(stage.horizon)), stage.width, stage.height))
        stage.fill(colour, mask)
