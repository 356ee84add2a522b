"""Where everything stands: a scene and a canvas → actors in pixels."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import art
from .actors import Actor
from .chance import Chance
from .places import Place
from .scene import Scene, Thing
from .stage import Stage

SIZES = {"": 1.0, "giant": 1.9, "big": 1.25, "small": 0.74, "tiny": 0.5}
ALOFT = ("air", "sky", "climb")
CARRIES = ("on", "in", "hold", "wear", "over", "under")


def looks(thing: Thing) -> float:
    """How large a thing looks: real sizes, squeezed, so that an ant beside an elephant is still seen."""
    facts = art.nature(thing.art)
    return float(max(facts.metres, 0.06) ** 0.42) * SIZES[thing.size]


@dataclass
class Group:
    """A thing with what stands on, in, under or beside it; measured in `looks`."""

    index: int
    thing: Thing
    children: list[tuple[str, int]] = field(default_factory=list)


class Composer:
    """Places the things of one scene."""

    def __init__(self, scene: Scene, stage: Stage, place: Place) -> None:
        self.scene, self.stage, self.place = scene, stage, place
        self.chance: Chance = stage.chance("compose")
        self.actors: list[Actor] = []
        self.parents: dict[int, tuple[str, int]] = {}
        for link in scene.relations:
            child, parent = (link.b, link.a) if link.kind in ("hold", "wear") else (link.a, link.b)
            if link.kind in CARRIES and child not in self.parents and not self._above(parent, child):
                self.parents[child] = (link.kind, parent)

    def _above(self, place: int, child: int) -> bool:
        """Whether `child` already carries `place`: no circles."""
        while place in self.parents:
            place = self.parents[place][1]
            if place == child:
                return True
        return place == child

    def compose(self) -> list[Actor]:
        roots = [place for place in range(len(self.scene.things)) if place not in self.parents]
        aloft = [place for place in roots if self._aloft(place)]
        standing = [place for place in roots if place not in aloft]
        if standing:
            self._stand(standing)
        if aloft:
            self._hang(aloft, alone=not standing)
        return self.actors

    def _aloft(self, place: int) -> bool:
        facts = art.nature(self.scene.things[place].art)
        carries = any(parent == place and kind == "on" for kind, parent in self.parents.values())
        if self.place.floor in ("air", "deep"):
            return not (self.place.floor == "deep" and facts.kind == "-") or self.place.floor == "air"
        return facts.kind in ALOFT and not carries

    def _ordered(self, places: list[int]) -> list[int]:
        """Left to right by chance, with what belongs together side by side."""
        order = self.chance.order(places)
        for link in self.scene.relations:
            if link.kind in ("beside", "front", "behind", "between") and link.a in order and link.b in order:
                order.remove(link.a)
                order.insert(order.index(link.b) + self.chance.whole(0, 1), link.a)
        return order

    def _stand(self, places: list[int]) -> None:
        """A row on the ground, scaled to fill the picture well."""
        stage, things = self.stage, self.scene.things
        marks: list[tuple[int, float, float]] = []
        behind = {link.b for link in self.scene.relations if link.kind == "front"}
        behind |= {link.a for link in self.scene.relations if link.kind == "behind"}
        tallest = max(looks(things[place]) for place in places)
        for place in self._ordered(places):
            size = looks(things[place])
            deeper = 0.2 if place in behind else 0.0
            if len(places) > 1 and size > 0.85 * tallest and art.nature(things[place].art).metres > 2:
                deeper += 0.12
            for number in range(things[place].count):
                row = number % 3 if things[place].count > 3 else 0
                marks.append((place, size, deeper + row * 0.16 + self.chance(-0.02, 0.02)))
        self._row(marks)
        del stage

    def _row(self, marks: list[tuple[int, float, float]]) -> None:
        stage = self.stage
        widths = [self._breadth(place, size) * (1 - 0.55 * deep) for place, size, deep in marks]
        overlap = 0.82 if len(marks) > 1 else 1.0
        total = sum(width * overlap for width in widths)
        high = max(self._stature(place, size) for place, size, _ in marks)
        room = (0.62 if self.place.floor == "ground" else 0.52) * stage.height
        scale = min(room / high, stage.width * 0.84 / max(total, 1e-6))
        x = (stage.width - total * scale) / 2 + self.chance(-1, 1) * max(0.0, stage.width - total * scale) * 0.14
        for (place, size, deep), width in zip(marks, widths, strict=True):
            centre = x + width * overlap * scale / 2
            x += width * overlap * scale
            depth = min(self.place.stand + deep, 0.92)
            foot = stage.deep(depth)
            self._act(place, centre, foot, size * scale * (1 - 0.55 * deep))

    def _breadth(self, place: int, size: float) -> float:
        """Width in `looks`, with what hangs around it."""
        thing = self.scene.things[place]
        width = size * art.nature(thing.art).aspect
        for child, (kind, parent) in self.parents.items():
            if parent == place and kind in ("under", "hold"):
                width = max(width, looks(self.scene.things[child]) * self.scene.things[child].count * 0.9)
        return max(width, size * 0.4)

    def _stature(self, place: int, size: float) -> float:
        """Height in `looks`, with what stands on it."""
        more = 0.0
        for child, (kind, parent) in self.parents.items():
            if parent == place and kind in ("on", "over"):
                more = max(more, self._stature(child, looks(self.scene.things[child])) * 0.8)
        return size + more

    def _act(self, place: int, x: float, foot: float, height: float, ground: str = "") -> Actor:
        """One copy of a thing on its mark, and everything that it carries."""
        thing = self.scene.things[place]
        facts = art.nature(thing.art)
        floor = "water" if self.place.floor == "water" and facts.kind in ("float", "swim") else "ground"
        actor = Actor(
            thing.art,
            x,
            foot,
            height,
            thing.colour,
            thing.outfit,
            thing.outfit_colour,
            mirror=self.chance.maybe(0.5),
            haze=max(0.0, (self.stage.height - foot) / max(1.0, self.stage.height - self.stage.horizon) - 0.55) * 0.4,
            ground=ground or floor,
            order=foot,
        )
        self.actors.append(actor)
        self._carry(place, actor)
        return actor

    def _carry(self, place: int, actor: Actor) -> None:
        for child, (kind, parent) in self.parents.items():
            if parent == place:
                getattr(self, f"_{kind}")(child, actor)

    def _share(self, child: int, actor: Actor, low: float, high: float) -> float:
        """A child's height in pixels, kept between two shares of its carrier's."""
        thing, base = self.scene.things[child], self.scene.things[self.parents[child][1]]
        natural = actor.height * looks(thing) / looks(base)
        return min(max(natural, actor.height * low), actor.height * high)

    def _on(self, child: int, actor: Actor) -> None:
        image = actor.picture()
        top = actor.foot - image.height + art.top_at(image, actor.art)
        celestial = art.nature(actor.art).kind == "sky"
        height = self._share(child, actor, 0.2, 0.62 if celestial else 1.15)
        count = self.scene.things[child].count
        step = min(height * art.nature(self.scene.things[child].art).aspect, image.width * 0.84 / count)
        siblings = [other for other, (kind, parent) in self.parents.items() if kind == "on" and parent == self.parents[child][1]]
        shift = (siblings.index(child) - (len(siblings) - 1) / 2) * image.width * 0.7 / len(siblings)
        for number in range(count):
            x = actor.x + shift + (number - (count - 1) / 2) * step
            sink = height * (0.06 if celestial else 0.02)
            drop = ((x - actor.x) / (image.width / 2)) ** 2 * image.width * 0.22 if celestial else 0.0
            self._act(child, x, top + sink + drop, height, "on").order = actor.order + 0.5

    def _over(self, child: int, actor: Actor) -> None:
        height = self._share(child, actor, 0.25, 0.9)
        self._act(child, actor.x, actor.foot - actor.height * 1.08, height, "air").order = actor.order + 0.5

    def _in(self, child: int, actor: Actor) -> None:
        """Looks out from behind the front edge."""
        height = self._share(child, actor, 0.35, 0.8)
        self._act(child, actor.x, actor.foot - actor.height * 0.45, height, "air").order = actor.order - 0.5

    def _hold(self, child: int, actor: Actor) -> None:
        height = self._share(child, actor, 0.24, 0.5)
        aloft = art.nature(self.scene.things[child].art).kind in ALOFT
        side = 1 if actor.mirror else -1
        x = actor.x + side * actor.width * (0.5 if aloft else 0.42)
        foot = actor.foot - actor.height * (0.62 if aloft else 0.1)
        self._act(child, x, foot, height * (1.2 if aloft else 1), "air" if aloft else "ground").order = actor.order + 0.6

    def _wear(self, child: int, actor: Actor) -> None:
        """On the head."""
        height = actor.height * 0.26
        image = actor.picture()
        top = actor.foot - image.height + art.top_at(image, actor.art)
        self._act(child, actor.x, top + height * 0.4, height, "air").order = actor.order + 0.6

    def _under(self, child: int, actor: Actor) -> None:
        """Below a crown, a canopy or a table top; a thing in the sky is simply above."""
        facts = art.nature(actor.art)
        low, high = (0.3, 0.52) if facts.metres <= 2.4 else (0.22, 0.46)
        height = self._share(child, actor, low, high)
        thing = self.scene.things[child]
        if actor.art == "sprite:2602-fe0f":
            actor.foot -= actor.height * 0.12
        count = thing.count
        step = height * art.nature(thing.art).aspect * 0.95
        lean = 0.0 if actor.art in ("prop:table", "sprite:2602-fe0f") else self.chance.pick((-1, 1)) * actor.width * 0.24
        foot = actor.foot + (actor.height * 0.12 if actor.art == "sprite:2602-fe0f" else self.stage.unit * 0.02)
        for number in range(count):
            x = actor.x + lean + (number - (count - 1) / 2) * step
            self._act(child, x, foot, height).order = foot + (-0.5 if actor.art == "prop:table" else 0.5)

    def _hang(self, places: list[int], *, alone: bool) -> None:
        """Things in the air, in the water or in space."""
        stage = self.stage
        copies = [place for place in self.chance.order(places) for _ in range(self.scene.things[place].count)]
        deep = self.place.floor == "deep"
        biggest = max(looks(self.scene.things[place]) for place in places)
        middle = stage.height * (0.44 if deep or self.place.floor == "air" else 0.3)
        side = min(stage.height * (0.54 if alone else 0.26), stage.width * 0.62)
        side = side if len(copies) == 1 else side * (0.8 if len(copies) < 4 else 0.5)
        slots = self._slots(len(copies), alone)
        for place, (x, y) in zip(copies, slots, strict=True):
            thing = self.scene.things[place]
            height = side * (looks(thing) / biggest) ** 0.8
            height = min(height, stage.width * 0.7 / art.nature(thing.art).aspect)
            foot = (middle if alone else stage.horizon * 0.34) + y * stage.height * (0.3 if alone else 0.14) + height / 2
            actor = self._act(place, x * stage.width, foot, height, "air")
            actor.order = foot if deep else -1e6 + foot

    def _slots(self, count: int, alone: bool) -> list[tuple[float, float]]:
        """(x in 0 … 1, y in -1 … 1) for so many things."""
        if count == 1:
            if alone:
                return [(0.5 + self.chance(-0.06, 0.06), 0.0)]
            return [(self.chance.pick((0.22, 0.78)) + self.chance(-0.05, 0.05), self.chance(-0.4, 0.4))]
        rows = 1 if count <= 3 else 2 if count <= 7 else 3
        slots = []
        for number in range(count):
            row = number % rows
            in_row = (count - row + rows - 1) // rows
            x = (number // rows + 0.5) / in_row + (0.04 if row % 2 else -0.02)
            y = (row - (rows - 1) / 2) * (1.5 / rows) + self.chance(-0.22, 0.22)
            slots.append((0.06 + 0.88 * x + self.chance(-0.03, 0.03), y))
        return slots
