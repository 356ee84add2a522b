"""One prompt on one canvas: read, cast, composed, drawn, and finished in its style."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PIL import Image

from . import actors, banks, sky
from .casting import complete
from .chance import Seeds
from .compose import Composer
from .light import light_for
from .places import PLACES, Place
from .reading import understand
from .scene import Scene
from .stage import Stage
from .styles import Sheet, Style, wearing

SCENERY = {"prop:bamboo", "prop:cherry", "prop:maple", "sprite:1f332", "sprite:1f334"}
"""Plants of which a place may show more than the prompt counts."""

SOLID = 1.35
"""Things over a given picture are opaque from a strength of 1 / SOLID."""

Frame = tuple[float, float, int, int]
"""Left, top, width, height in pixels."""


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """What is to be drawn."""

    prompt: str
    negative_prompt: str
    width: int
    height: int
    seeds: Seeds
    style: Style
    given: Image.Image | None = None
    """RGB, width × height: what is drawn over."""
    strength: float = 1.0
    """0 leaves `given` as it is, 1 covers it."""
    variation: float = 1.0
    """How much more (above 1) or less of the ground is painted anew."""
    frame: Frame | None = None
    """The part in which the things stand; None: the whole canvas."""


def draw(sketch: Sketch) -> Image.Image:
    """The RGB picture, width × height."""
    with wearing(sketch.style):
        stage, base = _paint(sketch)
        finished = sketch.style.finish(
            Sheet(stage.image, stage.things, stage.rims, sketch.seeds.seed)
        )
    if base is None:
        return finished
    return Image.blend(base, finished, min(1.0, sketch.strength * SOLID))


def read(sketch: Sketch) -> tuple[Scene, Place, Stage]:
    """The scene, its place, and an empty stage in its light."""
    scene = understand(sketch.prompt, sketch.negative_prompt)
    complete(scene, sketch.seeds)
    place = PLACES[scene.place]
    light = light_for(scene.time, [] if place.inside else scene.weather)
    stage = Stage(sketch.width, sketch.height, sketch.seeds, light)
    stage.horizon = sketch.height * place.horizon
    if sketch.style.outlines:
        stage.rims = Image.new("L", stage.image.size)
    stage.asked = {thing.art for thing in scene.things}
    return scene, place, stage


def _paint(sketch: Sketch) -> tuple[Stage, Image.Image | None]:
    """The painted stage, and the ground under it where there is a given picture."""
    scene, place, stage = read(sketch)
    place.paint(stage)
    if not place.inside:
        _weather_behind(stage, scene)
    base = None
    if sketch.given is not None:
        anew = min(1.0, sketch.strength**2 * sketch.variation)
        stage.image = Image.blend(sketch.given, stage.image, anew)
        base = stage.image.copy()
    cast = cast_in(scene, place, stage, sketch.frame)
    cast += _decor(stage, cast, scene)
    banks.paint(stage, cast)
    for actor in sorted(cast, key=lambda one: one.order):
        actors.perform(stage, actor)
    if not place.inside:
        _weather_before(stage, scene)
    return stage, base


def cast_in(scene: Scene, place: Place, stage: Stage, frame: Frame | None) -> list[actors.Actor]:
    """Everybody on their marks, within the frame."""
    if frame is None:
        return Composer(scene, stage, place).compose()
    left, top, width, height = frame
    inner = Stage(width, height, stage.seed, stage.light, horizon=height * place.horizon)
    cast = Composer(scene, inner, place).compose()
    return [
        replace(
            actor,
            x=actor.x + left,
            foot=actor.foot + top,
            order=actor.order + top,
            string=actor.string and (actor.string[0] + left, actor.string[1] + top),
        )
        for actor in cast
    ]


def _decor(stage: Stage, cast: list[actors.Actor], scene: Scene) -> list[actors.Actor]:
    """What the place brings along, but nothing that would hide or double what the prompt asked
    for.
    """
    kept = []
    for decor in stage.decor:
        if decor.art in scene.left_out or (decor.art in stage.asked and decor.art not in SCENERY):
            continue
        extra = actors.from_decor(decor)
        if not any(_hides(extra, actor) for actor in cast):
            kept.append(extra)
    return kept


def _hides(extra: actors.Actor, actor: actors.Actor) -> bool:
    """Whether decor stands before a thing and over it."""
    if extra.order < actor.order and actor.ground != "air":
        return False
    apart = abs(extra.x - actor.x) > (extra.width + actor.width) * 0.42
    return (
        not apart
        and extra.foot - extra.height < actor.foot
        and extra.foot > actor.foot - actor.height
    )


def _weather_behind(stage: Stage, scene: Scene) -> None:
    if "rainbow" in scene.weather:
        sky.rainbow(stage)
    if "aurora" in scene.weather:
        sky.aurora(stage)
    if "fireworks" in scene.weather:
        sky.fireworks(stage)
    if "stars" in scene.weather and stage.light.dark:
        sky.stars(stage, stage.horizon, 1.5)
    if "storm" in scene.weather:
        sky.lightning(stage)


def _weather_before(stage: Stage, scene: Scene) -> None:
    if "fog" in scene.weather:
        sky.fog(stage)
    if "rain" in scene.weather or "storm" in scene.weather:
        sky.rain(stage)
    if "snowing" in scene.weather:
        sky.snowfall(stage)
    if "petals" in scene.weather or "wind" in scene.weather:
        sky.petals(stage, (255, 190, 208) if "petals" in scene.weather else (150, 190, 96))
