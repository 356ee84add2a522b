"""The places a scene can be in: one table, name → how it is laid out and who paints it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import heights, indoors, outdoors, town, waters, worlds
from .stage import Stage


@dataclass(frozen=True)
class Place:
    """A place's layout."""

    paint: Callable[[Stage], None]
    horizon: float
    """As a share of the height, from the top."""
    floor: str = "ground"
    """ground · water (things float) · deep (under water) · air (no ground at all)."""
    inside: bool = False
    """No weather, and time is seen through the window only."""
    time: str = ""
    """The time of day when the prompt says none."""
    weather: tuple[str, ...] = ()
    stand: float = 0.16
    """Depth at which the main things stand (0 lower edge, 1 horizon)."""


PLACES: dict[str, Place] = {
    "plain": Place(worlds.plain, 0.66),
    "meadow": Place(outdoors.meadow, 0.6),
    "forest": Place(outdoors.forest, 0.62),
    "jungle": Place(outdoors.jungle, 0.62),
    "bamboo": Place(outdoors.bamboo, 0.66),
    "blossom": Place(outdoors.blossom, 0.62),
    "autumn": Place(outdoors.autumn, 0.62),
    "flowers": Place(outdoors.flowers, 0.56),
    "garden": Place(outdoors.garden, 0.6),
    "park": Place(outdoors.park, 0.6),
    "farm": Place(outdoors.farm, 0.56),
    "village": Place(town.village, 0.6),
    "hill": Place(outdoors.hill, 0.72, stand=0.62),
    "mountains": Place(outdoors.mountains, 0.62),
    "snow": Place(outdoors.snow, 0.58),
    "greatwall": Place(heights.greatwall, 0.56, stand=0.12),
    "snowpeaks": Place(outdoors.snowpeaks, 0.64),
    "volcano": Place(outdoors.volcano, 0.64, time="dusk"),
    "desert": Place(outdoors.desert, 0.58),
    "savanna": Place(outdoors.savanna, 0.58),
    "sea": Place(waters.sea, 0.5, floor="water", stand=0.42),
    "beach": Place(waters.beach, 0.44),
    "lake": Place(waters.lake, 0.46, floor="water", stand=0.4),
    "underwater": Place(waters.underwater, 0.84, floor="deep"),
    "sky": Place(worlds.air, 1.0, floor="air"),
    "nightsky": Place(worlds.nightsky, 1.0, floor="air", time="night"),
    "cloudland": Place(worlds.cloudland, 0.72),
    "space": Place(worlds.space, 1.0, floor="air"),
    "moonland": Place(worlds.moonland, 0.64),
    "marsland": Place(worlds.marsland, 0.62),
    "city": Place(town.city, 0.7, stand=0.3),
    "neon": Place(town.neon, 0.7, time="night", stand=0.3),
    "street": Place(town.street, 0.68, stand=0.3),
    "railway": Place(town.railway, 0.62, stand=0.3),
    "room": Place(indoors.room, 0.66, inside=True),
    "table": Place(indoors.table, 0.6, inside=True, stand=0.34),
    "stage": Place(indoors.stage, 0.7, inside=True),
    "party": Place(indoors.party, 0.68, inside=True),
    "dream": Place(worlds.dream, 0.7),
    "night": Place(outdoors.meadow, 0.62, time="night"),
    "rain": Place(outdoors.park, 0.6, weather=("rain",)),
    "storm": Place(outdoors.meadow, 0.62, weather=("storm",)),
    "love": Place(worlds.love, 0.74),
    "abstract": Place(worlds.abstract, 1.0, floor="air"),
}
