"""Kinds of things that the reader treats in their own way."""

from __future__ import annotations

WORN = {
    f"sprite:{code}"
    for code in (
        "1f451",
        "1f452",
        "1f3a9",
        "1f393",
        "1f9e2",
        "1f453",
        "1f576-fe0f",
        "1f3a7",
        "1f380",
    )
}
MEASURES = {
    *("bowl", "cup", "plate", "glass", "mug", "slice", "piece", "bottle", "dish", "bar", "can"),
    *("jar", "loaf", "pot", "tray"),
}
BASKETS = {"basket", "box", "vase", "crate", "bucket", "bag"}
SAME = (
    {"sprite:1f415", "sprite:1f436", "sprite:1f429"},
    {"sprite:1f408", "sprite:1f431"},
    {"sprite:1f40e", "sprite:1f434"},
)
"""Illustrations of one kind of animal."""
BROUGHT = {f"sprite:{code}" for code in ("2602-fe0f", "1f388", "1fa81", "1f3b8", "1f4d6", "1f490")}
"""Umbrella, balloon, kite, guitar, book, bouquet: with somebody they are in his hands."""
CARRIERS = {f"sprite:{code}" for code in ("26c4", "1f9f8", "1f47b")}
HOUSE = "sprite:1f3e0"
TREES = {"sprite:1f332", "sprite:1f333", "sprite:1f334"}
MOUNTS = {"sprite:1f6b4": "sprite:1f6b2", "sprite:1f3c7": "sprite:1f40e"}
"""Somebody who rides → what he rides: 熊猫骑自行车 is a panda on a bicycle."""
