"""ADetailer's own words for one detect-and-repaint pass → our unit. Pure; of every dialect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generation.request import ADetailerUnit

# Ours is theirs behind "ad_".
_SAME = (
    "model", "prompt", "negative_prompt", "confidence", "mask_min_ratio", "mask_max_ratio",
    "dilate_erode", "x_offset", "y_offset", "mask_merge_invert", "mask_blur",
    "denoising_strength", "restore_face", "controlnet_model", "controlnet_module",
    "controlnet_weight", "controlnet_guidance_start", "controlnet_guidance_end",
)  # fmt: skip
# Read only where their switch "ad_use_…" is on.
_SWITCHED = ("steps", "cfg_scale", "sampler", "noise_multiplier")


def acts(given: Mapping[str, Any]) -> bool:
    """Whether a detector is named at all: "None" and "" do nothing."""
    return str(given["ad_model"]).strip().lower() not in ("", "none")


def unit(given: Mapping[str, Any]) -> ADetailerUnit:
    """``given``: all 31 fields by ADetailer's names, in their ranges."""
    sized = given["ad_use_inpaint_width_height"]
    own = {name: given[f"ad_{name}"] for name in _SWITCHED if given[f"ad_use_{name}"]}
    return ADetailerUnit(
        only_masked=given["ad_inpaint_only_masked"],
        only_masked_padding=given["ad_inpaint_only_masked_padding"],
        width=given["ad_inpaint_width"] if sized else None,
        height=given["ad_inpaint_height"] if sized else None,
        **{name: given[f"ad_{name}"] for name in _SAME},
        **own,
    )
