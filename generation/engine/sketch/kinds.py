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
PLATE, PLATES, TRAYS = "prop:plate", {"plate", "dish"}, {"盘", "碟"}
"""一盘饺子, a plate of dumplings: Chinese counts by it, English measures."""
DISHED = {
    f"sprite:{code}"
    for code in ("1f35d", "1f35b", "1f958", "1f372", "1f957", "1f35c", "1f371", "1f35a", "1f373")
}
"""Food whose illustration has a dish already."""
STEMMED = {f"sprite:{code}" for code in ("1f339", "1f337", "1f33b", "1f33c", "1fabb", "1fab6")}
"""Cut flowers and feathers: they lie on what carries them."""
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
WORDED = {
    f"sprite:{code}"
    for code in (
        *("1f3ea", "1f3e8", "1f3e6", "1f3eb", "1f4b0", "1fa99", "1f9e7", "23f0", "231a"),
        *("1f570-fe0f", "1f4c5", "1f4f0", "1faa7"),
    )
}
"""Letters, numbers and clock faces: never mirrored."""
STRUNG = {"sprite:1f388", "sprite:1fa81"}
"""Balloon and kite: they fly on a string."""
