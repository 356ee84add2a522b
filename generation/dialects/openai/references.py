"""The second picture of an edit and those after it: what is drawn takes after them. Pure.

Each is a ControlNet unit of the kind "reference": the checkpoint's own attention looks at the
picture, no model is loaded for it. Stable Diffusion's servers have three units, so that an edit has
four pictures, where the published API takes sixteen.
"""

from __future__ import annotations

from generation.errors import InvalidRequest
from generation.request import ControlNetUnit, ImageRef

MOST = 4  # the picture that is edited, and three units
MODULE = "reference_only"
FIDELITY = 0.5  # how close the style is kept; the preprocessor's own default


def unit(image: ImageRef) -> ControlNetUnit:
    return ControlNetUnit(model="None", module=MODULE, image=image, threshold_a=FIDELITY)


def too_many(name: str) -> InvalidRequest:
    return InvalidRequest(f"at most {MOST} pictures a call", field=f"{name}[{MOST}]")
