"""The sketch painter: a prompt is read, cast, composed and drawn. No neural network makes the
picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from generation.engine.painter import ModelCard, PaintJob, Report, Stock

from . import actors, meaning, sky
from .assets import fingerprint, picture, sprites
from .casting import complete
from .compose import Composer
from .light import light_for
from .places import PLACES
from .reading import understand
from .scene import Scene
from .stage import Stage
from .stages import unveil

SMALLEST, LARGEST, GRID = 64, 2048, 8
STEPS = 150
SEEDS = 2**32

SCENERY = {"prop:bamboo", "prop:cherry", "prop:maple", "sprite:1f332", "sprite:1f334"}
"""Plants of which a place may show more than the prompt counts."""

SOLID = 1.35
"""Things over a given picture are opaque from a denoising strength of 1 / SOLID."""

FEATURES = frozenset({"txt2img", "img2img", "clip_skip", "previews"})
"""clip_skip is taken and has no effect: there is no text encoder."""

DESCRIPTION = "Draws scenes from illustrations by rules on a CPU; it is not a neural network."


class SketchPainter:
    """A Painter that needs no GPU and no weights."""

    name = "sketch"

    def __init__(self, models: Path | None = None, device: str = "cpu") -> None:
        """Whatever the engine was started with: it loads no weights and paints on the CPU."""

    def cards(self) -> list[ModelCard]:
        return [ModelCard("sketch", "Sketch 3-D", "Sketch", fingerprint(), DESCRIPTION)]

    def warm(self) -> None:
        """Reads the index and loads the sentence encoder (2 s)."""
        picture(next(iter(sprites())))
        meaning.warm()

    def refuse(self, job: PaintJob) -> str | None:
        for side, length in (("width", job.width), ("height", job.height)):
            if not SMALLEST <= length <= LARGEST or length % GRID:
                return f"{side}: {length} is not a multiple of {GRID} from {SMALLEST} to {LARGEST}"
        if not 1 <= job.steps <= STEPS:
            return f"steps: {job.steps} is not from 1 to {STEPS}"
        if not 0 <= job.seed < SEEDS:
            return f"seed: {job.seed} is not from 0 to {SEEDS - 1}"
        if not 0 <= job.denoising_strength <= 1:
            return f"denoising_strength: {job.denoising_strength} is not from 0 to 1"
        names = {name for card in self.cards() for name in (card.name, card.title)}
        if job.checkpoint and job.checkpoint not in names:
            return f"checkpoint: no {job.checkpoint!r}; there is {', '.join(sorted(names))}"
        return None

    def stock(self) -> Stock:
        return Stock(features=FEATURES)

    def refresh(self) -> None:
        """What it draws from is part of Easel and does not change."""

    def may_join(self, first: PaintJob, other: PaintJob) -> bool:
        return False

    def paint(self, jobs: Sequence[PaintJob], report: Report) -> list[Image.Image]:
        (job,) = jobs
        if reason := self.refuse(job):
            raise ValueError(reason)
        return [unveil(draw(job), job, report)]


def draw(job: PaintJob) -> Image.Image:
    """The finished picture of a job."""
    scene = understand(job.prompt, job.negative_prompt)
    complete(scene, job.seed)
    place = PLACES[scene.place]
    light = light_for(scene.time, [] if place.inside else scene.weather)
    stage = Stage(job.width, job.height, job.seed, light)
    stage.horizon = job.height * place.horizon
    stage.asked = {thing.art for thing in scene.things}
    place.paint(stage)
    if not place.inside:
        _weather_behind(stage, scene)
    stage.image = _over_given(job, stage.image)
    cast = Composer(scene, stage, place).compose()
    cast += _decor(stage, cast, scene)
    ground = stage.image if job.init_image is None else stage.image.copy()
    for actor in sorted(cast, key=lambda one: one.order):
        actors.perform(stage, actor)
    if not place.inside:
        _weather_before(stage, scene)
    if job.init_image is None:
        return stage.image
    return Image.blend(ground, stage.image, min(1.0, job.denoising_strength * SOLID))


def _over_given(job: PaintJob, painted: Image.Image) -> Image.Image:
    """The ground of the scene: the given picture shows through, the more the lower the strength."""
    if job.init_image is None:
        return painted
    given = job.init_image.convert("RGB").resize(painted.size, Image.Resampling.LANCZOS)
    return Image.blend(given, painted, job.denoising_strength**2)


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
