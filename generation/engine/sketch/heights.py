"""The Great Wall: ridges one behind another, the wall on each, and its walk under our feet."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from . import land, sky
from .raster import Colour, blank, gradient, lit, mix, rgb, ridge, soften
from .stage import Stage

STONE = rgb("#cbb894")
FINE = 2
"""Masks are drawn this many times larger and reduced, for smooth edges."""
MERLONS = 9
"""Along one side of the walk."""


def greatwall(stage: Stage) -> None:
    """We stand on the wall; it climbs to a watchtower and goes on over the mountains."""
    stage.sky()
    if stage.light.sun == "moon":
        sky.stars(stage, stage.horizon, 0.8)
    sky.luminary(stage)
    sky.clouds(stage, 3)
    land.peaks(stage, "far", rgb("#8fa6c4"), 0.34, 5, 0.5, snow=False)
    _ridge(stage, "back", rgb("#7fa07c"), (0.16, 0.42), 0.1, 0.026)
    _ridge(stage, "mid", rgb("#6f9f5f"), (0.02, 0.2), 0.08, 0.044)
    land.ground(stage, rgb("#86b565"), rgb("#5f9a4c"), wavy=0.03)
    land.grass(stage, rgb("#5f9a4c"), 0.8)
    way = _Walk(stage)
    _tower(stage, way.x(1.0), way.y(1.0) + stage.unit * 0.012, stage.unit * 0.2, 0.0)
    way.paint()


def _ridge(
    stage: Stage, name: str, colour: Colour, far: tuple[float, float], rise: float, thick: float
) -> None:
    """A green ridge with the wall and its towers along the crest; `far` = haze of both and how
    high the ridge lies.
    """
    chance = stage.chance("ridge", name)
    waves = ridge(chance, stage.width, 1.7, 0.25) * np.float32(stage.unit * rise)
    line = np.float32(stage.horizon - stage.unit * far[1] * 0.7) - waves
    tone = mix(land.dim(stage, colour), stage.light.haze, 0.25 + far[0] * 1.6)
    down = np.arange(stage.height, dtype=np.float32)[:, None]
    hill = ((down - line[None, :] + 0.5).clip(0, 1) * 255).astype(np.uint8)
    body = gradient(stage.image.size, (lit(tone, 1.1), tone, mix(tone, stage.light.haze, 0.3)))
    stage.image.paste(body, (0, 0), Image.fromarray(hill))
    stone = mix(land.dim(stage, STONE), stage.light.haze, far[0] * 1.4)
    _crest(stage, line, stone, stage.unit * thick)
    for place in range(2):
        x = stage.width * (place + chance(0.25, 0.75)) / 2
        y = float(line[min(stage.width - 1, round(x))])
        _tower(stage, x, y + stage.unit * thick * 0.4, stage.unit * thick * 3.0, far[0] * 1.4)


def _crest(stage: Stage, line: np.ndarray, stone: Colour, high: float) -> None:
    """The wall along a crest: a band with merlons."""
    mask = blank((stage.width * FINE, stage.height * FINE))
    draw = ImageDraw.Draw(mask)
    xs = range(0, stage.width, max(2, stage.width // 96))
    top = [(x * FINE, (float(line[x]) - high * 0.5) * FINE) for x in xs]
    low = [(x * FINE, (float(line[x]) + high * 0.5) * FINE) for x in xs]
    end = (stage.width * FINE, top[-1][1]), (stage.width * FINE, low[-1][1])
    draw.polygon([*top, *end, *reversed(low)], fill=255)
    step = high * 0.62 * FINE
    for place in range(int(stage.width * FINE / step) + 1):
        x = place * step
        y = (float(line[min(stage.width - 1, round(x / FINE))]) - high * 0.5) * FINE
        draw.rectangle(
            (x, y - high * 0.26 * FINE, x + step * 0.55, y + high * 0.2 * FINE), fill=255
        )
    whole = mask.resize(stage.image.size, Image.Resampling.BOX)
    stage.fill(lit(stone, 1.06), whole)
    stage.things.paste(255, (0, 0), whole)
    shade = Image.new("L", whole.size)
    shade.paste(whole, (0, round(high * 0.45)))
    both = np.minimum(np.asarray(whole), np.asarray(shade))
    stage.fill(lit(stone, 0.82), soften(Image.fromarray(both), high * 0.08))


def _tower(stage: Stage, x: float, foot: float, high: float, far: float) -> None:
    """A watchtower: a block with windows and merlons."""
    wide, stone = high * 0.78, mix(land.dim(stage, STONE), stage.light.haze, far)
    size = (max(6, round(wide * 1.16)), max(6, round(high)))
    at = round(x - size[0] / 2), round(foot - high)
    big = blank((size[0] * FINE, size[1] * FINE))
    draw = ImageDraw.Draw(big)
    w, h = big.size
    draw.polygon([(w * 0.1, h * 0.2), (w * 0.9, h * 0.2), (w * 0.97, h), (w * 0.03, h)], fill=255)
    draw.rectangle((w * 0.03, h * 0.13, w * 0.97, h * 0.27), fill=255)
    for place in range(5):
        left = w * (0.03 + place * 0.2)
        draw.rectangle((left, 0, left + w * 0.14, h * 0.2), fill=255)
    mask = big.resize(size, Image.Resampling.BOX)
    body = gradient(size, (lit(stone, 1.18), stone, lit(stone, 0.84)))
    body.putalpha(mask)
    stage.lay_thing(body, *at, is_near=far <= 0)
    side = Image.new("L", size)
    side.paste(mask.crop((round(size[0] * 0.68), 0, *size)), (round(size[0] * 0.68), 0))
    stage.fill(lit(stone, 0.72), side, at)
    holes = blank((size[0] * FINE, size[1] * FINE))
    draw = ImageDraw.Draw(holes)
    for left in (0.2, 0.43, 0.66):
        draw.rounded_rectangle((w * left, h * 0.4, w * (left + 0.13), h * 0.62), w * 0.06, fill=255)
    draw.rectangle((w * 0.05, h * 0.27, w * 0.95, h * 0.3), fill=110)
    dark = rgb("#ffd27a") if stage.light.dark else rgb("#5d4c40")
    stage.fill(mix(dark, stage.light.haze, far), holes.resize(size, Image.Resampling.BOX), at)


class _Walk:
    """The paved way on top of the wall; t runs from 0 (under us) to 1 (the watchtower)."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.lean = 1.0 if stage.chance("walk").maybe(0.5) else -1.0

    def x(self, t: float) -> float:
        return self.stage.width * (0.5 + self.lean * (0.27 * t * t - 0.03))

    def y(self, t: float) -> float:
        """Equal steps look shorter the farther they are."""
        low, high = self.stage.height * 1.06, self.stage.horizon + self.stage.unit * 0.02
        return low + (high - low) * (1 - (1 - t) * (1 - t))

    def half(self, t: float) -> float:
        return self.stage.width * (0.05 + 0.41 * (1 - t) ** 2)

    def side(self, t: float, way: int) -> tuple[float, float]:
        return self.x(t) + way * self.half(t), self.y(t)

    def tall(self, t: float) -> float:
        return self.stage.unit * (0.02 + 0.15 * (1 - t) ** 2)

    def paint(self) -> None:
        stone = land.dim(self.stage, STONE)
        steps = [place / 24 for place in range(25)]
        left, right = ([self.side(t, way) for t in steps] for way in (-1, 1))
        for way in (-1, 1):
            self._flank(way, lit(stone, 0.62))
        self._fill([*left, *reversed(right)], lit(stone, 1.12), lit(stone, 0.98))
        self._joints(lit(stone, 0.8))
        for way in (-1, 1):
            self._parapet(way, lit(stone, 0.9 if way * self.lean > 0 else 1.0))

    def _flank(self, way: int, tone: Colour) -> None:
        """The outer face that falls to the grass."""
        steps = [place / 24 for place in range(25)]
        edge = [self.side(t, way) for t in steps]
        fall = [
            (x + way * self.tall(t) * 0.5, y + self.tall(t) * 0.8)
            for (x, y), t in zip(edge, steps, strict=True)
        ]
        self._fill([*edge, *reversed(fall)], lit(tone, 1.15), lit(tone, 0.9))

    def _parapet(self, way: int, tone: Colour) -> None:
        """A low wall with merlons along one side."""
        steps = [place / 48 for place in range(49)]
        edge = [self.side(t, way) for t in steps]
        top = [(x, y - self.tall(t) * 0.55) for (x, y), t in zip(edge, steps, strict=True)]
        self._fill([*edge, *reversed(top)], lit(tone, 1.05), lit(tone, 0.86))
        for place in range(MERLONS):
            first = place / MERLONS
            spots = [first + share * 0.68 / MERLONS for share in (0.0, 0.5, 1.0)]
            low = [(self.side(t, way)[0], self.y(t) - self.tall(t) * 0.5) for t in spots]
            high = [(self.side(t, way)[0], self.y(t) - self.tall(t)) for t in spots]
            self._fill([*low, *reversed(high)], lit(tone, 1.16), lit(tone, 0.98))

    def _joints(self, tone: Colour) -> None:
        mask = blank((self.stage.width * FINE, self.stage.height * FINE))
        draw = ImageDraw.Draw(mask)
        for place in range(17):
            t = place / 17
            ends = [tuple(value * FINE for value in self.side(t, way)) for way in (-1, 1)]
            wide = max(1, round(self.stage.unit * 0.006 * (1 - t)))
            draw.line([*ends[0], *ends[1]], fill=150, width=wide)
            for share in (0.25, 0.5, 0.75) if place % 2 else (0.12, 0.38, 0.62, 0.88):
                line = []
                for at in (t, t + 1 / 17):
                    (x, y), (end, _) = self.side(at, -1), self.side(at, 1)
                    line += [(x + (end - x) * share) * FINE, y * FINE]
                draw.line(line, fill=130, width=wide)
        self.stage.fill(tone, mask.resize(self.stage.image.size, Image.Resampling.BOX))

    def _fill(self, points: list[tuple[float, float]], top: Colour, bottom: Colour) -> None:
        left, high = (int(min(values)) for values in zip(*points, strict=True))
        right, low = (int(max(values)) + 2 for values in zip(*points, strict=True))
        size = right - left, low - high
        mask = blank((size[0] * FINE, size[1] * FINE))
        flat = [((x - left) * FINE, (y - high) * FINE) for x, y in points]
        ImageDraw.Draw(mask).polygon(flat, fill=255)
        small = mask.resize(size, Image.Resampling.BOX)
        body = gradient(size, (top, bottom))
        body.putalpha(small)
        self.stage.lay_thing(body, left, high, is_near=False)
