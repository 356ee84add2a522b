from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.actor import Actor
from accounts.authentication import authenticate
from catalog import listing
from catalog.kinds import Kind
from generation import watch
from generation.dialects.coercion import Notes, read
from generation.dialects.door import base_url, json_body, reply, speaks
from generation.dialects.saas import wire
from generation.dialects.saas.fields import ModelQuery, TaskQuery
from generation.errors import NotFound
from generation.snapshot import TaskSnapshot
from generation.submit import Order, submit

ALWAYS_KEPT = timedelta(hours=48)  # a month that ends at midnight must not hide a fresh task


@speaks(wire.error_form, "POST")
def text2image(request: HttpRequest) -> HttpResponse:
    actor = authenticate(request)
    body = json_body(request)
    asked = wire.text2image(
        body, default_format=settings.EASEL_DEFAULT_IMAGE_FORMAT, strict=actor.strict
    )
    receipt = submit(
        Order(
            actor=actor,
            request=asked.request,
            dialect="saas",
            raw=body,
            client_id=asked.client_id,
            callback_url=asked.callback_url,
            base_url=base_url(request),
            warnings=asked.warnings,
        )
    )
    return reply(wire.accepted(asked.client_id), receipt.warnings)


@speaks(wire.error_form, "POST")
def query_task_info(request: HttpRequest) -> HttpResponse:
    actor = authenticate(request)
    wanted = read(TaskQuery, json_body(request), Notes()).businessTaskId
    return reply(wire.task_info(_find(actor, wanted, base_url(request))))


@speaks(wire.error_form, "POST")
def query_model_list(request: HttpRequest) -> HttpResponse:
    actor = authenticate(request)
    notes = Notes(strict=actor.strict)
    query = read(ModelQuery, json_body(request), notes)
    found = listing.rows(
        Kind.CHECKPOINT,
        actor.tenant_id,
        {"name": query.sdModelCheckpoint, "title_contains": query.sdModelName},
        listing.Page.of(query.pageNum, query.pageSize),
    )
    rows = [wire.model_row(entry) for entry in found.rows]
    body = wire.page(rows, total=found.total, size=found.page.size, number=found.page.number)
    return reply(body, notes.warnings)


def _find(actor: Actor, wanted: str, url: str) -> TaskSnapshot:
    """By the caller's own id first, then by the server's; both of the current month only."""
    since = min(month_start(actor.time_zone), timezone.now() - ALWAYS_KEPT)
    try:
        return watch.by_client_id(actor, wanted, since=since, base_url=url)
    except NotFound:
        found = watch.task(actor, wanted, base_url=url, why=False)
        if found.dialect != "saas" or (found.finished_at and found.created_at < since):
            raise
        return found


def month_start(time_zone: str) -> datetime:
    """The first moment of the current calendar month there."""
    now = timezone.now().astimezone(ZoneInfo(time_zone))
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
