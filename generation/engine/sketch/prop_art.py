"""How the props look. Each drawer gets a height in pixels and returns an RGBA picture cut to the thing."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image

from . import clay
from .assets import picture
from .chance import Chance
from .colour import recolour
from .raster import Colour, lit, rgb, veil

Drawer = Callable[[int], Image.Image]
OAK, DARK = rgb("#c98b55"), rgb("#8f5a3a")


def _table(height: int) -> Image.Image:
    size = (round(height * 2.1), height)
    legs = clay.solid(
        size,
        lambda pen: (pen.box(0.09, 0.1, 0.155, 1, 0.012), pen.box(0.845, 0.1, 0.91, 1, 0.012)),
        lit(OAK, 0.86),
        lit(OAK, 0.66),
        round_=0.04,
    )
    apron = clay.solid(size, lambda pen: pen.box(0.09, 0.12, 0.91, 0.3, 0.01), lit(OAK, 0.8), lit(OAK, 0.68), round_=0.04)
    top = clay.solid(size, lambda pen: pen.box(0, 0.02, 1, 0.17, 0.035), lit(OAK, 1.16), OAK, round_=0.07)
    return clay.stack(size, (legs, apron, top))


def _bench(height: int) -> Image.Image:
    size = (round(height * 1.9), height)
    legs = clay.solid(
        size,
        lambda pen: (pen.box(0.1, 0.1, 0.15, 1, 0.01), pen.box(0.85, 0.1, 0.9, 1, 0.01)),
        rgb("#59606e"),
        round_=0.04,
    )
    slats = [
        clay.solid(size, lambda pen, y=y: pen.box(0, y, 1, y + 0.13, 0.025), lit(OAK, tone), round_=0.05)
        for y, tone in ((0.02, 1.0), (0.19, 0.95), (0.42, 1.12), (0.56, 0.9))
    ]
    return clay.stack(size, (legs, *slats))


def _shelf(height: int) -> Image.Image:
    size = (round(height * 0.72), height)
    frame = clay.solid(size, lambda pen: pen.box(0, 0, 1, 1, 0.03), OAK, lit(OAK, 0.85), round_=0.02)
    parts = [frame]
    chance = Chance(7, "books")
    tones = tuple(rgb(code) for code in "#e5575f #3f86d9 #f2b84b #55b07a #9a6fd0 #ef8f5a".split())
    for row in range(4):
        top, bottom = 0.05 + row * 0.235, 0.05 + row * 0.235 + 0.2
        parts.append(clay.solid(size, lambda pen, a=top, b=bottom: pen.box(0.06, a, 0.94, b), lit(DARK, 0.8), depth=0.2))
        x = 0.08
        while x < 0.86:
            wide, tall = chance(0.05, 0.085), chance(0.12, 0.18)
            draw = _spine(x, bottom - tall, min(x + wide, 0.92), bottom)
            parts.append(clay.solid(size, draw, chance.pick(tones), round_=0.02))
            x += wide + 0.006
    return clay.stack(size, parts)


def _spine(left: float, top: float, right: float, bottom: float) -> clay.Draw:
    return lambda pen: pen.box(left, top, right, bottom, 0.01)


def _lighthouse(height: int) -> Image.Image:
    size = (round(height * 0.46), height)
    white, red = rgb("#f7f3ee"), rgb("#e4434d")

    def band(top: float, bottom: float) -> clay.Draw:
        def half(y: float) -> float:
            return 0.17 + 0.17 * (y - 0.26) / 0.66

        return lambda pen: pen.polygon((0.5 - half(top), top), (0.5 + half(top), top), (0.5 + half(bottom), bottom), (0.5 - half(bottom), bottom))

    rock = clay.solid(size, lambda pen: (pen.ellipse(0.02, 0.88, 0.98, 1.12), pen.ellipse(0.1, 0.85, 0.55, 1.1)), rgb("#9a8f95"), rgb("#6f6670"), round_=0.08)
    tower = clay.solid(size, band(0.26, 0.93), white, rgb("#e7dce0"), depth=1.3, round_=0.16)
    stripes = [clay.solid(size, band(a, b), red, lit(red, 0.9), depth=1.3, round_=0.16) for a, b in ((0.36, 0.48), (0.6, 0.72), (0.84, 0.93))]
    gallery = clay.solid(size, lambda pen: pen.box(0.24, 0.235, 0.76, 0.275, 0.04), rgb("#59606e"), round_=0.04)
    lamp = clay.solid(size, lambda pen: pen.box(0.36, 0.12, 0.64, 0.24, 0.03), rgb("#fff0a8"), rgb("#ffd463"), round_=0.05)
    roof = clay.solid(size, lambda pen: (pen.polygon((0.5, 0.015), (0.74, 0.13), (0.26, 0.13)), pen.ellipse(0.46, 0.0, 0.54, 0.037)), red, lit(red, 0.8), round_=0.06)
    door = clay.solid(size, lambda pen: (pen.box(0.43, 0.8, 0.57, 0.925), pen.ellipse(0.43, 0.765, 0.57, 0.835)), DARK, round_=0.03)
    panes = clay.solid(size, lambda pen: (pen.box(0.46, 0.3, 0.54, 0.335, 0.02), pen.box(0.46, 0.52, 0.54, 0.56, 0.02)), rgb("#6fc3ef"), round_=0.02)
    return clay.stack(size, (rock, tower, *stripes, door, panes, gallery, lamp, roof))


def _windmill(height: int) -> Image.Image:
    size = (round(height * 0.86), height)
    body = clay.solid(size, lambda pen: pen.polygon((0.37, 0.36), (0.63, 0.36), (0.74, 1), (0.26, 1)), rgb("#f4e9d8"), rgb("#dcc6a8"), depth=1.2, round_=0.1)
    roof = clay.solid(size, lambda pen: pen.ellipse(0.34, 0.24, 0.66, 0.52), rgb("#d95f4c"), round_=0.08)
    door = clay.solid(size, lambda pen: (pen.box(0.43, 0.82, 0.57, 1), pen.ellipse(0.43, 0.76, 0.57, 0.88)), DARK, round_=0.03)

    def blades(pen: clay.Pen) -> None:
        for x, y in ((0.34, 0.29), (-0.34, 0.29), (0.34, -0.29), (-0.34, -0.29)):
            across, along = -y * 0.24, x * 0.24
            pen.polygon((0.5, 0.37), (0.5 + x, 0.37 + y), (0.5 + x + across, 0.37 + y + along), (0.5 + across * 0.6, 0.37 + along * 0.6))
        pen.ellipse(0.46, 0.335, 0.54, 0.405)

    return clay.stack(size, (body, roof, door, clay.solid(size, blades, rgb("#c99a66"), rgb("#a8764a"), round_=0.02)))


def _streetlamp(height: int) -> Image.Image:
    size = (max(6, round(height * 0.26)), height)
    iron = rgb("#4d5566")
    pole = clay.solid(size, lambda pen: (pen.box(0.44, 0.2, 0.56, 1), pen.box(0.3, 0.95, 0.7, 1, 0.08), pen.box(0.36, 0.2, 0.64, 0.23, 0.05)), iron, round_=0.06)
    lamp = clay.solid(size, lambda pen: pen.polygon((0.24, 0.07), (0.76, 0.07), (0.64, 0.21), (0.36, 0.21)), rgb("#fff3b8"), rgb("#ffd873"), round_=0.08)
    cap = clay.solid(size, lambda pen: (pen.polygon((0.5, 0.0), (0.84, 0.08), (0.16, 0.08)),), iron, round_=0.06)
    return clay.stack(size, (pole, lamp, cap))


def _bridge(height: int) -> Image.Image:
    size = (round(height * 2.7), height)
    stone = rgb("#c9b9a6")

    def draw(pen: clay.Pen) -> None:
        pen.ellipse(-0.06, 0.12, 1.06, 2.2)
        pen.ellipse(0.24, 0.5, 0.76, 1.9, ink=0)
        pen.box(-0.1, 1.0, 1.1, 1.2, ink=0)

    def rail(pen: clay.Pen) -> None:
        pen.ellipse(-0.06, 0.02, 1.06, 2.1)
        pen.ellipse(-0.1, 0.14, 1.1, 2.3, ink=0)

    rails = clay.solid(size, rail, lit(stone, 1.12), stone, round_=0.03)
    return clay.stack(size, (clay.solid(size, draw, lit(stone, 1.05), lit(stone, 0.8), round_=0.07), rails))


def _fence(height: int) -> Image.Image:
    size = (round(height * 2.2), height)

    def draw(pen: clay.Pen) -> None:
        pen.box(0, 0.34, 1, 0.46)
        pen.box(0, 0.66, 1, 0.78)
        for place in range(6):
            x = 0.02 + place * 0.175
            pen.box(x, 0.14, x + 0.075, 1, 0.01)
            pen.polygon((x, 0.16), (x + 0.0375, 0.0), (x + 0.075, 0.16))

    return clay.solid(size, draw, rgb("#fbf5ec"), rgb("#dccdb8"), round_=0.05)


def _bamboo(height: int) -> Image.Image:
    size = (max(8, round(height * 0.42)), height)
    parts = []
    for x, top, tone in ((0.3, 0.06, 0.92), (0.56, 0.0, 1.06), (0.78, 0.16, 0.84)):
        green = lit(rgb("#7cb342"), tone)
        parts.append(clay.solid(size, _stalk(x, top), lit(green, 1.08), lit(green, 0.85), depth=1.2, round_=0.05))
        parts.append(clay.solid(size, _leaves(x, top), lit(rgb("#5fa53a"), tone), lit(rgb("#3f8a3a"), tone), round_=0.02))
    return clay.stack(size, parts)


def _stalk(x: float, top: float) -> clay.Draw:
    def draw(pen: clay.Pen) -> None:
        for joint in range(7):
            y = top + joint * (1 - top) / 7
            pen.box(x - 0.045, y + 0.006, x + 0.045, y + (1 - top) / 7 - 0.003, 0.03)

    return draw


def _leaves(x: float, top: float) -> clay.Draw:
    def draw(pen: clay.Pen) -> None:
        for row in range(4):
            y, side = top + 0.05 + row * (1 - top) * 0.15, 1 if row % 2 else -1
            for fall in (0.015, 0.06, 0.1):
                tip = (x + side * (0.26 - fall), y + fall)
                pen.polygon((x, y), (x + side * 0.12, y - 0.018 + fall * 0.4), tip, (x + side * 0.12, y + 0.014 + fall * 0.6))

    return draw


def _wall(height: int) -> Image.Image:
    size = (round(height * 2.4), height)
    parts = [clay.solid(size, lambda pen: pen.box(0, 0.02, 1, 1), rgb("#b98a76"), depth=0.3)]

    def bricks(pen: clay.Pen) -> None:
        for row in range(6):
            for column in range(-1, 6):
                x, y = (column + (0.5 if row % 2 else 0)) / 5.5, 0.05 + row * 0.16
                pen.box(x + 0.006, y, x + 0.172, y + 0.13, 0.008)

    parts.append(clay.solid(size, bricks, rgb("#d9735a"), rgb("#b9573f"), round_=0.03))
    return clay.stack(size, parts)


def _waterfall(height: int) -> Image.Image:
    size = (round(height * 0.9), height)
    cliff = clay.solid(size, lambda pen: (pen.box(0.04, 0.06, 0.42, 1, 0.1), pen.box(0.58, 0.0, 0.96, 1, 0.1), pen.box(0.3, 0.16, 0.7, 1)), rgb("#9d948c"), rgb("#6f6868"), round_=0.08)
    fall = clay.solid(size, lambda pen: pen.box(0.33, 0.13, 0.67, 0.95, 0.06), rgb("#d6f1fb"), rgb("#7cc4ea"), round_=0.03)
    streaks = clay.solid(size, lambda pen: [pen.box(x, 0.16, x + 0.025, 0.9, 0.012) for x in (0.37, 0.44, 0.5, 0.57, 0.62)], rgb("#ffffff"), rgb("#e5f7ff"), depth=0.3)
    foam = clay.solid(size, lambda pen: [pen.ellipse(x, 0.88, x + 0.2, 1.02) for x in (0.22, 0.34, 0.46, 0.58)], rgb("#ffffff"), rgb("#dff4fd"), round_=0.05)
    moss = clay.solid(size, lambda pen: (pen.box(0.02, 0.03, 0.44, 0.12, 0.05), pen.box(0.56, -0.03, 0.98, 0.07, 0.05)), rgb("#7cbb5e"), round_=0.04)
    return clay.stack(size, (cliff, fall, streaks, foam, moss))


def _swing(height: int) -> Image.Image:
    size = (height, height)
    posts = clay.solid(size, lambda pen: (pen.line((0.12, 0.06), (0.02, 0.98), thick=0.05), pen.line((0.12, 0.06), (0.24, 0.98), thick=0.05), pen.line((0.88, 0.06), (0.98, 0.98), thick=0.05), pen.line((0.88, 0.06), (0.76, 0.98), thick=0.05), pen.line((0.08, 0.05), (0.92, 0.05), thick=0.06)), rgb("#d9604c"), rgb("#b8453a"), round_=0.02)
    ropes = clay.solid(size, lambda pen: (pen.line((0.38, 0.05), (0.38, 0.74), thick=0.014), pen.line((0.62, 0.05), (0.62, 0.74), thick=0.014)), rgb("#8a7460"))
    seat = clay.solid(size, lambda pen: pen.box(0.33, 0.72, 0.67, 0.77, 0.015), OAK, round_=0.03)
    return clay.stack(size, (posts, ropes, seat))


def _tinted(code: str, colour: str) -> Drawer:
    """A sprite of the set in another colour."""

    def draw(height: int) -> Image.Image:
        image = recolour(picture(code), colour)
        return image.resize((max(1, round(image.width * height / image.height)), height), Image.Resampling.LANCZOS)

    return draw


def _snowpine(height: int) -> Image.Image:
    image = veil(picture("1f332"), (238, 246, 255), 0.56)
    return image.resize((max(1, round(image.width * height / image.height)), height), Image.Resampling.LANCZOS)


def _bush(height: int) -> Image.Image:
    size = (round(height * 1.5), height)
    draw: clay.Draw = lambda pen: (pen.ellipse(0, 0.3, 0.5, 1.1), pen.ellipse(0.22, 0, 0.78, 1.0), pen.ellipse(0.5, 0.26, 1, 1.1))  # noqa: E731
    return clay.solid(size, draw, rgb("#86cc5a"), rgb("#4f9a48"), round_=0.16)


def _barn(height: int) -> Image.Image:
    size = (round(height * 1.15), height)
    red = rgb("#d9534a")
    body = clay.solid(size, lambda pen: pen.polygon((0.06, 0.44), (0.5, 0.12), (0.94, 0.44), (0.94, 1), (0.06, 1)), red, lit(red, 0.84), round_=0.03)
    roof = clay.solid(size, lambda pen: pen.polygon((0.0, 0.47), (0.14, 0.2), (0.5, 0.0), (0.86, 0.2), (1.0, 0.47), (0.9, 0.47), (0.5, 0.14), (0.1, 0.47)), rgb("#7a6a72"), round_=0.03)
    door = clay.solid(size, lambda pen: (pen.box(0.34, 0.56, 0.66, 1), pen.box(0.42, 0.28, 0.58, 0.42)), rgb("#fbf1e6"), round_=0.02)
    inner = clay.solid(size, lambda pen: pen.box(0.38, 0.6, 0.62, 1), lit(red, 0.75), round_=0.02)
    return clay.stack(size, (body, roof, door, inner))


def _acacia(height: int) -> Image.Image:
    size = (round(height * 1.25), height)
    trunk = clay.solid(size, lambda pen: (pen.line((0.5, 1.0), (0.47, 0.55), thick=0.055), pen.line((0.48, 0.6), (0.26, 0.28), thick=0.032), pen.line((0.48, 0.6), (0.74, 0.28), thick=0.032)), DARK, round_=0.04)
    crown = clay.solid(size, lambda pen: (pen.ellipse(0.0, 0.1, 0.62, 0.4), pen.ellipse(0.36, 0.06, 1.0, 0.38), pen.ellipse(0.2, 0.0, 0.8, 0.3)), rgb("#9bb04a"), rgb("#6f8a3a"), round_=0.08)
    return clay.stack(size, (trunk, crown))


def _blades(colour: Colour, count: int, bend: float) -> Drawer:
    """Reeds or weed: blades that grow from one root."""

    def draw(height: int) -> Image.Image:
        size = (max(8, round(height * 0.6)), height)

        def pen_(pen: clay.Pen) -> None:
            for place in range(count):
                lean = (place - (count - 1) / 2) / count
                tip = 0.06 + 0.5 * abs(lean)
                points = [(0.5 + lean * 1.5 * part + bend * (1 if place % 2 else -1) * part * (1 - part), 1 - (1 - tip) * part) for part in (0, 0.25, 0.5, 0.75, 1)]
                pen.line(*points, thick=0.07)

        return clay.solid(size, pen_, lit(colour, 1.1), lit(colour, 0.75), round_=0.03)

    return draw


def _planet(height: int) -> Image.Image:
    return clay.solid((height, height), lambda pen: pen.ellipse(0.01, 0.01, 0.99, 0.99), rgb("#f08f6a"), rgb("#a8477f"), depth=1.2, round_=0.2)


DRAWERS: dict[str, Drawer] = {
    "table": _table,
    "bench": _bench,
    "shelf": _shelf,
    "lighthouse": _lighthouse,
    "windmill": _windmill,
    "streetlamp": _streetlamp,
    "bridge": _bridge,
    "fence": _fence,
    "bamboo": _bamboo,
    "wall": _wall,
    "waterfall": _waterfall,
    "swing": _swing,
    "cherry": _tinted("1f333", "pink"),
    "maple": _tinted("1f333", "orange"),
    "snowpine": _snowpine,
    "bush": _bush,
    "barn": _barn,
    "acacia": _acacia,
    "reeds": _blades(rgb("#6f9f4f"), 7, 0.2),
    "seaweed": _blades(rgb("#2f9f7a"), 5, 0.7),
    "planet": _planet,
}
