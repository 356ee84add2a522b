"""The tools' calls of saas: one view for all, and one to ask for their tasks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.actor import Actor
from accounts.authentication import authenticate
from generation import watch
from generation.dialects.coercion import Notes, read
from generation.dialects.door import base_url, json_body, reply, speaks
from generation.dialects.inputs import submit_with_pictures
from generation.dialects.pictures import Pictures, without_pictures
from generation.dialects.saas.queries import TaskQuery
from generation.errors import EaselError, InvalidRequest, NotFound
from generation.models.output import id_of
from generation.snapshot import TaskSnapshot
from generation.storage import links
from generation.submit import Order
from tools import registry
from tools.saas import wire
from tools.tool import Tool

EVER = datetime(1970, 1, 1, tzinfo=UTC)


@speaks(wire.error_form, "POST")
def submit(request: HttpRequest, tool: str) -> HttpResponse:
    """Answers at once; the address of the picture answers 404 until it is there."""
    actor = authenticate(request)
    found = registry.by_code(tool)
    if found is None and tool in registry.UNSERVED:
        raise InvalidRequest(f"{tool}: a published tool that is not served here")
    if found is None:
        raise wire.UnknownTool("unknown toolCode")
    try:
        return _submitted(request, actor, found)
    except EaselError as error:
        wire.put_in_words_of(found, error)
        raise


def _submitted(request: HttpRequest, actor: Actor, found: Tool) -> HttpResponse:
    sent = json_body(request)
    notes = Notes(strict=actor.strict)
    body = read(found.body, sent, notes)
    if actor.strict and not body.businessTaskId:
        raise InvalidRequest("businessTaskId is required", field="businessTaskId")
    pictures: Pictures = {}
    wanted = found.request(body, pictures)
    base = base_url(request)
    order = Order(
        actor=actor,
        request=wanted,
        dialect="saas",
        raw=without_pictures(sent) | {"tool": found.code},
        client_id=body.businessTaskId,
        callback_url=body.callbackUrl,
        base_url=base,
        warnings=tuple(notes.warnings),
    )
    receipt = submit_with_pictures(order, pictures)
    address = _address(receipt.task_id, timezone.now(), wanted.output_format, base)
    shown = wire.accepted(found.code, body.businessTaskId, receipt.task_id, address)
    return reply(shown, receipt.warnings)


@speaks(wire.error_form, "POST")
def query_task(request: HttpRequest, tool: str) -> HttpResponse:
    """The tool's own task of this id; where it has none, whatever task has it, as what it is."""
    actor = authenticate(request)
    wanted = read(TaskQuery, json_body(request), Notes()).businessTaskId
    base = base_url(request)
    task = _find(actor, wanted, tool, base)
    kind = str(task.request.get("output_format") or "png")
    address = _address(task.id, task.created_at, kind, base)
    return reply(wire.task_info(task, timezone.now(), address))


def _find(actor: Actor, wanted: str, code: str, base: str) -> TaskSnapshot:
    """By the caller's own id first, then by the server's; whenever it was."""
    tool = registry.by_code(code)
    for kind in ((tool.kind,) if tool else ()) + ("",):
        try:
            return watch.by_client_id(actor, wanted, since=EVER, base_url=base, kind=kind)
        except NotFound:
            continue
    found = watch.task(actor, wanted, base_url=base, why=False)
    if found.dialect != "saas":
        raise NotFound("no such task")
    return found


def _address(task_id: UUID, made: datetime, kind: str, base: str) -> str:
    expires = made + timedelta(days=settings.EASEL_FILE_DAYS)
    return base + links.sign(id_of(task_id, 0), links.Variant.IMAGE, expires, kind)
