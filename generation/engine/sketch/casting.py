"""Which place, hour and weather a scene gets, and who joins it where the prompt left it empty."""

from __future__ import annotations

from . import art
from .chance import Chance, Seeds
from .places import PLACES, Place
from .scene import Scene, Thing

MOODS: dict[str, tuple[tuple[str, str, tuple[tuple[str, int], ...]], ...]] = {
    "joy": (
        ("flowers", "day", (("sprite:1f388", 4), ("sprite:1f98b", 2), ("sprite:1f415", 1))),
        ("meadow", "day", (("sprite:1f308", 1), ("sprite:1fa81", 1), ("sprite:1f407", 2))),
        ("party", "", (("sprite:1f382", 1), ("sprite:1f381", 2))),
    ),
    "calm": (
        ("lake", "dawn", (("sprite:1f9a2", 2), ("sprite:1fab7", 3))),
        ("hill", "sunset", (("sprite:1f9d8", 1),)),
        ("lake", "sunset", (("sprite:1f6f6", 1),)),
    ),
    "love": (
        ("love", "day", (("sprite:1f9a2", 2),)),
        ("hill", "sunset", (("sprite:1f333", 1), ("sprite:2764-fe0f", 2))),
    ),
    "sorrow": (
        ("rain", "dusk", (("prop:bench", 1), ("sprite:2602-fe0f", 1))),
        ("autumn", "dusk", (("prop:bench", 1),)),
    ),
    "solitude": (
        ("sea", "night", (("sprite:26f5", 1),)),
        ("snow", "dusk", (("sprite:1f3e0", 1),)),
        ("hill", "night", (("sprite:1f333", 1),)),
    ),
    "hope": (
        ("hill", "dawn", (("sprite:1f331", 1), ("sprite:1f54a-fe0f", 2))),
        ("sea", "dawn", (("prop:lighthouse", 1), ("sprite:26f5", 1))),
    ),
    "dream": (
        ("dream", "", (("sprite:1f40b", 1), ("sprite:1f31f", 3))),
        ("cloudland", "night", (("sprite:1f315", 1), ("sprite:1f984", 1))),
        ("dream", "", (("sprite:1f3f0", 1),)),
    ),
    "freedom": (
        ("sky", "day", (("sprite:1f54a-fe0f", 3), ("sprite:1f388", 2))),
        ("meadow", "sunset", (("sprite:1f40e", 2),)),
        ("sea", "day", (("sprite:26f5", 1), ("sprite:1f54a-fe0f", 2))),
    ),
    "time": (
        ("autumn", "sunset", (("sprite:1f570-fe0f", 1), ("sprite:231b", 1))),
        ("desert", "sunset", (("sprite:231b", 1),)),
    ),
    "growth": (
        ("garden", "dawn", (("sprite:1f331", 3), ("sprite:1f98b", 2))),
        ("forest", "dawn", (("sprite:1f98c", 2), ("sprite:1f426", 1))),
    ),
    "harmony": (
        ("stage", "", (("sprite:1f3bb", 1), ("sprite:1f3b8", 1), ("sprite:1f3b6", 2))),
        ("blossom", "day", (("sprite:1f9a2", 2), ("sprite:1f3b5", 2))),
    ),
    "wisdom": (
        ("room", "night", (("sprite:1f4da", 1), ("sprite:1f56f-fe0f", 1), ("sprite:1f989", 1))),
        ("hill", "night", (("sprite:1f52d", 1), ("sprite:1f989", 1))),
    ),
    "power": (
        ("mountains", "sunset", (("sprite:1f985", 1), ("sprite:1f981", 1))),
        ("hill", "sunset", (("sprite:1f981", 1),)),
    ),
    "abstract": (("abstract", "", ()),),
}
"""mood → (place, time, who joins)."""

ANYTHING = ("joy", "calm", "dream", "hope", "freedom", "growth", "solitude")


def complete(scene: Scene, seed: Seeds | int) -> None:
    """Fills in what the prompt did not say, so that every scene has a place and a time.

    A place alone gets somebody small in it; where the prompt names an hour or the weather too
    (海上日出, fireworks over the city), that is the subject and nobody stands before it.
    """
    chance = Chance(seed, "casting")
    view = bool(scene.time or scene.weather or scene.place == "greatwall")
    if not scene.things and (scene.mood or not scene.place):
        _invent(scene, chance)
    _settle(scene)
    if not scene.place:
        scene.place = _home(scene)
    _move(scene)
    _bow(scene)
    if "snowing" in scene.weather and scene.place in COVERED:
        scene.place = "snow"
    place = PLACES[scene.place]
    view = view or bool(place.time)
    if not scene.things and not place.inside and scene.mood != "abstract" and not view:
        _inhabit(scene, chance)
    scene.time = scene.time or _hour(scene, place, chance)
    scene.weather = [*scene.weather, *(name for name in place.weather if name not in scene.weather)]


def _move(scene: Scene) -> None:
    """Some things decide the place: who sits on the moon is in the sky, small fish are under
    water.
    """
    carriers = [scene.things[link.b] for link in scene.relations if link.kind == "on"]
    if any(globe.count and art.nature(globe.art).kind == "sky" for globe in carriers):
        scene.place = (
            scene.place if scene.place in ("space", "sky", "dream", "cloudland") else "nightsky"
        )
        scene.time = scene.time or "night"
    lids = [scene.things[link.b] for link in scene.relations if link.kind == "under"]
    if scene.place in ("underwater", "lake") and any(
        art.nature(lid.art).kind == "float" for lid in lids
    ):
        scene.place = "sea"
        return
    fish = [art.nature(thing.art) for thing in scene.things]
    if fish and scene.place in ("sea", "lake") and all(one.home == "underwater" for one in fish):
        scene.place = "underwater"


COVERED = ("meadow", "hill", "forest", "park", "farm", "garden")
"""Places that falling snow makes white."""
WORLDS = {
    "sprite:1f315": ("moonland", ("moon", "月亮", "月球", "lunar")),
    "sprite:1fa90": ("marsland", ("mars", "火星")),
}
"""Globes that one stands on when one is as large as a person, and what they are called then."""


def _settle(scene: Scene) -> None:
    """An astronaut on the moon stands on its ground; a cat sits on the globe."""
    for link in scene.relations:
        globe, who = scene.things[link.b], scene.things[link.a]
        place, names = WORLDS.get(globe.art, ("", ()))
        large = art.nature(who.art).metres >= 1.2 or place == "marsland"
        if link.kind == "on" and place and not scene.place and large and globe.word in names:
            scene.place, globe.count = place, 0
    blooms = [thing for thing in scene.things if thing.art == "sprite:1f338" and thing.count > 1]
    if blooms and len(scene.things) > 1 and scene.place in ("", "blossom", "garden", "park"):
        scene.place = "blossom"
        blooms[0].count = 0


RAINBOW, WINDOW = "sprite:1f308", "sprite:1fa9f"


def _bow(scene: Scene) -> None:
    """A rainbow that nothing stands on is part of the sky; a room has its window already."""
    related = {
        place
        for link in scene.relations
        for place in (link.a, link.b)
        if link.kind in ("on", "hold", "in")
    }
    for place, thing in enumerate(scene.things):
        if (
            thing.art == RAINBOW
            and place not in related
            and PLACES[scene.place].floor != "air"
            and not PLACES[scene.place].inside
        ):
            scene.weather.append("rainbow")
            thing.count = 0
        if thing.art == WINDOW and place not in related and scene.place == "room":
            thing.count = 0


def _invent(scene: Scene, chance: Chance) -> None:
    """Nothing was named: a small scene for the mood."""
    place, time, cast = chance.pick(MOODS[scene.mood or chance.pick(ANYTHING)])
    if not scene.place:
        scene.place = place
        scene.time = scene.time or time
    scene.things = [Thing(name, count) for name, count in cast if name not in scene.left_out]


INHABITANTS = {
    "sea": ("sprite:26f5", "sprite:1f42c", "sprite:1f40b"),
    "lake": ("sprite:1f986", "sprite:1f9a2", "sprite:1f6f6"),
    "underwater": ("sprite:1f420", "sprite:1f422", "sprite:1f419"),
    "forest": ("sprite:1f98c", "sprite:1f43f-fe0f", "sprite:1f407"),
    "snow": ("sprite:26c4", "sprite:1f427"),
    "space": ("sprite:1f680", "sprite:1fa90", "sprite:1f6f0-fe0f"),
    "city": ("sprite:1f695", "sprite:1f68c", "sprite:1f697"),
    "street": ("sprite:1f6b2", "sprite:1f697"),
    "desert": ("sprite:1f42a", "sprite:1f335"),
    "savanna": ("sprite:1f992", "sprite:1f418", "sprite:1f993"),
    "mountains": ("sprite:1f3e0", "sprite:26fa", "sprite:1f985"),
    "snowpeaks": ("sprite:1f3e0", "sprite:26fa"),
    "beach": ("sprite:26f1-fe0f", "sprite:1f980"),
    "bamboo": ("sprite:1f43c",),
    "sky": ("sprite:1f426", "sprite:2708-fe0f", "sprite:1f388"),
    "farm": ("sprite:1f69c", "sprite:1f404", "sprite:1f411"),
    "village": ("sprite:1f3e0", "sprite:1f6b2"),
    "hill": ("sprite:1f333", "sprite:1f3f0"),
    "moonland": ("sprite:1f9d1-200d-1f680", "sprite:1f680"),
    "neon": ("sprite:1f695", "sprite:1f697", "sprite:1f6f5"),
    "railway": ("sprite:1f682",),
    "flowers": ("sprite:1f98b", "sprite:1f41d", "sprite:1f407"),
    "garden": ("sprite:1f98b", "sprite:1f407"),
    "autumn": ("sprite:1f43f-fe0f", "sprite:1f994", "sprite:1f98c"),
    "nightsky": ("sprite:1f319", "sprite:1f31f"),
    "dream": ("sprite:1f984", "sprite:1f40b"),
    "marsland": ("sprite:1f9d1-200d-1f680", "sprite:1f6f8"),
}


def _inhabit(scene: Scene, chance: Chance) -> None:
    """A place alone gets one inhabitant, so that the eye finds a rest."""
    known = [
        name
        for name in INHABITANTS.get(scene.place, ("sprite:1f407", "sprite:1f426", "sprite:1f98c"))
        if name not in scene.left_out
    ]
    if known:
        scene.things, scene.staffage = [Thing(chance.pick(known))], True


ICY = {"sprite:26c4", "prop:igloo", "prop:iceberg"}
CRUMB = 0.2
"""Metres up to which a thing is looked at on a table."""


def _home(scene: Scene) -> str:
    """Where these things are at home: the larger have the louder voice."""
    carried = {link.b for link in scene.relations if link.kind in ("hold", "wear")}
    carriers = {link.b for link in scene.relations if link.kind in ("on", "in", "under")}
    votes: dict[str, float] = {}
    for place, thing in enumerate(scene.things):
        facts = art.nature(thing.art)
        voice = 0.3 if place in carried or facts.kind in ("flat", "sky") else 1.0
        if place in carriers and facts.home in ("room", "table"):
            # Furniture decides: cats at home on a bed are indoors.
            voice = 4.0
        if thing.art in ICY:
            # It would melt elsewhere: a house beside a snowman stands in the snow.
            voice = 9.0
        votes[facts.home] = votes.get(facts.home, 0.0) + voice + min(facts.metres, 6) * 0.12
    if "rain" in scene.weather and not any(
        PLACES[name].floor != "ground" for name in votes if name in PLACES
    ):
        return "park"
    best = max(votes, key=lambda name: (votes[name], name)) if votes else "meadow"
    if "table" in votes and all(art.nature(one.art).metres < CRUMB for one in scene.things):
        # A mouse and a cheese on a meadow would look as large as the trees behind them.
        best = "table"
    if best == "table" and any(
        art.nature(thing.art).metres > 0.45 and art.nature(thing.art).kind != "flat"
        for thing in scene.things
    ):
        return "room"
    return best if best in PLACES else "meadow"


LIGHTS = {
    "meadow": ("dawn",),
    "hill": ("dawn", "sunset"),
    "sea": ("dawn", "sunset"),
    "lake": ("dawn",),
    "beach": ("sunset",),
    "desert": ("sunset",),
    "savanna": ("sunset",),
    "mountains": ("dawn",),
    "city": ("dusk",),
}
"""Where another light than the day's is lovely, and which."""


def _hour(scene: Scene, place: Place, chance: Chance) -> str:
    if place.time:
        return place.time
    arts = {thing.art for thing in scene.things}
    if arts & {"sprite:1f315", "sprite:1f319", "sprite:2b50", "sprite:1f31f", "sprite:1f52d"} or {
        "aurora",
        "fireworks",
        "stars",
    } & set(scene.weather):
        return "night"
    moods = LIGHTS.get(scene.place, ())
    return chance.pick(moods) if moods and chance.maybe(0.25) else "day"
