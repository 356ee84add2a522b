"""/v1/: the images of OpenAI's API. The calls answer with the pictures: they wait in the event
loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse

from accounts.actor import Actor
from accounts.authentication import authenticate
from catalog import access as catalog
from catalog.kinds import Kind
from catalog.models import BaseModel, Entry
from generation import access, picture_file, storage
from generation.dialects import patience
from generation.dialects.door import base_url, json_body, reply, speaks, with_warnings
from generation.dialects.openai import answers, inputs, wire
from generation.errors import EaselError, InvalidRequest, UnknownModel
from generation.models import Output
from generation.request import ImageRequest
from generation.snapshot import TaskSnapshot
from generation.stream import Hub, Waiting, sse
from generation.submit import Order

SMALL, LARGE = 512, 1024  # pixels a side of "auto", by the model's family
_LARGE_FAMILIES = (BaseModel.SDXL, BaseModel.SD3, BaseModel.FLUX)


@speaks(answers.error_form, "POST")
def generations(request: HttpRequest) -> HttpResponse:
    actor = authenticate(request)
    body = json_body(request)
    asked = wire.generation(body, strict=actor.strict)
    side = _side(actor, asked)
    return _draw(request, actor, asked, asked.request(asked.size or (side, side)), body)


@speaks(answers.error_form, "POST")
def edits(request: HttpRequest) -> HttpResponse:
    actor = authenticate(request)
    body, sent = inputs.read_call(request, actor)
    asked = wire.edit(body, strict=actor.strict)
    return _redraw(request, actor, asked, body, sent, inputs.mask_of(sent))


@speaks(answers.error_form, "POST")
def variations(request: HttpRequest) -> HttpResponse:
    actor = authenticate(request)
    body, sent = inputs.read_form(request)
    if sent.mask is not None:
        raise InvalidRequest("a variation has no mask", field="mask")
    if len(sent.images) > 1:
        raise InvalidRequest("a variation is of one picture", field="image[1]")
    asked = wire.variation(body, strict=actor.strict)
    return _redraw(request, actor, asked, body, sent, None)


@speaks(answers.error_form, "GET", "HEAD")
def models(request: HttpRequest) -> HttpResponse:
    actor = authenticate(request)
    found = catalog.choices(Kind.CHECKPOINT, actor.tenant_id)
    allowed = actor.limits.checkpoints
    rows = [_model(actor, row) for row in found if not allowed or row.name in allowed]
    return reply(answers.models(rows))


@speaks(answers.error_form, "GET", "HEAD")
def model(request: HttpRequest, name: str) -> HttpResponse:
    actor = authenticate(request)
    found = catalog.resolve_checkpoint(actor.tenant_id, name, "openai") if name.strip() else None
    allowed = actor.limits.checkpoints
    if not found or not found.entry or (allowed and found.name not in allowed):
        raise UnknownModel(f"the model {name!r} does not exist", field="checkpoint")
    return reply(_model(actor, found.entry) | {"id": name})


def _model(actor: Actor, entry: Entry) -> dict[str, Any]:
    owner = actor.tenant_name if entry.tenant_id else "easel"
    return answers.model(entry.name, owner)


def _side(actor: Actor, asked: wire.Asked) -> int:
    """What "auto" means for the model, within what the caller may have."""
    found = catalog.resolve_checkpoint(actor.tenant_id, asked.form.model, "openai")
    family = found.entry.base_model if found and found.entry else ""
    side = LARGE if family in _LARGE_FAMILIES else SMALL
    return min(side, (actor.limits.max_side or side) // 8 * 8 or side)


def _redraw(
    request: HttpRequest,
    actor: Actor,
    asked: wire.Asked,
    body: dict[str, Any],
    sent: wire.Sent,
    mask: bytes | str | None,
) -> HttpResponse:
    size = asked.size or _shape(actor, asked, inputs.size_of(sent))
    sources = inputs.keep(sent, mask, asked.strength)
    raw = body | inputs.hashes(sent)
    return _draw(request, actor, asked, asked.request(size, *sources), raw)


def _shape(actor: Actor, asked: wire.Asked, size: wire.Size | None) -> wire.Size:
    """What "auto" means for an edit: the picture's own shape, a square for one that is not here
    yet."""
    if size is None:
        side = _side(actor, asked)
        return side, side
    return wire.fitted(size, min(LARGE, actor.limits.max_side or LARGE))


def _draw(
    request: HttpRequest,
    actor: Actor,
    asked: wire.Asked,
    wanted: ImageRequest,
    raw: dict[str, Any],
) -> HttpResponse:
    order = Order(
        actor=actor,
        request=wanted,
        dialect="openai",
        raw=raw,
        idempotency_key=_idempotency_key(request),
        base_url=base_url(request),
        warnings=asked.warnings,
    )
    receipt = patience.submit_with_inputs(order)
    give = _stream if asked.is_stream else _whole
    return with_warnings(give(actor, asked, receipt.task_id, order.base_url), receipt.warnings)


def _idempotency_key(request: HttpRequest) -> str | None:
    key = request.headers.get("Idempotency-Key") or None
    if key and len(key) > 128:
        raise InvalidRequest("at most 128 characters", field="Idempotency-Key")
    return key


def _whole(actor: Actor, asked: wire.Asked, task_id: UUID, url: str) -> HttpResponse:
    async def work(hub: Hub) -> HttpResponse:
        task = await patience.end_of(hub, actor, task_id, url)
        answers.shown_outputs(task)
        only_url = asked.form.response_format == "url"
        files = {} if only_url else await hub.run(_files, actor, task_id)
        body = answers.images(asked, task, files)
        return reply(body, [*task.warnings, *answers.withheld(task)])

    return patience.answered(answers.error_form, work)


def _stream(actor: Actor, asked: wire.Asked, task_id: UUID, url: str) -> HttpResponse:
    async def produce(hub: Hub) -> AsyncIterator[bytes]:
        partials = _Partials(asked)
        try:
            task = None
            async for task in patience.looks(hub, actor, task_id, url, preview=partials.wanted > 0):
                for event in partials.of(task):
                    yield event
            assert task is not None
            patience.done(task)
            files = await hub.run(_files, actor, task_id)
            for body in answers.completed(asked, task, files):
                yield _event(body)
        except EaselError as error:
            refusal = {"type": "error"} | answers.error_form(error)[1]
            yield sse("error", orjson.dumps(refusal).decode())

    return Waiting(produce)


class _Partials:
    """Of the previews that a task has on its way, as many as were asked for, spread evenly: with
    three the first after a quarter. Fewer where it was done sooner."""

    def __init__(self, asked: wire.Asked) -> None:
        self._asked = asked
        self.wanted: int = getattr(asked.form, "partial_images", 0)
        self._given = 0
        self._seq = -1

    def of(self, task: TaskSnapshot) -> list[bytes]:
        at = task.progress
        if at is None or not at.preview or at.seq == self._seq or self._given >= self.wanted:
            return []
        if at.fraction < (self._given + 1) / (self.wanted + 1):
            return []
        self._seq = at.seq
        wide, high = picture_file.size(at.preview)
        event = answers.partial(self._asked, task, self._given, at.preview, f"{wide}x{high}")
        self._given += 1
        return [_event(event)]


def _event(body: dict[str, Any]) -> bytes:
    return sse(body["type"], orjson.dumps(body).decode())


def _files(actor: Actor, task_id: UUID) -> dict[UUID, bytes]:
    """The bytes of the pictures that may be seen."""
    task = access.task(actor, task_id)
    return {
        output.pk: storage.open_stored(output.file)
        for output in Output.objects.visible().filter(task=task)
    }
