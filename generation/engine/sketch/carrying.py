"""Where a thing goes that another carries: on, in, over, under it, in its hand, on its head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import art
from .actors import Actor
from .kinds import STEMMED, STRUNG
from .scene import Thing

CRUMB = 0.2
"""Metres up to which a thing lies in a basket among others."""
ALOFT = ("air", "sky", "climb")
UMBRELLA, SOFA, TABLE = "sprite:2602-fe0f", "sprite:1f6cb-fe0f", "prop:table"
RIDES = {
    f"sprite:{code}"
    for code in (
        *("1f40e", "1f984", "1f418", "1f42a", "1f42b", "1facf", "1f993", "1f98c", "1f404"),
        *("1f402", "1f403", "1f9ac", "1f999", "1f405", "1f409", "1f416", "1f411", "1f422"),
        *("1f40b", "1f433", "1f42c", "1f6b2", "1f6f5", "1f3cd-fe0f", "1f697", "1f6fb"),
        *("1f3ce-fe0f", "1f69c", "1f6f7", "1f6f6", "26f5", "1f6a2", "1f6a4"),
    )
}
"""What people ride in or astride: it hides their legs."""
BASKET, PLATE, BRIDGE = "sprite:1f9fa", "prop:plate", "prop:bridge"
VASE, AQUARIUM = "prop:vase", "prop:fishbowl"
UPRIGHT = {
    f"sprite:{code}"
    for code in ("1f427", "1f989", "26c4", "1f9f8", "1f47b", "1f9cd-200d-2640-fe0f")
}
"""Things of kind "-" whose head is in the middle; other animals stand in profile."""
GLASSES = {"sprite:1f453", "sprite:1f576-fe0f"}
BEFORE = {f"sprite:{code}" for code in ("1f4d6", "1f4f0", "1f4bb", "1f3b8", "1fa97")}
"""What is held before the body with both hands."""


@dataclass(frozen=True)
class Mark:
    """Where a carried thing goes, in pixels; `order` counts from its carrier's."""

    x: float
    foot: float
    height: float
    ground: str
    order: float
    keep: float = 1.0
    string: tuple[float, float] | None = None
    lies: bool = False


@dataclass(frozen=True)
class Load:
    """One thing and who carries it."""

    thing: Thing
    carrier: Actor
    natural: float
    """Its height in pixels if only its real size counted."""
    place: int
    """How many pictures stand before it on the same carrier …"""
    among: int
    """… and how many stand there in all."""
    side: int
    """-1 or 1: to which side it goes where both would do."""

    @property
    def aspect(self) -> float:
        return art.nature(self.thing.art).aspect

    def size(self, low: float, high: float) -> float:
        """Its height, kept between two shares of its carrier's."""
        return min(max(self.natural, self.carrier.height * low), self.carrier.height * high)

    def row(self, step: float) -> list[float]:
        """How far each copy is from the middle."""
        return [(number - (self.thing.count - 1) / 2) * step for number in range(self.thing.count)]


def on(load: Load) -> list[Mark]:
    """Side by side along the upper edge; around a globe; behind the flank of what is ridden."""
    carrier, among = load.carrier, load.among
    if carrier.art == PLATE:
        return _served(load)
    image = carrier.picture()
    wide = image.width
    top = carrier.foot - image.height + art.top_at(image, carrier.art)
    globe = art.nature(carrier.art).kind == "sky"
    # What lies on a table is what the picture is about; by its real size it would be lost there.
    height = load.size(0.46 if carrier.art == TABLE else 0.28, 0.62 if globe else 1.15)
    middle = carrier.x
    if carrier.art == SOFA:
        # The lamp beside it is part of the picture, and nobody sits on it.
        middle += wide * (0.1 if carrier.mirror else -0.1)
    if not globe:
        height = min(
            height, wide * (0.76 if carrier.art == SOFA else 0.92) / load.among / load.aspect
        )
    step = wide * 0.84 / among if among > load.thing.count else load.aspect * height
    step = min(step, wide * 0.84 / among)
    xs = [
        middle + (load.place + number - (among - 1) / 2) * step
        for number in range(load.thing.count)
    ]
    if art.nature(load.thing.art).kind in ("head", "bust") and carrier.art in RIDES:
        return [Mark(x, top + height * 0.06, height, "air", -0.5, keep=0.66) for x in xs]
    if globe:
        bend = wide * 0.22
        return [
            Mark(
                x,
                top + height * 0.06 + ((x - carrier.x) / (wide / 2)) ** 2 * bend,
                height,
                "on",
                0.5,
            )
            for x in xs
        ]
    lies = load.thing.art in STEMMED
    if lies:
        height = min(height, wide * 0.62 / among)
    return [Mark(x, top + height * 0.02, height, "on", 0.5, lies=lies) for x in xs]


def _served(load: Load) -> list[Mark]:
    """On the plate's bottom, two rows of them, the nearer one before the other."""
    carrier, count = load.carrier, load.thing.count
    each = carrier.width * 0.74 / load.among
    front = (count + 1) // 2 if count > 3 else count
    step = each * count / max(1, front)
    height = min(step / load.aspect * 1.1, carrier.height * 1.5)
    step = min(step, height * load.aspect)
    middle = carrier.x + (load.place + (count - 1) / 2 - (load.among - 1) / 2) * each
    marks = []
    for row, (many, rise) in enumerate(((count - front, 0.62), (front, 0.36))):
        foot = carrier.foot - carrier.height * (rise if count > 3 else 0.42)
        marks += [
            Mark(middle + (at - (many - 1) / 2) * step, foot, height, "on", 0.5 + row)
            for at in range(many)
        ]
    return marks


def over(load: Load) -> list[Mark]:
    """In the air above."""
    carrier, height = load.carrier, load.size(0.25, 0.9)
    foot = carrier.foot - carrier.height * 1.08
    return [Mark(carrier.x + x, foot, height, "air", 0.5) for x in load.row(height * load.aspect)]


def within(load: Load) -> list[Mark]:
    """Looks out from behind the front edge; rides in what can be ridden."""
    if load.carrier.art in RIDES:
        return on(load)
    if load.carrier.art == AQUARIUM:
        return _swimming(load)
    carrier, height = load.carrier, load.size(0.35, 0.8)
    if load.thing.count > 2:
        return _heap(load)
    height = min(height, carrier.width * 0.9 / load.thing.count / load.aspect)
    if carrier.art == BASKET and art.nature(load.thing.art).metres > CRUMB:
        # Before the handle, and cut by the rim: it sits in the basket, not behind it.
        height = min(carrier.height, carrier.width * 0.8 / load.thing.count / load.aspect)
        rim = carrier.foot - carrier.height * 0.645
        spots = load.row(height * load.aspect)
        return [Mark(carrier.x + x, rim, height, "air", 0.5, keep=0.64) for x in spots]
    if carrier.art == VASE:
        height = min(carrier.height * 0.85, carrier.width / load.thing.count / load.aspect)
        foot = carrier.foot - carrier.height + height * 0.36
        return [Mark(carrier.x + x, foot, height, "air", -0.5) for x in load.row(height * 0.3)]
    foot = carrier.foot - carrier.height * 0.45
    return [Mark(carrier.x + x, foot, height, "air", -0.5) for x in load.row(height * load.aspect)]


def _swimming(load: Load) -> list[Mark]:
    """Behind the glass, in the middle of the water."""
    carrier = load.carrier
    height = min(carrier.height * 0.4, carrier.width * 0.62 / load.thing.count / load.aspect)
    foot = carrier.foot - carrier.height * 0.46 + height / 2
    return [Mark(carrier.x + x, foot, height, "air", -0.5) for x in load.row(height * load.aspect)]


def _heap(load: Load) -> list[Mark]:
    """Many things look out over the rim in rows, the lowest row widest."""
    carrier, left, marks = load.carrier, load.thing.count, []
    across = 3 if left < 7 else 5
    height = min(carrier.width * 0.86 / across / load.aspect, carrier.height * 0.42)
    foot, wide = carrier.foot - carrier.height * 0.58 + height * 0.24, height * load.aspect * 0.94
    while left > 0:
        row = min(across, left)
        marks += [
            Mark(carrier.x + (place - (row - 1) / 2) * wide, foot, height, "air", -0.5)
            for place in range(row)
        ]
        left, across, foot = left - row, max(1, across - 1), foot - height * 0.62
    return marks[::-1]


def hold(load: Load) -> list[Mark]:
    """In the hand, before the body, overhead, or on a string."""
    carrier, kind = load.carrier, art.nature(load.thing.art).kind
    side = 1 if carrier.mirror else -1
    person = art.nature(carrier.art).kind in ("head", "bust")
    if load.thing.art == UMBRELLA:
        x, foot = carrier.x + side * carrier.width * 0.26, carrier.foot - carrier.height * 0.34
        return [Mark(x, foot, carrier.height * 0.92, "air", -0.4)]
    height = load.size(0.24, 0.5)
    if load.thing.art in BEFORE:
        return [Mark(carrier.x, carrier.foot - carrier.height * 0.16, height, "air", 0.6)]
    if load.thing.art in STRUNG:
        return _strung(load, side, height * 1.2)
    if kind in ALOFT:
        x, foot = carrier.x + side * carrier.width * 0.5, carrier.foot - carrier.height * 0.62
        return [Mark(x + at, foot, height * 1.2, "air", -0.6) for at in load.row(height * 0.6)]
    x = carrier.x + side * carrier.width * (0.3 if person else 0.46)
    foot = carrier.foot - carrier.height * (0.12 if person else 0.02)
    ground = "air" if person else "ground"
    return [Mark(x + at, foot, height, ground, 0.6) for at in load.row(height * 0.5)]


def _strung(load: Load, side: int, height: float) -> list[Mark]:
    """Beside and above the head, on a string that ends in the hand."""
    carrier = load.carrier
    image = carrier.picture()
    x, y = art.hand(image, side)
    palm = carrier.x - image.width / 2 + x, carrier.foot - image.height + y
    wide, kite = height * load.aspect, load.thing.art == "sprite:1fa81"
    out = carrier.x + side * (image.width * 0.5 + wide * (0.75 if kite else 0.42))
    foot = carrier.foot - image.height * (0.8 if kite else 0.56)
    return [
        Mark(out + at * side, foot - abs(at) * 0.3, height, "air", 0.6, string=palm)
        for at in (number * wide * 0.62 for number in range(load.thing.count))
    ]


def wear(load: Load) -> list[Mark]:
    """On the head, or before the eyes."""
    carrier = load.carrier
    image = carrier.picture()
    upright = art.nature(carrier.art).kind in ("head", "bust") or carrier.art in UPRIGHT
    share = 0.5 if upright else 0.76 if carrier.mirror else 0.24
    top = carrier.foot - image.height + art.top_near(image, share)
    x = carrier.x + (share - 0.5) * image.width
    height = carrier.height * (0.25 if upright else 0.3)
    if load.thing.art in GLASSES:
        foot = top + carrier.height * (0.34 if upright else 0.2)
        return [Mark(x, foot, height * 0.55, "air", 0.6)]
    return [Mark(x, top + height * 0.42, height, "air", 0.6)]


def under(load: Load) -> list[Mark]:
    """Below a crown, a canopy or a table top."""
    carrier = load.carrier
    low, high = (0.3, 0.56) if art.nature(carrier.art).metres <= 3.5 else (0.22, 0.46)
    height = load.size(low, high)
    middle, foot, order = carrier.x, carrier.foot + carrier.height * 0.03, 0.5
    if carrier.ground == "water" and art.nature(load.thing.art).kind == "swim":
        height = load.size(0.34, 0.5)
        return [
            Mark(middle + x, carrier.foot + height * 1.12, height, "sunk", order)
            for x in load.row(height * load.aspect * 1.1)
        ]
    if carrier.art == BRIDGE and art.nature(load.thing.art).kind == "float":
        height = load.size(0.3, 0.6)
        return [Mark(middle, foot + height * 0.1, height, "water", order)]
    if carrier.art == UMBRELLA:
        foot = carrier.foot + carrier.height * 0.12
    elif carrier.art == TABLE:
        order = -0.5
    else:
        middle += load.side * carrier.width * 0.24
    return [
        Mark(middle + x, foot, height, "ground", order)
        for x in load.row(height * load.aspect * 0.95)
    ]


WAYS: dict[str, Callable[[Load], list[Mark]]] = {
    "on": on,
    "over": over,
    "in": within,
    "hold": hold,
    "wear": wear,
    "under": under,
}
"""Relation → where the thing goes."""
