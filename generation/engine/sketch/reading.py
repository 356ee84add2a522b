"""A prompt → a Scene: who is in it, how many, in what colour, where, and how they stand to each
other.
"""

from __future__ import annotations

from . import meaning, tidying
from .art import nature
from .beings import animal, hands, person
from .kinds import (
    BASKETS,
    BROUGHT,
    HOUSE,
    MEASURES,
    MOUNTS,
    PLATES,
    SAME,
    TRAYS,
    TREES,
    WORN,
)
from .lexicon import Token, entries, plural, tokens
from .plating import serve
from .prompt import Clause, clauses
from .scene import Relation, Scene, Thing
from .tidying import MOST
from .words import CLASSIFIERS

NEAR = 0.68
"""Cosine from which an unknown word is taken for a thing; translations score 0.70 and more,
related words 0.4.
"""
FEELING = 0.30
"""Cosine from which a prompt without any thing is given a mood."""
CROWD = 12
"""The most that is drawn of one thing."""
UNHEARD = 0.1
"""What the prompt weighs less is not drawn."""
HELD = ("-", "flat", "air")
"""Kinds that can be carried."""
VERBAL = ("ing", "ed", "ly", "ful", "ous")
"""Endings of English words that name no thing."""


def understand(prompt: str, negative: str = "") -> Scene:
    """The scene that the prompt describes, without what the negative prompt names."""
    scene = Scene(left_out=named(negative))
    listed: list[int] = []
    for clause in clauses(prompt):
        listed = _Reader(scene, clause, listed).read()
    if not scene.things and not scene.place:
        _feel(scene, prompt)
    tidying.tidy(scene)
    return scene


def named(negative: str) -> set[str]:
    """The concepts that a negative prompt names ("sprite:1f408", "weather:rain"); quality words
    are none.
    """
    found: set[str] = set()
    for clause in clauses(negative):
        for token in tokens(clause.text):
            if token.family == "thing":
                found.add(token.value)
            elif token.family in ("place", "time", "weather"):
                found.add(f"{token.family}:{token.value}")
    return found


def _feel(scene: Scene, prompt: str) -> None:
    """Nothing to draw was named: take the mood of the whole sentence."""
    text = " ".join(clause.text for clause in clauses(prompt))[:200]
    if scene.mood or not text:
        return
    concept, score = meaning.nearest(text, ("mood",))
    if score >= FEELING:
        scene.mood = concept.removeprefix("mood:")


class _Reader:
    """Walks the tokens of one clause."""

    def __init__(self, scene: Scene, clause: Clause, listed: list[int]) -> None:
        self.scene = scene
        self.clause = clause
        self.tokens = tokens(clause.text)
        self.at = 0
        joined = any(token.family == "and" for token in self.tokens)
        self.subjects: list[int] = list(listed) if joined else []
        """Who the clause is about; "rice, sushi and tea on a table" is about all three."""
        self.relation = ""
        self.object: int | None = None
        self.spot: tuple[str, int] | None = None
        """A Chinese place phrase that waits for its subject: (kind, thing) of 桌子上(有)…"""
        self.given: tuple[str, int] | None = None
        """The place phrase that the last thing took: what follows "and" shares it."""
        self.locating = False
        """在 has been read and its noun not yet."""
        self._forget()

    def _forget(self) -> None:
        self.count, self.colour, self.size = 0, "", ""
        self.served = False

    def read(self) -> list[int]:
        """Reads the clause; gives the things of a clause that is nothing but a list."""
        before = len(self.scene.relations), self.scene.place
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            handler = getattr(self, f"_{_HANDLERS.get(token.family, 'skip')}")
            handler(token)
        return self.subjects if before == (len(self.scene.relations), self.scene.place) else []

    def _skip(self, token: Token) -> None:
        if token.family == "at":
            self.locating = True

    def _number(self, token: Token) -> None:
        self.count = int(token.value)
        following = self._peek()
        self.served = following is not None and following.text in TRAYS
        if following and following.text[0] in CLASSIFIERS and len(following.text) == 1:
            after = self._peek(1)
            if after and after.family not in ("of",):
                self.at += 1

    def _tint(self, token: Token) -> None:
        self.colour = token.value

    def _scale(self, token: Token) -> None:
        self.size = token.value

    def _peek(self, ahead: int = 0) -> Token | None:
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else None

    def _where(self, token: Token) -> None:
        """A place becomes the setting: the first one named, unless a spot word says that it is
        far.
        """
        following = self._peek()
        if token.value in ("space", "sky") and following and following.value == "under":
            # 星空下: the ground lies under it.
            self.scene.time = self.scene.time or ("night" if token.value == "space" else "")
            self.scene.weather += ["stars"] if token.value == "space" else []
        elif not self.scene.place:
            self.scene.place = token.value
        elif token.value == "village" and len(self.scene.things) < MOST:
            self.scene.things.append(Thing(HOUSE, 3, word=token.text))
        elif token.value == "snow" and self.scene.place != "mountains":
            self.scene.weather += [] if "snowing" in self.scene.weather else ["snowing"]
        elif self.scene.place == "mountains" and token.value in ("lake", "snow", "sea"):
            self.scene.place = {"snow": "snowpeaks"}.get(token.value, self.scene.place)
        self.relation, self.locating = "", False
        following = self._peek()
        if following and following.family == "spot":
            self.at += 1
        self._forget()

    def _when(self, token: Token) -> None:
        if not self.scene.time:
            self.scene.time = token.value
        self.relation = ""
        self._forget()

    def _sky(self, token: Token) -> None:
        if token.value == "stars" and self.count > 1:
            return self._thing(Token("thing", "sprite:2b50", token.text))
        if token.value not in self.scene.weather:
            self.scene.weather.append(token.value)
        self.relation = ""
        following = self._peek()
        if following and following.family == "spot":
            self.at += 1
        self._forget()

    def _mood(self, token: Token) -> None:
        self.scene.mood = self.scene.mood or token.value

    def _relate(self, token: Token) -> None:
        self.relation = token.value
        if token.text in ("看书", "读书"):
            self._thing(Token("thing", "sprite:1f4d6", "书"))

    def _and(self, token: Token) -> None:
        """桌上有苹果和咖啡: both are on it. After "a cat on a table and" somebody new comes."""
        if self.given is not None:
            self.spot = self.given
        elif self.object is not None:
            self.subjects, self.object, self.relation = [], None, ""

    def _dress(self, token: Token) -> None:
        """A garment beside a person is worn; otherwise it is a thing if a sprite shows it."""
        near = self.subjects or range(len(self.scene.things))
        people = [place for place in near if person(self.scene.things[place])]
        if people:
            thing = self.scene.things[people[-1]]
            thing.outfit, thing.outfit_colour = token.value, self.colour
            self.relation = ""
            self._forget()
            return
        ahead = [later for later in self.tokens[self.at : self.at + 3] if later.family == "thing"]
        if ahead and person(Thing(ahead[0].value)):
            self.outfit, self.relation = (token.value, self.colour), ""
            self._forget()
            return
        garments = {"kimono": "1f458", "dress": "1f457", "shirt": "1f455"}
        if token.value in garments:
            self._thing(Token("thing", f"sprite:{garments[token.value]}", token.text))

    outfit: tuple[str, str] | None = None
    last = ("", 0)
    """The thing before, and where its word stood."""
    holder: tuple[str, int] | None = None
    """What is held before its holder is named: 拿着吉他的男孩."""

    def _trait(self, token: Token) -> None:
        """blonde hair, blue eyes: the colour was theirs."""
        self.relation = ""
        self._forget()

    def _unknown(self, token: Token) -> None:
        """A word that no list has: the nearest thing by meaning, if it is near enough."""
        if len(token.text) < 2 or token.text.isdigit() or token.text.endswith(VERBAL):
            return
        concept, score = meaning.nearest(token.text, ("sprite", "prop", "place", "weather", "time"))
        if score < NEAR:
            return
        family, _, value = concept.partition(":")
        if family in ("sprite", "prop"):
            self._thing(Token("thing", concept, token.text))
        else:
            {"place": self._where, "weather": self._sky, "time": self._when}[family](
                Token(family, value, token.text)
            )

    def _thing(self, token: Token) -> None:
        if self._is_measure(token) or self._says_again(token):
            return
        if token.value in MOUNTS and self.subjects and not self.relation:
            self.relation, token = "on", Token("thing", MOUNTS[token.value], token.text)
        served = self.served
        place = self._add(token)
        if place is None:
            return
        if served:
            serve(self.scene, place)
        spot = self._peek()
        if spot and spot.family == "spot":
            self.at += 1
            self._spotted(spot.value, place)
        elif self.spot is not None:
            kind, base = self.given = self.spot
            self._link(kind, place, base)
            self.subjects, self.object, self.spot = [place], None, None
        elif self.relation in ("hold", "wear") and not self.subjects and self.holder is None:
            self.holder = (self.relation, place)
            self.relation = ""
            return
        elif self.relation and self.subjects:
            for subject in self._who():
                self._link(self.relation, subject, place)
            self.object = place
            if self.relation not in ("hold", "wear"):
                self.relation = ""
        else:
            self.subjects.append(place)
            if self.holder is not None:
                self._link(self.holder[0], place, self.holder[1])
                self.holder = None
        if not self.locating:
            self.relation = "" if self.object is not None else self.relation
        self.locating = False

    def _is_measure(self, token: Token) -> bool:
        """A bowl of noodles is noodles; a basket of apples is a basket with apples in it."""
        of, what = self._peek(), self._peek(1)
        is_of = of is not None and of.text == "of" and what is not None and what.family != "?"
        if is_of and token.text in BASKETS:
            place = self._add(token)
            self.spot = None if place is None else ("in", place)
            self.subjects += [] if place is None else [place]
            return True
        self.served = self.served or (is_of and token.text in PLATES)
        return is_of and token.text in MEASURES

    def _says_again(self, token: Token) -> bool:
        """A corgi puppy is one dog."""
        last, self.last = self.last, (token.value, self.at)
        same = any({last[0], token.value} <= kind for kind in SAME)
        return same and last[1] == self.at - 1

    def _who(self) -> list[int]:
        """A fish in a bowl on a table: the fish is in its place, so the bowl is on the table."""
        settled = {link.a: link.b for link in self.scene.relations if link.kind in ("in", "on")}
        if self.relation in ("in", "on"):
            return [settled.get(one, one) for one in self.subjects]
        return self.subjects

    def _spotted(self, kind: str, base: int) -> None:
        """Chinese: 猫坐在月亮上 (the cat went before), 月亮上有猫 (it comes after)."""
        following = self._peek()
        owner = following is not None and following.family == "of"
        before = [place for place in self.subjects if place != base]
        if before and not owner:
            for subject in before:
                self._link(kind, subject, base)
            self.object = base
        else:
            self.spot = (kind, base)
        self.relation = ""

    def _link(self, kind: str, a: int, b: int) -> None:
        kind = self._sense(kind, a, b)
        if a != b and kind:
            self.scene.relations.append(Relation(kind, a, b))

    def _sense(self, kind: str, a: int, b: int) -> str:
        """What a preposition means between these two; empty: nothing that composition could
        show.
        """
        other = nature(self.scene.things[b].art)
        if other.kind == "sky" and kind not in ("on", "over", "between"):
            return ""
        if self.scene.things[b].art in WORN and kind in ("in", "with", "wear"):
            return "wear"
        if self.scene.things[b].art in TREES and kind == "in":
            return "on"
        small = other.metres < 0.6 * nature(self.scene.things[a].art).metres
        one, two = self.scene.things[a], self.scene.things[b]
        if kind in ("with", "hold") and two.art in BROUGHT and hands(one):
            return "hold"
        if kind == "with":
            carried = small and other.kind in HELD and not animal(two)
            return "hold" if carried and hands(one) else "beside"
        if kind == "hold" and not small and other.metres > 1.2:
            return "beside"
        return kind

    def _add(self, token: Token) -> int | None:
        """The place of the thing in the scene: a new one, or the one that is spoken of again."""
        things = self.scene.things
        for place, known in enumerate(things):
            if known.art == token.value and not self.count and not self.colour:
                return place
        weight = self.clause.weight_of(token.text)
        if len(things) >= MOST or weight < UNHEARD:
            return None
        count = self.count or (3 if plural(token.text) else 1)
        thing = Thing(
            art=token.value,
            count=min(count, CROWD),
            colour=self.colour or _spoken_colour(token),
            size=self.size,
            weight=weight,
            word=token.text,
        )
        if self.outfit and person(thing):
            thing.outfit, thing.outfit_colour = self.outfit
            self.outfit = None
        things.append(thing)
        self._forget()
        return len(things) - 1


_HANDLERS = {
    "count": "number",
    "colour": "tint",
    "size": "scale",
    "place": "where",
    "time": "when",
    "weather": "sky",
    "mood": "mood",
    "rel": "relate",
    "and": "and",
    "outfit": "dress",
    "feature": "trait",
    "thing": "thing",
    "?": "unknown",
}


def _spoken_colour(token: Token) -> str:
    """The colour in 白猫, where 猫 alone is the same thing."""
    first, rest = token.text[:1], token.text[1:]
    tint, alone = entries()[1].get(first), entries()[1].get(rest)
    if tint and alone and tint.family == "colour" and alone.value == token.value:
        return tint.value
    return ""
