"""The form's values of an earlier task's pictures."""

from __future__ import annotations

from typing import Any

from accounts.actor import Actor
from generation import access, storage
from generation.errors import EaselError
from generation.request import ImageRef, ImageRequest
from generation.studio.sources import keeping, units


def again(actor: Actor, task_id: str) -> dict[str, Any]:
    """What ``SourceFields`` had when this task was asked for; NotFound as for every task."""
    return of_request(actor, access.task(actor, task_id).image_request)


def of_request(actor: Actor, request: ImageRequest) -> dict[str, Any]:
    """The same of a request of the actor's own. Its pictures become uploads again; one that is
    gone is left out."""
    values: dict[str, Any] = {}
    if request.init and request.is_painted:
        values |= {
            "init": _upload(actor, request.init.image),
            "resize_mode": str(request.init.resize_mode.value),
            "denoising_strength": request.init.denoising_strength,
        }
    values |= _mask(actor, request)
    for number, unit in enumerate(unit for unit in request.controlnet if unit.enabled):
        values |= units.values(number, unit, _upload(actor, unit.image))
    for detail in request.adetailer[:1]:
        values |= {
            "detail_model": detail.model,
            "detail_prompt": detail.prompt,
            "detail_strength": detail.denoising_strength,
        }
    return values


def has_pictures(request: dict[str, object]) -> bool:
    """Whether a task's request (as its row has it) needs this part of the form."""
    return any(request.get(name) for name in ("init", "controlnet", "adetailer"))


def _mask(actor: Actor, request: ImageRequest) -> dict[str, Any]:
    mask = request.mask
    if mask is None:
        return {}
    return {
        "mask": _upload(actor, mask.image),
        "mask_blur": mask.blur,
        "mask_fill": str(mask.fill.value),
        "mask_area": "masked" if mask.only_masked else "whole",
        "mask_padding": mask.padding,
        "mask_side": "rest" if mask.invert else "",
    }


def _upload(actor: Actor, image: ImageRef | None) -> str:
    if image is None or not image.stored:
        return ""
    try:
        return str(keeping.keep(actor, storage.open_stored(image.stored)).pk)
    except EaselError:
        return ""  # gone, or there is no room for it: the rest of the settings comes back
