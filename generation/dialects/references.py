"""The second picture of a call and those after it: what is drawn takes after them. Pure.

Each is a ControlNet unit of the kind "reference": the checkpoint's own attention looks at the
picture, no model is loaded for it. Stable Diffusion's servers have three units, so that a call has
four pictures.
"""

from __future__ import annotations

from generation.request import ControlNetUnit, ImageRef

MOST = 4  # the picture that is drawn over, and three units
MODULE = "reference_only"
FIDELITY = 0.5  # how close the style is kept; the preprocessor's own default


def unit(image: ImageRef) -> ControlNetUnit:
    return ControlNetUnit(model="None", module=MODULE, image=image, threshold_a=FIDELITY)


def fields(name: str) -> dict[str, str]:
    """Our names of the units → those of a list of pictures, for a dialect without any other."""
    pictures = {f"controlnet.{at}.image": f"{name}[{at + 1}]" for at in range(MOST - 1)}
    return {"module": f"{name}[1]", "controlnet": f"{name}[1]"} | pictures
