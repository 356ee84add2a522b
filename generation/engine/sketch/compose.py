"""Where everything stands: a scene and a canvas → actors in pixels."""

from __future__ import annotations

from . import art
from .actors import Actor
from .carrying import ALOFT, BRIDGE, TABLE, UMBRELLA, WAYS, Load
from .chance import Chance
from .looks import looks
from .places import Place
from .scene import Scene
from .stage import Stage

Spot = tuple[int, float, float]
"""(which thing, how large it looks, how much deeper than the others it stands)."""
AFLOAT = {"sprite:1f3dd-fe0f", "sprite:1f40a", "sprite:1f9a9", "prop:crane"}
"""Things that stand in the water without dry ground under them."""
GROUNDS = {"prop:lighthouse": "reef", BRIDGE: "span"}
"""Things that stand in the water in a way of their own."""
BIRD = 1.2
"""Metres below which what flies over a land does not fill its sky."""
STAFFAGE = 0.45
"""How large somebody is who only keeps a place company."""
TWINS = (1.0, 0.92, 0.96)
"""Copies of one thing differ a little in size."""


class Composer:
    """Places the things of one scene."""

    def __init__(self, scene: Scene, stage: Stage, place: Place) -> None:
        self.scene, self.stage, self.place = scene, stage, place
        self.chance: Chance = stage.chance("compose")
        self.actors: list[Actor] = []
        self.large = STAFFAGE * min(1.0, looks(scene.things[0])) if scene.staffage else 1.0
        self.copies: dict[int, tuple[int, bool]] = {}
        """Thing → how many of it stand already, and which way the first one looks."""
        self.bridged = place.floor == "water" and any(
            thing.art == BRIDGE and thing.count for thing in scene.things
        )
        self.parents: dict[int, tuple[str, int]] = {}
        for link in scene.relations:
            if not (scene.things[link.a].count and scene.things[link.b].count):
                continue
            child, parent = (link.b, link.a) if link.kind in ("hold", "wear") else (link.a, link.b)
            if link.kind == "on":
                while self.parents.get(child, ("", child))[0] == "on":
                    child = self.parents[child][1]
            if link.kind in WAYS and child not in self.parents and not self._above(parent, child):
                self.parents[child] = (link.kind, parent)

    def _above(self, place: int, child: int) -> bool:
        """Whether `child` already carries `place`: no circles."""
        while place in self.parents:
            place = self.parents[place][1]
            if place == child:
                return True
        return place == child

    def compose(self) -> list[Actor]:
        roots = [
            place
            for place, thing in enumerate(self.scene.things)
            if place not in self.parents and thing.count
        ]
        aloft = [place for place in roots if self._aloft(place)]
        standing = [place for place in roots if place not in aloft]
        near = self._near(standing)
        standing = [place for place in standing if place not in near]
        if standing:
            self._stand(standing)
            self._fit(self.actors)
        self._lay_out(near)
        if aloft:
            first = len(self.actors)
            self._hang(aloft, alone=not standing)
            if not standing:
                self._fit(self.actors[first:])
        return self.actors

    def _fit(self, cast: list[Actor]) -> None:
        """Keeps the whole group inside the picture, and large enough to be the subject of it."""
        stage, pad = self.stage, 0.035
        left = min(one.x - one.width / 2 for one in cast)
        right = max(one.x + one.width / 2 for one in cast)
        top, bottom = min(one.foot - one.height for one in cast), max(one.foot for one in cast)
        wide, high = max(right - left, 1.0), max(bottom - top, 1.0)
        anchor = min(bottom, stage.height * (1 - pad))
        ceiling = min(stage.width * (1 - 2 * pad) / wide, (anchor - stage.height * pad) / high)
        share = 0.82 if any(one.art == TABLE for one in cast) else 0.62
        high_share = 0.36 if all(one.ground == "air" and self._bird(one) for one in cast) else 0.54
        wanted = min(stage.height * high_share / high, stage.width * share / wide) * self.chance(
            0.88, 1.04
        )
        scale = min(max(wanted * self.large, 1.0), ceiling)
        middle = (left + right) / 2
        slack = stage.width * (1 - 2 * pad) - wide * scale
        centre = min(max(middle, stage.width / 2 - slack / 2), stage.width / 2 + slack / 2)
        for one in cast:
            one.x = centre + (one.x - middle) * scale
            one.foot = anchor + (one.foot - bottom) * scale
            one.order = anchor + (one.order - bottom) * scale
            one.height *= scale
            if one.string is not None:
                x, y = one.string
                one.string = centre + (x - middle) * scale, anchor + (y - bottom) * scale

    def _bird(self, one: Actor) -> bool:
        """Something small that flies over a land."""
        facts = art.nature(one.art)
        return 0.3 <= facts.metres < BIRD and facts.kind == "air" and self.place.floor == "ground"

    def _near(self, standing: list[int]) -> list[int]:
        """What is too small for an island of its own while others float: it lies on the shore
        before us.
        """
        if self.place.floor != "water":
            return []
        facts = {place: art.nature(self._art(place)) for place in standing}
        near = [
            place
            for place, one in facts.items()
            if one.metres < 0.5
            and one.kind not in ("float", "swim")
            and self._art(place) not in AFLOAT
        ]
        return near if len(near) < len(standing) else []

    def _lay_out(self, near: list[int]) -> None:
        """Side by side on the shore before us."""
        stage = self.stage
        copies = [place for place in near for _ in range(self.scene.things[place].count)]
        if not copies:
            return
        for actor in self.actors:
            actor.foot -= stage.height * 0.1
        for number, place in enumerate(copies):
            height = min(stage.height * 0.2, stage.width * 0.7 / len(copies))
            x = stage.width * (0.5 + (number - (len(copies) - 1) / 2) * 0.24)
            self._act(place, x, stage.deep(0.1), height, "shore")

    def _aloft(self, place: int) -> bool:
        facts = art.nature(self.scene.things[place].art)
        carries = any(parent == place and kind == "on" for kind, parent in self.parents.values())
        if self.place.floor in ("air", "deep"):
            return (
                not (self.place.floor == "deep" and facts.kind == "-") or self.place.floor == "air"
            )
        return facts.kind in ALOFT and not carries

    def _ordered(self, places: list[int]) -> list[int]:
        """Left to right by chance, with what belongs together side by side."""
        order = self.chance.order(places)
        for link in self.scene.relations:
            if (
                link.kind in ("beside", "front", "behind", "between")
                and link.a in order
                and link.b in order
            ):
                order.remove(link.a)
                order.insert(order.index(link.b) + self.chance.whole(0, 1), link.a)
        return order

    def _stand(self, places: list[int]) -> None:
        """A row on the ground, scaled to fill the picture well."""
        things = self.scene.things
        marks: list[Spot] = []
        behind = {link.b for link in self.scene.relations if link.kind == "front"}
        behind |= {link.a for link in self.scene.relations if link.kind == "behind"}
        tallest = max(looks(things[place]) for place in places)
        for place in self._ordered(places):
            size = looks(things[place])
            deeper = 0.2 if place in behind else 0.0
            if (
                len(places) > 1
                and size > 0.85 * tallest
                and art.nature(things[place].art).metres > 2
                and things[place].size not in ("big", "giant")
            ):
                deeper += 0.12
            for number in range(things[place].count):
                row = number % 3 if things[place].count > 3 else (number % 2) * 0.35
                marks.append((place, size, deeper + row * 0.16 + self.chance(-0.02, 0.02)))
        self._row(self._between(marks))

    def _between(self, marks: list[Spot]) -> list[Spot]:
        """Moves who stands between others into the middle of them."""
        for link in self.scene.relations:
            inner = [mark for mark in marks if mark[0] == link.a]
            if link.kind != "between" or not inner:
                continue
            around = {other.b for other in self.scene.relations if other.a == link.a}
            outer = [mark for mark in marks if mark[0] in around]
            rest = [mark for mark in marks if mark not in inner and mark not in outer]
            half = (len(outer) + 1) // 2
            marks = [*outer[:half], *inner, *outer[half:], *rest]
        return marks

    def _row(self, marks: list[Spot]) -> None:
        stage = self.stage
        widths = [self._breadth(place, size) * (1 - 0.55 * deep) for place, size, deep in marks]
        crowd = len(marks) > 4
        overlap = 0.72 if crowd else 1.05 if len({place for place, _, _ in marks}) == 1 else 0.88
        steps = self._steps(marks, [width * overlap for width in widths])
        total = sum(steps)
        high = max(self._stature(place, size) for place, size, _ in marks)
        room = (0.6 if self.place.floor == "ground" else 0.5) * stage.height
        scale = (
            self.large
            * self.chance(0.9, 1.04)
            * min(room / high, stage.width * (0.86 if len(marks) > 1 else 0.68) / max(total, 1e-6))
        )
        x = (stage.width - total * scale) / 2 + self.chance(-1, 1) * max(
            0.0, stage.width - total * scale
        ) * 0.34
        for (place, size, deep), step in zip(marks, steps, strict=True):
            centre = x + step * scale / 2
            x += step * scale
            depth = min(self.place.stand + deep, 0.92)
            foot = stage.deep(depth)
            self._act(place, centre, foot, size * scale * (1 - 0.55 * deep))

    def _steps(self, marks: list[Spot], steps: list[float]) -> list[float]:
        """How much of the row each takes: what stands behind something is partly hidden by it."""
        pairs = {
            frozenset((link.a, link.b))
            for link in self.scene.relations
            if link.kind in ("behind", "front")
        }
        for at in range(len(marks) - 1):
            if frozenset((marks[at][0], marks[at + 1][0])) in pairs:
                hidden = 0.24 * min(steps[at], steps[at + 1])
                steps[at], steps[at + 1] = steps[at] - hidden, steps[at + 1] - hidden
        return steps

    def _breadth(self, place: int, size: float) -> float:
        """Width in `looks`, with what hangs around it."""
        thing = self.scene.things[place]
        width = size * art.nature(thing.art).aspect
        for child, (kind, parent) in self.parents.items():
            if parent == place and kind in ("under", "hold"):
                width = max(
                    width, looks(self.scene.things[child]) * self.scene.things[child].count * 0.9
                )
        return max(width, size * 0.4)

    def _stature(self, place: int, size: float) -> float:
        """Height in `looks`, with what stands on it."""
        more = 0.0
        for child, (kind, parent) in self.parents.items():
            if parent == place and kind in ("on", "over"):
                more = max(more, self._stature(child, looks(self.scene.things[child])) * 0.8)
        return size + more

    def _act(
        self,
        place: int,
        x: float,
        foot: float,
        height: float,
        ground: str = "",
        order: float | None = None,
    ) -> Actor:
        """One copy of a thing on its mark, and everything that it carries."""
        thing = self.scene.things[place]
        facts = art.nature(thing.art)
        floor = "ground"
        if self.scene.place == "beach" and facts.kind in ("float", "swim") and not ground:
            floor, height = "water", height * 0.72
            foot = self.stage.deep(0.8)
        if self.place.floor == "water":
            floats = facts.kind in ("float", "swim") or thing.art in AFLOAT
            dry = "ground" if self.bridged else "island"
            floor = GROUNDS.get(thing.art, "water" if floats else dry)
            if floats and self.bridged and not ground:
                # In the open water before the bridge, not on one of its shores.
                foot += (self.stage.height - self.stage.horizon) * 0.22
                x += (self.stage.width / 2 - x) * 0.4
        mirror, height = self._twin(place, self.chance.maybe(0.5), height)
        actor = Actor(
            thing.art,
            x,
            foot,
            height,
            thing.colour,
            thing.outfit,
            thing.outfit_colour,
            mirror=mirror,
            haze=self._haze(foot) if not ground else 0.0,
            ground=ground or floor,
            order=foot if order is None else order,
        )
        self.actors.append(actor)
        self._carry(place, actor)
        return actor

    def _twin(self, place: int, mirror: bool, height: float) -> tuple[bool, float]:
        """Two dogs are not one dog twice: they look at each other and differ in size."""
        number, first = self.copies.get(place, (0, mirror))
        self.copies[place] = number + 1, first
        facts = art.nature(self.scene.things[place].art)
        alive = facts.metres >= 0.2 and facts.home != "table"
        if alive and self.scene.things[place].count == 2:
            # The illustrations look to the left: the left one of two is turned to the other.
            return not number, height * TWINS[number]
        if not number or not alive:
            return mirror, height
        return first != bool(number % 2), height * TWINS[number % len(TWINS)]

    def _haze(self, foot: float) -> float:
        """Distance in the air, from the ground that the foot stands on."""
        stage = self.stage
        if self.place.floor in ("air", "deep"):
            return 0.0
        return max(0.0, (stage.height - foot) / (stage.height - stage.horizon) - 0.55) * 0.4

    def _carry(self, place: int, actor: Actor) -> None:
        children = [
            (child, kind) for child, (kind, parent) in self.parents.items() if parent == place
        ]
        atop = [child for child, kind in children if kind in ("on", "in")]
        for child, kind in children:
            if kind == "under" and actor.art == UMBRELLA:
                actor.foot -= actor.height * 0.12
            thing = self.scene.things[child]
            natural = actor.height * looks(thing) / looks(self.scene.things[place])
            before = atop[: atop.index(child)] if child in atop else []
            counts = [sum(self.scene.things[one].count for one in some) for some in (before, atop)]
            side = self.chance.pick((-1, 1))
            load = Load(thing, actor, natural, counts[0], max(1, counts[1]), side)
            for mark in WAYS[kind](load):
                order = actor.order + mark.order
                carried = self._act(child, mark.x, mark.foot, mark.height, mark.ground, order)
                carried.keep, carried.string, carried.lies = mark.keep, mark.string, mark.lies

    def _hang(self, places: list[int], *, alone: bool) -> None:
        """Things in the air, in the water or in space."""
        stage = self.stage
        copies = [
            place
            for place in self.chance.order(places)
            for _ in range(self.scene.things[place].count)
        ]
        copies = [mark[0] for mark in self._between([(place, 0.0, 0.0) for place in copies])]
        deep = self.place.floor == "deep"
        biggest = max(looks(self.scene.things[place]) for place in places)
        middle = stage.height * (0.44 if deep or self.place.floor == "air" else 0.3)
        side = min(stage.height * (0.54 if alone else 0.26), stage.width * 0.62)
        side *= self.large
        if alone and self.place.floor != "air" and art.nature(self._art(copies[0])).metres < BIRD:
            side *= 0.6
        side = (
            side
            if len(copies) == 1
            else side * (0.8 if len(copies) < 4 else 0.5 if len(copies) < 8 else 0.36)
        )
        if alone and len(copies) == 1 and self._stature(copies[0], biggest) > biggest:
            side, middle = stage.height * 0.52, stage.height * 0.62
        slots = self._slots(len(copies), alone)
        for place, (x, y) in zip(copies, slots, strict=True):
            thing = self.scene.things[place]
            height = side * (looks(thing) / biggest) ** 0.8
            across = 1 if len(copies) == 1 else min(len(copies), 3)
            height = min(height, stage.width * 0.74 / across / art.nature(thing.art).aspect)
            foot = (
                (middle if alone else stage.horizon * 0.34)
                + y * stage.height * (0.3 if alone else 0.14)
                + height / 2
            )
            actor = self._act(place, x * stage.width, foot, height, "air")
            actor.order = foot if deep else -1e6 + foot

    def _art(self, place: int) -> str:
        return self.scene.things[place].art

    def _slots(self, count: int, alone: bool) -> list[tuple[float, float]]:
        """(x in 0 … 1, y in -1 … 1) for so many things."""
        if count == 1:
            if alone:
                return [(0.5 + self.chance(-0.06, 0.06), 0.0)]
            return [
                (self.chance.pick((0.22, 0.78)) + self.chance(-0.05, 0.05), self.chance(-0.4, 0.4))
            ]
        rows = 1 if count <= 3 else 2 if count <= 7 else 3
        slots = []
        for number in range(count):
            row = number % rows
            in_row = (count - row + rows - 1) // rows
            x = (number // rows + 0.5) / in_row + (0.04 if row % 2 else -0.02)
            y = (row - (rows - 1) / 2) * (1.9 / rows) + self.chance(-0.5, 0.5) / rows / 2
            slots.append((0.06 + 0.88 * x + self.chance(-0.03, 0.03), y))
        return slots
