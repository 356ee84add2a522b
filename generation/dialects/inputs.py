"""A submit whose body carries pictures."""

from __future__ import annotations

from dataclasses import replace

from generation import picture_file, storage
from generation.dialects.pictures import Pictures, with_keys
from generation.errors import EaselError, InvalidRequest
from generation.picture_file import UnreadablePicture
from generation.submit import Order, Receipt, submit


def submit_with_pictures(order: Order, pictures: Pictures) -> Receipt:
    """``submit`` with the pictures stored. They are removed again where no task is to have them:
    it was refused, or was there already with pictures of its own."""
    keys: dict[str, str] = {}
    try:
        for name, data in pictures.items():
            keys[name] = storage.store_input(data, field=name)
        receipt = submit(replace(order, request=with_keys(order.request, keys)))
    except EaselError:
        storage.remove(keys.values())
        raise
    if not receipt.created:
        storage.remove(keys.values())
    return receipt


def must_agree(pictures: Pictures, image: str, mask: str) -> None:
    """InvalidRequest naming the mask where both are in the body, and of two sizes."""
    if image not in pictures or mask not in pictures:
        return
    try:
        first, second = (picture_file.load(pictures[name]).size for name in (image, mask))
    except UnreadablePicture:
        return  # storing them says so, by name
    if first != second:
        text = f"the mask is {second[0]}x{second[1]}, the image {first[0]}x{first[1]}"
        raise InvalidRequest(f"{mask}: {text}", field=mask)
