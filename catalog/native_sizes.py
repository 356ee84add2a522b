"""The size that a checkpoint was made for: that of its family, or of the family in its name.

WebUI does not tell the family of a checkpoint. Publishers write it into the name, and SDXL at
512 x 512 paints rubbish; a size that was guessed wrong is only one that a form begins with.
"""

from __future__ import annotations

import re

Size = tuple[int, int]
"""Width and height, pixels."""

PLAIN: Size = (512, 512)
BY_FAMILY: dict[str, Size] = {
    "SD 2.1": (768, 768),
    "SDXL": (1024, 1024),
    "SD 3": (1024, 1024),
    "SD 3.5": (1024, 1024),
    "Flux": (1024, 1024),
    "SVD": (1024, 576),
}
"""Only what was not made for 512 x 512."""
# "XL" stands out by its capitals ("juggernautXL_v9") or ends a word ("dreamshaperxl-lightning").
BY_NAME = (
    ("SVD", re.compile(r"(?i)(?<![a-z])svd(?![a-z])|stable.video")),
    ("Flux", re.compile(r"(?i)(?<![a-z])flux")),
    ("SD 3.5", re.compile(r"(?i)(?<![a-z])(sd|stable.diffusion).?3(.?5)?(?![a-z0-9])")),
    ("SDXL", re.compile(r"XL|xl(?![a-z])|(?i:sdxl|pony|illustrious|noobai|animagine)")),
    ("SD 2.1", re.compile(r"(?<!\d)768(?!\d)")),
)


def native_size(family: str, name: str) -> Size:
    """``family``: as a backend tells it, "" where it tells none. ``name``: of the checkpoint."""
    if not family:
        family = next((each for each, pattern in BY_NAME if pattern.search(name)), "")
    return BY_FAMILY.get(family, PLAIN)
