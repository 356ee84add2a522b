"""The seven calls of sdtest. A drawing answers when it is done: it waits in the event loop."""

from __future__ import annotations

import base64
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from accounts.actor import Actor
from accounts.authentication import authenticate
from accounts.models import KeyKind
from catalog import access as catalog
from generation import deletion, storage
from generation.dialects import patience
from generation.dialects.door import base_url, json_body, reply, speaks, with_warnings
from generation.dialects.inputs import submit_with_pictures
from generation.dialects.pictures import Pictures
from generation.dialects.sdtest import records, wire
from generation.errors import ContentRefused
from generation.models import Output
from generation.picture_file import CONTENT_TYPES
from generation.sending import send
from generation.stream import Hub
from generation.submit import Order


@speaks(wire.error_form, "POST")
def txt2img(request: HttpRequest) -> HttpResponse:
    """With ``init_images`` it is image to image: the source gives both under this path."""
    return _draw(request, needs_picture=False)


@speaks(wire.error_form, "POST")
def img2img(request: HttpRequest) -> HttpResponse:
    return _draw(request, needs_picture=True)


def _draw(request: HttpRequest, *, needs_picture: bool) -> HttpResponse:
    caller = authenticate(request, KeyKind.OPEN_SDTEST)
    asked = wire.drawing(json_body(request), needs_picture=needs_picture, strict=caller.strict)
    actor = records.acting_as(caller, asked.drawing.id)
    styles, warnings = _styles(actor, asked)
    pictures: Pictures = {}
    order = Order(
        actor=actor,
        request=asked.request(pictures, styles=styles),
        dialect=records.DIALECT,
        raw=asked.kept(),
        base_url=base_url(request),
        warnings=(*asked.warnings, *warnings),
    )
    receipt = submit_with_pictures(order, pictures)

    async def work(hub: Hub) -> HttpResponse:
        task = await patience.end_of(hub, actor, receipt.task_id, order.base_url)
        found = await hub.run(_drawn, actor, asked.type, task.id)
        missing = task.images - len(found)
        if not found:
            raise ContentRefused("the audit withheld the pictures")
        withheld = [f"batch_size: the audit withheld {missing} pictures"] if missing else []
        return reply(wire.drawn(found), [*task.warnings, *withheld])

    return with_warnings(patience.answered(wire.error_form, work), receipt.warnings)


def _styles(actor: Actor, asked: wire.Asked) -> tuple[list[str], list[str]]:
    """Those of the catalog that are wanted; and what a caller should know about it."""
    if not asked.style:
        return [], []
    if actor.strict or catalog.resolve_style(actor.tenant_id, asked.style, records.DIALECT):
        return [asked.style], []
    return [], [f"style: {asked.style!r} is none of the catalog's: it joins the prompt"]


def _drawn(actor: Actor, kind: str, task_id: UUID) -> list[wire.Record]:
    found = records.outputs(actor, kind).filter(task_id=task_id)
    return [records.record_of(output, kind) for output in found]


@speaks(wire.error_form, "GET", "HEAD")
def t2ihistory(request: HttpRequest, user: str) -> HttpResponse:
    return _history(request, user, "t2i")


@speaks(wire.error_form, "GET", "HEAD")
def i2ihistory(request: HttpRequest, user: str) -> HttpResponse:
    return _history(request, user, "i2i")


def _history(request: HttpRequest, user: str, kind: str) -> HttpResponse:
    actor = records.acting_as(authenticate(request, KeyKind.OPEN_SDTEST), user)
    page, size = wire.page_of(request.GET.dict())
    found = records.outputs(actor, kind)
    rows = found[(page - 1) * size : page * size]
    shown = [records.record_of(output, kind) for output in rows]
    return reply(wire.history(str(actor.user_id), kind, shown, found.count()))


@speaks(wire.error_form, "GET", "HEAD")
def get_images(request: HttpRequest, user: str, kind: str, filename: str) -> HttpResponse:
    """The bytes; base64 in JSON for a caller that accepts JSON and no picture."""
    output, _ = _named(request, user, kind, filename)
    if _wants_json(request):
        data = base64.b64encode(storage.open_stored(output.file)).decode()
        return reply({"code": 200, "data": data})
    etag = f'"{output.sha256}"'
    kind_of_file = CONTENT_TYPES[output.format]
    size = storage.size(output.file) if request.method == "HEAD" else output.size
    response = send(request, output.file, size, etag, kind_of_file)
    # Asked for again each time: the right to see it may have gone, the bytes never change.
    patch_cache_control(response, private=True, no_cache=True)
    response["Vary"] = "Accept, Authorization"
    return response  # type: ignore[return-value]  # a streaming one is no HttpResponse


def _wants_json(request: HttpRequest) -> bool:
    accept = request.headers.get("Accept", "")
    return "application/json" in accept and "image/" not in accept and "*/*" not in accept


@speaks(wire.error_form, "GET", "HEAD")
def get_args(request: HttpRequest, user: str, kind: str, filename: str) -> HttpResponse:
    output, record = _named(request, user, kind, filename)
    return reply(wire.args(output.task.raw, record, int(output.seed)))


@speaks(wire.error_form, "DELETE")
def delete(request: HttpRequest, user: str, kind: str, filename: str) -> HttpResponse:
    """The row, the file, the thumbnail; with a task's last picture all that is left of it."""
    actor = records.acting_as(authenticate(request, KeyKind.OPEN_SDTEST), user)
    found = _find(actor, kind, filename)
    deletion.delete_picture(actor, found.pk)
    return reply(wire.deleted(1))


def _named(request: HttpRequest, user: str, kind: str, filename: str) -> tuple[Output, wire.Record]:
    actor = records.acting_as(authenticate(request, KeyKind.OPEN_SDTEST), user)
    found = _find(actor, kind, filename)
    return found, records.record_of(found, wire.type_of(kind))


def _find(actor: Actor, kind: str, filename: str) -> Output:
    known = wire.type_of(kind)
    return records.find(actor, known, wire.name_of(filename, known))
