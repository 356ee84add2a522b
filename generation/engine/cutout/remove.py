"""A picture with its ground made transparent.

    cut(picture, Asked(model="auto"), models) → RGBA of the same size

Models: ``person`` (people), ``object`` (any one thing), the operator's networks by their names, and
``auto``: the operator's first network, else the person if there is one, else the thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from generation.engine.cutout import matte, networks, people, things
from generation.engine.cutout.matte import Values

AUTO, PERSON, OBJECT = "auto", "person", "object"
MAX_PIXELS = 4096 * 4096
"""Colours take 20 numbers a pixel while they are guessed: 1.3 GB of so many."""
WORK = 1536
"""Pixels of the longer side on which edges are refined; alpha is enlarged from there."""


@dataclass(frozen=True, kw_only=True)
class Matting:
    """Only the edge is left soft; thresholds of 0 to 255, pixels."""

    foreground: int = 240
    background: int = 10
    erode: int = 10


@dataclass(frozen=True, kw_only=True)
class Asked:
    model: str = AUTO
    matting: Matting | None = None


def offered(models: Path | None) -> tuple[str, ...]:
    """The names of the models here."""
    return (AUTO, PERSON, OBJECT, *networks.found(models))


def named(name: str, models: Path | None) -> str | None:
    """As it is offered, whatever its case; None where it is not."""
    wanted = name.strip().removesuffix(".onnx").casefold()
    return next((each for each in offered(models) if each.casefold() == wanted), None)


def cut(image: Image.Image, asked: Asked, models: Path | None) -> Image.Image:
    """ValueError for an operator's file that is no such network."""
    picture = np.asarray(image.convert("RGB"), np.float32) / np.float32(255)
    small = things.shrunk(picture, WORK)
    rough = _rough(small, asked.model, models)
    height, width = small.shape[:2]
    grown = cv2.resize(rough, (width, height), interpolation=cv2.INTER_LINEAR)
    # The edge may be off by a pixel and a half of the mask's own.
    radius = max(2, round(1.5 * max(width / rough.shape[1], height / rough.shape[0])))
    alpha = matte.refined(small, np.asarray(grown, np.float32), radius)
    if asked.matting:
        one = asked.matting
        alpha = matte.trimap_kept(alpha, one.foreground, one.background, one.erode)
    alpha = np.asarray(cv2.resize(alpha, image.size, interpolation=cv2.INTER_LINEAR), np.float32)
    return _composed(picture, alpha, image)


def _rough(picture: Values, model: str, models: Path | None) -> Values:
    own = networks.found(models)
    if model in own:
        return networks.mask(picture, own[model])
    if model == AUTO and own:
        return networks.mask(picture, next(iter(own.values())))
    seen = people.mask(picture)
    if model == PERSON or (model == AUTO and people.is_person(seen)):
        return seen
    return things.mask(picture, seen if people.is_something(seen) else None)


def _composed(picture: Values, alpha: Values, image: Image.Image) -> Image.Image:
    """What was transparent before stays so."""
    if image.has_transparency_data:
        before = np.asarray(image.convert("RGBA").getchannel("A"), np.float32) / np.float32(255)
        alpha = np.asarray(alpha * before, np.float32)
    layers = np.dstack([matte.colours(picture, alpha), alpha])
    layers[alpha == 0] = 0  # the ground is gone, not hidden
    return Image.fromarray((layers * 255).round().astype(np.uint8), "RGBA")


def installed() -> bool:
    return find_spec("cv2") is not None
