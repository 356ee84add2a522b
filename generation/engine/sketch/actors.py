"""Things on their marks, and how they are put onto the stage: shadow, haze, light, water line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from . import art, clay, strings
from .kinds import WORDED
from .raster import blank, glow, lit, mix, multiply, rgb, soften, thin, veil
from .stage import Decor, Stage

LAMPS = {
    "sprite:1f315": 0.5,
    "sprite:1f319": 0.5,
    "sprite:2600-fe0f": 0.5,
    "sprite:2b50": 0.5,
    "sprite:1f31f": 0.5,
    "sprite:2728": 0.5,
    "sprite:1f525": 0.6,
    "sprite:1f56f-fe0f": 0.15,
    "sprite:1f4a1": 0.4,
    "sprite:1f3ee": 0.5,
    "sprite:1fa94": 0.4,
    "sprite:1f383": 0.55,
    "sprite:1f47b": 0.5,
    "prop:lighthouse": 0.18,
    "prop:streetlamp": 0.14,
    "prop:lamp": 0.3,
}
"""What shines in the dark: where its light sits, as a share of its height from the top."""


LYING = 68
"""Degrees by which a cut flower is turned from upright."""
FAR = 0.12
"""Haze from which a thing is part of the background."""


@dataclass
class Actor:
    """One thing in its place, in pixels."""

    art: str
    x: float
    """Centre."""
    foot: float
    """Lower edge."""
    height: float
    colour: str = ""
    outfit: str = ""
    outfit_colour: str = ""
    mirror: bool = False
    haze: float = 0.0
    ground: str = "ground"
    """ground: contact shadow · island: dry ground of its own in the water · reef: a rock in the
    water · span: from shore to shore · shore: on the land before us · water: cut by the water
    line · sunk: seen through the water · air: no shadow · on: shadow on what carries it.
    """
    order: float = 0.0
    """Painted from low to high."""
    keep: float = 1.0
    """The share of it that is seen, from the top: a rider's legs are behind the horse."""

    string: tuple[float, float] | None = None
    """Where its string ends: the hand that holds it, in pixels."""
    lies: bool = False
    """On its side, as a cut flower does; `height` is its length then."""

    def picture(self) -> Image.Image:
        image = art.draw(self.art, round(self.height), self.colour, self.outfit, self.outfit_colour)
        if self.lies:
            image = image.rotate(LYING, expand=True, resample=Image.Resampling.BICUBIC)
            image = image.crop(image.getchannel("A").getbbox())
        if self.mirror and self.art not in WORDED:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        if self.keep < 1:
            image = image.crop((0, 0, image.width, max(1, round(image.height * self.keep))))
        return image

    @property
    def width(self) -> float:
        return self.height * art.nature(self.art).aspect


def from_decor(decor: Decor) -> Actor:
    """What a place brings along, as an actor."""
    return Actor(
        decor.art,
        decor.x,
        decor.foot,
        decor.height,
        mirror=decor.mirror,
        haze=decor.haze,
        ground="ground" if decor.shadow else "air",
        order=decor.foot,
    )


def perform(stage: Stage, actor: Actor) -> None:
    """Paints one actor."""
    image = actor.picture()
    left, top = actor.x - image.width / 2, actor.foot - image.height
    if actor.ground in ("ground", "on", "shore"):
        _shadow(stage, actor, image, left)
    if actor.ground == "water":
        _mirror_image(stage, actor, image, left)
        image = _afloat(image)
        top += image.height * 0.045
    if actor.ground in ("island", "reef"):
        _island(stage, actor, image, left)
        _shadow(stage, actor, image, left)
    if actor.string is not None:
        strings.draw(stage, actor.art, image, (left, top), actor.string)
    if stage.light.dark and actor.art in LAMPS:
        _halo(stage, actor, image)
    else:
        image = multiply(image, stage.light.tint)
    if actor.ground == "sunk":
        image = veil(image, mix(rgb("#2f7fb5"), stage.light.haze, 0.15), 0.42)
    if actor.haze > 0:
        image = veil(image, stage.light.haze, min(actor.haze, 0.85))
    stage.lay_thing(image, left, top, is_near=actor.haze < FAR)
    if actor.ground == "water":
        _wash(stage, actor, image, left)


def _shadow(stage: Stage, actor: Actor, image: Image.Image, left: float) -> None:
    """Dark and tight under the feet, wide and soft around."""
    first, last = art.feet(image)
    middle, half = left + (first + last) / 2, max((last - first) / 2, image.width * 0.1)
    strength = stage.light.shadow * (1 - actor.haze * 0.7)
    tall = max(half * 0.2, stage.unit * 0.004)
    for spread, share, rise in ((1.55, 0.55, 1.0), (1.02, 0.95, 0.55)):
        if actor.ground == "on" and spread > 1.5:
            spread = 1.2
        wide, high = half * spread, tall * spread * (1 if actor.ground == "ground" else 0.6)
        pad = high * 1.6 + 3
        box = (round(wide * 2 + pad * 2), round(high * 2 + pad * 2))
        mask = blank(box)
        ImageDraw.Draw(mask).ellipse((pad, pad, box[0] - pad, box[1] - pad), fill=255)
        mask = thin(soften(mask, pad * 0.5 * rise + 0.6), strength * share)
        drift = half * 0.12 if spread > 1.1 else 0.0
        at = (round(middle + drift - box[0] / 2), round(actor.foot - box[1] / 2 - high * 0.12))
        stage.image.paste(rgb("#1d1838"), (at[0], at[1], at[0] + box[0], at[1] + box[1]), mask)


def _afloat(image: Image.Image) -> Image.Image:
    """The lowest part fades into the water."""
    alpha = np.asarray(image.getchannel("A"), dtype=np.float32)
    reach = max(2, image.height // 9)
    fade = np.ones(image.height, dtype=np.float32)
    fade[-reach:] = np.linspace(1, 0, reach, dtype=np.float32)
    image = image.copy()
    image.putalpha(Image.fromarray((alpha * fade[:, None]).astype(np.uint8)))
    return image


def _mirror_image(stage: Stage, actor: Actor, image: Image.Image, left: float) -> None:
    """A pale broken reflection below the water line."""
    flipped = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize(
        (image.width, max(2, round(image.height * 0.55)))
    )
    alpha = np.asarray(flipped.getchannel("A"), dtype=np.float32)
    fade = np.linspace(0.42, 0.0, flipped.height, dtype=np.float32)
    band = (np.arange(flipped.height) // max(2, flipped.height // 11)) % 2
    fade *= np.where(band == 0, np.float32(1.0), np.float32(0.62))
    flipped.putalpha(Image.fromarray((alpha * fade[:, None]).astype(np.uint8)))
    stage.lay(multiply(flipped, stage.light.tint), left, actor.foot - image.height * 0.06)


def reflect(stage: Stage, actor: Actor) -> None:
    """The broken reflection alone, before the actor is painted."""
    image = actor.picture()
    _mirror_image(stage, actor, image, actor.x - image.width / 2)


def _wash(stage: Stage, actor: Actor, image: Image.Image, left: float) -> None:
    """Bright ripples where it meets the water."""
    middle, half = left + image.width / 2, image.width * 0.46
    tone = mix((255, 255, 255), stage.light.haze, 0.4 if stage.light.dark else 0.1)
    mask = blank(stage.image.size)
    draw = ImageDraw.Draw(mask)
    for place, ink in ((0, 190), (1, 110), (2, 70)):
        wide = half * (1 + 0.16 * place)
        y = actor.foot + image.height * (0.0 + 0.028 * place)
        tall = max(1.2, image.height * 0.016)
        draw.ellipse(
            (middle - wide, y - tall, middle + wide, y + tall),
            outline=ink,
            width=max(1, round(tall * 0.8)),
        )
    stage.fill(tone, soften(mask, max(0.6, stage.unit * 0.002)))


def _halo(stage: Stage, actor: Actor, image: Image.Image) -> None:
    """Warm light around a lamp; a beam from a lighthouse."""
    y = actor.foot - image.height * (1 - LAMPS[actor.art])
    small = actor.art.startswith("prop:")
    reach = image.width * (1.6 if small else 1.0) + stage.unit * 0.06
    box = (round(actor.x - reach), round(y - reach))
    side = round(reach * 2)
    tone = rgb("#fff0b8") if actor.art != "sprite:1f47b" else rgb("#cfd6ff")
    stage.fill(tone, thin(glow((side, side), (reach, reach), reach), 0.62), box)
    if actor.art == "prop:lighthouse":
        mask = blank(stage.image.size)
        way = -1 if actor.mirror else 1
        far = stage.width * 1.2 * way
        ImageDraw.Draw(mask).polygon(
            [
                (actor.x, y - image.height * 0.02),
                (actor.x + far, y - stage.unit * 0.16),
                (actor.x + far, y + stage.unit * 0.1),
                (actor.x, y + image.height * 0.02),
            ],
            fill=105,
        )
        stage.fill(rgb("#fff3c4"), soften(mask, stage.unit * 0.008))


def _rocks(size: tuple[int, int]) -> Image.Image:
    """Grey blocks that the waves wash."""
    stone = rgb("#9a94a0")
    back, front = (
        clay.solid(
            size,
            lambda pen, spots=spots: [pen.ellipse(*spot) for spot in spots],  # type: ignore[misc]
            lit(stone, tone),
            lit(stone, tone * 0.68),
            depth=1.2,
            round_=0.12,
        )
        for tone, spots in (
            (0.92, ((0.0, 0.22, 0.4, 1.0), (0.6, 0.18, 1.0, 1.0), (0.2, 0.08, 0.8, 0.9))),
            (1.08, ((0.12, 0.34, 0.52, 1.1), (0.46, 0.3, 0.88, 1.1))),
        )
    )
    return clay.stack(size, (back, front))


def _island(stage: Stage, actor: Actor, image: Image.Image, left: float) -> None:
    """Dry ground under something that does not float."""
    first, last = art.feet(image)
    half = max(last - first, image.width * 0.7) * 0.72 + stage.unit * 0.03
    size = (round(half * 2), round(half * 0.62))
    middle = left + (first + last) / 2
    sand = clay.solid(
        size,
        lambda pen: pen.ellipse(0, 0, 1, 1),
        rgb("#ecd39c"),
        rgb("#b99663"),
        depth=0.9,
        round_=0.12,
    )
    turf = clay.solid(
        size,
        lambda pen: pen.ellipse(0.06, 0.02, 0.94, 0.78),
        rgb("#9ccf69"),
        rgb("#73b452"),
        depth=0.6,
        round_=0.1,
    )
    heap = clay.stack(size, (sand, turf)) if actor.ground == "island" else _rocks(size)
    y = actor.foot - size[1] * 0.42
    shore = Actor(actor.art, middle, y + size[1], size[1])
    image_ = multiply(heap, stage.light.tint)
    stage.lay(_afloat(image_), middle - half, y)
    _wash(stage, shore, image_, middle - half)
