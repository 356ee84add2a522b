"""What is put right in a scene once all of the prompt has been read."""

from __future__ import annotations

from .art import nature
from .kinds import STRUNG
from .scene import Relation, Scene

MOST = 14
"""The most different things in one scene."""
CANDLE, CAKE = "sprite:1f56f-fe0f", "sprite:1f382"
ROWER, BOATS = "sprite:1f6a3", ("sprite:1f6f6", "sprite:26f5", "sprite:1f6a4")


BOUQUET, POSY, VASE = "sprite:1f490", "prop:posy", "prop:vase"
BLOOMS = {f"sprite:{code}" for code in ("1f339", "1f33a", "1f33c", "1f337", "1fabb", "1f33b")}
PERSON = 1.0
"""Metres from which somebody stands beside flowers as a person does."""


def tidy(scene: Scene) -> None:
    """Sizes that only a contrast gives, doubles, and what the negative prompt names."""
    _contrast(scene)
    _bouquets(scene)
    _aquaria(scene)
    _hues(scene)
    _flowers(scene)
    _strings(scene)
    _candles(scene)
    _rowers(scene)
    _leave_out(scene)


def _contrast(scene: Scene) -> None:
    """小狗 is any dog; but a 大树 and a 小房子 together are large and small."""
    said = {thing.word[0] for thing in scene.things if thing.word[:1] in ("大", "小")}
    for thing in scene.things:
        if len(said) == 2 and not thing.size and thing.word[0] in said:
            thing.size = "big" if thing.word[0] == "大" else "small"


def _candles(scene: Scene) -> None:
    """The illustration of a cake has its candles already."""
    arts = {thing.art for thing in scene.things}
    if CAKE in arts:
        for thing in scene.things:
            thing.count = 0 if thing.art == CANDLE else thing.count


def _rowers(scene: Scene) -> None:
    """The illustration of a rower has its boat already."""
    if any(thing.art == ROWER for thing in scene.things):
        for thing in scene.things:
            thing.count = 0 if thing.art in BOATS else thing.count


def _bouquets(scene: Scene) -> None:
    """A bouquet that nobody holds stands in a vase."""
    loose = {
        place
        for place, thing in enumerate(scene.things)
        if thing.art == BOUQUET
        and not any(link.kind == "hold" and link.b == place for link in scene.relations)
    }
    for link in scene.relations:
        if link.kind == "in" and link.a in loose and scene.things[link.b].art == VASE:
            scene.things[link.a].art = scene.things[link.b].art
            scene.things[link.a].count, scene.things[link.b].art = 0, POSY
            loose.discard(link.a)
    for place in loose:
        scene.things[place].art = POSY


def _aquaria(scene: Scene) -> None:
    """Fish in a bowl have water and glass around them."""
    for link in scene.relations:
        bowl = scene.things[link.b]
        swims = nature(scene.things[link.a].art).kind == "swim"
        if (
            link.kind == "in"
            and swims
            and bowl.word.endswith(("bowl", "glass", "tank", "碗", "缸"))
        ):
            bowl.art = "prop:fishbowl"


HUES = {"goldfish": "orange", "金鱼": "orange"}
"""Names that say a colour which the illustration has not."""


def _hues(scene: Scene) -> None:
    for thing in scene.things:
        thing.colour = thing.colour or HUES.get(thing.word, "")


def _flowers(scene: Scene) -> None:
    """Beside somebody a flower reaches no higher than the knee, unless its size was said."""
    if any(nature(thing.art).metres >= PERSON for thing in scene.things):
        for thing in scene.things:
            if thing.art in BLOOMS and not thing.size:
                thing.size = "small"


def _strings(scene: Scene) -> None:
    """男孩放风筝: a balloon or kite of which no more is said is in the only person's hand."""
    people = [
        place
        for place, thing in enumerate(scene.things)
        if thing.count == 1 and nature(thing.art).kind in ("head", "bust")
    ]
    tied = {place for link in scene.relations for place in (link.a, link.b)}
    for place, thing in enumerate(scene.things):
        if thing.art in STRUNG and place not in tied and len(people) == 1:
            scene.relations.append(Relation("hold", people[0], place))


def _leave_out(scene: Scene) -> None:
    keep = [place for place, thing in enumerate(scene.things) if thing.art not in scene.left_out]
    moved = {old: new for new, old in enumerate(keep[:MOST])}
    scene.relations = [
        Relation(link.kind, moved[link.a], moved[link.b])
        for link in scene.relations
        if link.a in moved and link.b in moved
    ]
    scene.things = [scene.things[old] for old in moved]
    scene.weather = [name for name in scene.weather if f"weather:{name}" not in scene.left_out]
    if f"place:{scene.place}" in scene.left_out:
        scene.place = ""
    if f"time:{scene.time}" in scene.left_out:
        scene.time = ""
