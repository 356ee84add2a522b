"""How the props look: name → who draws it.

A drawer gets a height in pixels and returns an RGBA picture.
"""

from __future__ import annotations

from . import buildings, cascade, festival, furniture, plants, servings, vessels
from .plants import Drawer
from .raster import rgb

DRAWERS: dict[str, Drawer] = {
    "table": furniture.table,
    "bench": furniture.bench,
    "shelf": furniture.shelf,
    "lighthouse": buildings.lighthouse,
    "windmill": buildings.windmill,
    "streetlamp": furniture.streetlamp,
    "bridge": buildings.bridge,
    "fence": furniture.fence,
    "bamboo": plants.bamboo,
    "wall": furniture.wall,
    "waterfall": cascade.waterfall,
    "swing": furniture.swing,
    "airballoon": furniture.airballoon,
    "cherry": plants.tinted("1f333", "pink"),
    "maple": plants.tinted("1f333", "orange"),
    "snowpine": plants.snowpine,
    "bush": plants.bush,
    "barn": buildings.barn,
    "acacia": plants.acacia,
    "reeds": plants.blades(rgb("#6f9f4f"), 7, 0.2),
    "seaweed": plants.blades(rgb("#2f9f7a"), 5, 0.7),
    "planet": plants.planet,
    "willow": plants.willow,
    "submarine": vessels.submarine,
    "iceberg": vessels.iceberg,
    "igloo": vessels.igloo,
    "pirateship": vessels.pirate_ship,
    "chest": vessels.chest,
    "blackboard": furniture.blackboard,
    "lamp": furniture.lamp,
    "plate": servings.plate,
    "vase": servings.vase,
    "fishbowl": servings.fishbowl,
    "posy": servings.posy,
    "lilypad": servings.lilypad,
    "crane": festival.crane,
    "liondance": festival.lion,
    "zongzi": festival.zongzi,
    "dragonboat": festival.dragon_boat,
}
