"""The pictures that a body of the native API names: stored for its task, checked for a quote."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from accounts.actor import Actor
from generation import storage, uploads
from generation.dialects.native import wire
from generation.errors import EaselError
from generation.request import ImageRequest

_PARTS = ("init", "mask", "swap")
_NO_REQUEST = {"x", "y"}  # of a grid's body


def with_pictures(actor: Actor, asked: wire.CreateTask, keep: bool) -> ImageRequest:
    """The request with its pictures stored; for a quote they are checked and not kept."""
    plain: dict[str, Any] = asked.model_dump(exclude={*_PARTS, "controlnet", *_NO_REQUEST})
    kept: list[str] = []

    def reference(text: str, field: str) -> dict[str, str]:
        found = _picture(actor, text, field, keep)
        kept.append(found.get("stored", ""))
        return found

    try:
        for name in _PARTS:
            part = getattr(asked, name)
            if part is not None:
                plain[name] = part.model_dump() | {"image": reference(part.image, f"{name}.image")}
        plain["controlnet"] = tuple(
            unit.model_dump()
            | {"image": unit.image and reference(unit.image, f"controlnet.{index}.image")}
            for index, unit in enumerate(asked.controlnet)
        )
        return ImageRequest.model_validate(plain)
    except EaselError:
        if keep:  # the second picture is none: the first has no task
            storage.remove([name for name in kept if name])
        raise


def without_pictures(asked: wire.CreateTask) -> dict[str, Any]:
    """The body as it is kept and compared: a picture by its hash, not twice in the database."""

    def hashed(part: dict[str, Any]) -> dict[str, Any]:
        image = part.get("image")
        return part | ({"image": sha256(image.encode()).hexdigest()} if image else {})

    plain: dict[str, Any] = asked.model_dump(mode="json", exclude_unset=True)
    for name in _PARTS:
        if plain.get(name):
            plain[name] = hashed(plain[name])
    if "controlnet" in plain:
        plain["controlnet"] = [hashed(unit) for unit in plain["controlnet"]]
    return plain


def _picture(actor: Actor, text: str, field: str, keep: bool) -> dict[str, str]:
    """What a task keeps of a picture that was sent along, uploaded before, or has an address."""
    if wire.is_address(text):
        return {"url": text}
    if wire.is_upload(text):
        if keep:
            return {"stored": uploads.copy_for_task(actor, text, field=field)}
        uploads.find(actor, text, field=field)
        return {"stored": "quote"}
    data = wire.image_bytes(text, field)
    if keep:
        return {"stored": storage.store_input(data, field=field)}
    storage.check_input(data, field=field)
    return {"stored": "quote"}


def forget(asked: ImageRequest) -> None:
    """No task is to have them: it was refused, or has pictures of its own."""
    parts = [asked.init, asked.mask, asked.swap, *asked.controlnet]
    names = [part.image.stored for part in parts if part and part.image]
    storage.remove([name for name in names if name])
