"""A finished task as a request once more: exactly, varied, or enlarged.

Inputs belong to one task and are deleted with it, so each new task is given copies.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from django.utils.translation import gettext as _

from accounts.actor import Actor
from generation import storage
from generation.errors import InputUnusable, InvalidRequest, NotFound
from generation.plan import MAX_DRAWN_SEED
from generation.request import Cutout, Extras, ImageRef, ImageRequest, Init
from generation.snapshot import OutputSnapshot, TaskSnapshot
from generation.submit import Order, Quoted, Receipt, quote, submit

DIALECT = "native"
Change = Literal["same", "subtle", "strong"]
# How far the noise is turned towards another seed: a tenth keeps the scene and moves details, a
# third keeps subject and colours at most.
STRENGTHS: dict[str, float] = {"subtle": 0.1, "strong": 0.35}
VARIATIONS = 4
LONGEST_SIDE = 8192  # of what comes out of the upscaler: request.Extras


def whole(task: TaskSnapshot) -> ImageRequest:
    """The request as it was carried out: names resolved, seed drawn."""
    return ImageRequest.model_validate(task.request)


def one(task: TaskSnapshot, output: OutputSnapshot) -> ImageRequest:
    """The request for this picture alone: of several, each has a seed of its own."""
    request = whole(task)
    if not request.is_painted:
        return request
    changes: dict[str, Any] = {"seed": output.seed, "batch_size": 1, "n_iter": 1}
    if request.subseed_strength:  # then the seed stays and the variation seeds count up
        changes |= {"seed": request.seed, "subseed": _next(request.subseed, output.index)}
    return request.model_copy(update=changes)


def changed(actor: Actor, task: TaskSnapshot, output: OutputSnapshot, how: Change) -> ImageRequest:
    """InvalidRequest where there is nothing to vary: enlargements and captions have no seed."""
    request = one(task, output)
    if how == "same":
        return request
    if not request.is_painted or request.qr:
        raise InvalidRequest(_("this cannot be varied"))
    return request.model_copy(
        update={
            "subseed": secrets.randbelow(MAX_DRAWN_SEED),
            "subseed_strength": STRENGTHS[how],
            "n_iter": min(VARIATIONS, actor.limits.max_images),
        }
    )


def enlarged(output_file: str, *, factor: float, upscaler: str) -> ImageRequest:
    return ImageRequest(
        init=Init(image=ImageRef(stored=output_file)),
        extras=Extras(factor=factor, upscaler=upscaler),
    )


def cut_out(output_file: str, *, model: str, feather: float) -> ImageRequest:
    return ImageRequest(
        init=Init(image=ImageRef(stored=output_file)),
        cutout=Cutout(model=model, feather=feather),
    )


def order(actor: Actor, request: ImageRequest, said: dict[str, Any]) -> Order:
    return Order(actor=actor, request=request, dialect=DIALECT, raw=said)


def price(actor: Actor, request: ImageRequest) -> Quoted:
    """Raises what ``submit`` would."""
    return quote(order(actor, request, {}))


def send(actor: Actor, request: ImageRequest, said: dict[str, Any]) -> Receipt:
    """Submits with inputs of its own. ``said``: the person's words, kept with the task."""
    with _own_inputs(request) as asked:
        return submit(order(actor, asked, said))


@contextmanager
def _own_inputs(request: ImageRequest) -> Iterator[ImageRequest]:
    """Copies are removed again where nothing came of it."""
    copies: dict[str, str] = {}
    try:
        for field, ref in request.inputs.items():
            if ref.stored and ref.stored not in copies:
                copies[ref.stored] = _copied(ref.stored, field)
        yield _with(request, copies)
    except Exception:
        storage.remove(copies.values())
        raise


def _copied(stored: str, field: str) -> str:
    try:
        return storage.copy_input(stored)
    except NotFound as error:
        raise InputUnusable(_("its input picture is not there any more"), field=field) from error


def _with(request: ImageRequest, copies: dict[str, str]) -> ImageRequest:
    def own(part: Any) -> Any:
        if part is None or part.image is None or part.image.stored not in copies:
            return part
        return part.model_copy(update={"image": ImageRef(stored=copies[part.image.stored])})

    units = tuple(own(unit) for unit in request.controlnet if unit.enabled)
    changes = {"init": own(request.init), "mask": own(request.mask), "controlnet": units}
    return request.model_copy(update=changes)


def _next(subseed: int | None, index: int) -> int | None:
    return None if subseed is None else subseed + index
