"""Shores: the two that a bridge joins, and one before us."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import ImageDraw

from . import clay
from .actors import Actor, reflect
from .land import dim
from .raster import Colour, blank, lit, rgb, soften
from .stage import Stage

SAND, TURF = rgb("#d9c08c"), rgb("#8cc765")
REACH = 0.15
"""How much of the bridge lies on each shore."""


def paint(stage: Stage, cast: Sequence[Actor]) -> None:
    """The land that things in a water need: two shores for a bridge, one for what lies before
    us.
    """
    for actor in cast:
        if actor.ground == "span":
            _join(stage, actor)
    if any(actor.ground == "shore" for actor in cast):
        top, wide = stage.deep(0.27), stage.width * 0.3
        for colour, drop in ((SAND, 0.0), (TURF, stage.unit * 0.018)):
            box = (-wide, top + drop, stage.width + wide, 2 * stage.height - top)
            _land(stage, box, colour)


def _join(stage: Stage, bridge: Actor) -> None:
    """The bridge's reflection, and land from both edges of the picture to its ends."""
    reflect(stage, bridge)
    half, high = bridge.width / 2, stage.unit * 0.11
    for way in (-1, 1):
        edge = 0.0 if way < 0 else float(stage.width)
        tip = bridge.x + way * half * (1 - 2 * REACH)
        for colour, grow, drop in ((SAND, 0.02, 0.022), (TURF, 0.0, 0.0)):
            far = edge + way * stage.unit * 0.6
            left, right = sorted((tip - way * stage.unit * grow, far))
            y = bridge.foot - high * 0.62 + stage.unit * drop
            _land(stage, (left, y, right, y + high * 1.5), colour)


def _land(stage: Stage, box: tuple[float, float, float, float], colour: Colour) -> None:
    """A flat mound: the ellipse in `box`, as far as the canvas shows it."""
    left, top = max(0, int(box[0]) - 4), max(0, int(box[1]) - 4)
    right, low = min(stage.width, int(box[2]) + 5), min(stage.height, int(box[3]) + 5)
    if right - left < 3 or low - top < 3:
        return
    mask = blank((right - left, low - top))
    spot = (box[0] - left, box[1] - top, box[2] - left, box[3] - top)
    ImageDraw.Draw(mask).ellipse(spot, fill=255)
    tone = dim(stage, colour)
    body = clay.puffed(
        soften(mask, stage.unit * 0.002), lit(tone, 1.06), lit(tone, 0.92), round_=0.06
    )
    stage.lay(body, left, top)
