"""The styles of a QR picture: one literal table.

What a style adds to the prompt is a Style of the catalog, under ``catalog_style``, where operators
change it. Here stands what is drawn where the caller describes nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from generation.request import QrStyle


class Look(NamedTuple):
    scene: str  # the prompt, where there is none
    catalog_style: str = ""
    checkpoints: tuple[str, ...] = ()  # the first that is really there, else the default


LOOKS: dict[QrStyle, Look] = {
    "default": Look("a garden with flowers and trees on a sunny day"),
    "realistic": Look("a lake in the mountains, forest, morning light", "QR realistic", ("real",)),
    "anime": Look("a girl under cherry blossoms in spring", "QR anime", ("animec", "sketch-flat")),
    "guofeng": Look(
        "a pavilion by a lake, bamboo, cherry blossoms",
        "QR guofeng",
        ("guofeng", "sketch-watercolour"),
    ),
    "ink": Look("misty mountains, a river and pine trees", "QR ink", ("guofeng", "sketch-ink")),
    "scifi": Look("a city at night, a robot under the stars", "QR scifi", ("lux", "sketch-poster")),
}
