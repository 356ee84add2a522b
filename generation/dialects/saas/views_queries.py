"""The query calls of saas: the catalog by pages, and tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.actor import Actor
from accounts.authentication import authenticate
from catalog import listing
from catalog.kinds import Kind
from generation import watch
from generation.dialects.coercion import Notes, read
from generation.dialects.door import View, base_url, json_body, reply, speaks
from generation.dialects.saas import lists, wire
from generation.dialects.saas.queries import (
    ArchiveQuery,
    LoraQuery,
    ModelQuery,
    Paging,
    TaskQuery,
    VaeQuery,
)
from generation.errors import NotFound
from generation.snapshot import TaskSnapshot

ALWAYS_KEPT = timedelta(hours=48)  # a month that ends at midnight must not hide a fresh task
EVER = datetime(1970, 1, 1, tzinfo=UTC)


@speaks(wire.error_form, "POST")
def query_task_info(request: HttpRequest) -> HttpResponse:
    """Of the current month, and always what is unfinished or younger than 48 hours."""
    actor = authenticate(request)
    wanted = read(TaskQuery, json_body(request), Notes()).businessTaskId
    since = min(month_start(actor.time_zone), timezone.now() - ALWAYS_KEPT)
    return reply(wire.task_info(_find(actor, wanted, base_url(request), since), timezone.now()))


@speaks(wire.error_form, "POST")
def query_archive_task_info(request: HttpRequest) -> HttpResponse:
    """Of any month; where a month is named, of that one."""
    actor = authenticate(request)
    query = read(ArchiveQuery, json_body(request), Notes())
    found = _find(actor, query.businessTaskId, base_url(request), EVER)
    made = f"{found.created_at.astimezone(ZoneInfo(actor.time_zone)):%Y-%m}"
    if query.month not in ("", made):
        raise NotFound("no such task")
    return reply(wire.archive_info(found, timezone.now(), actor.time_zone))


def _find(actor: Actor, wanted: str, url: str, since: datetime) -> TaskSnapshot:
    """By the caller's own id first, then by the server's. What ended before ``since`` is as if it
    never was."""
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


def _listing(
    kind: Kind,
    query_form: type[Paging],
    filters: Mapping[str, str],
    row: Callable[[Any, str], dict[str, Any]],
) -> View:
    """``filters``: a field of the query → the catalog's word for it."""

    @speaks(wire.error_form, "POST")
    def query_list(request: HttpRequest) -> HttpResponse:
        actor = authenticate(request)
        notes = Notes(strict=actor.strict)
        query = read(query_form, json_body(request), notes)
        found = listing.rows(
            kind,
            actor.tenant_id,
            {word: getattr(query, name) for name, word in filters.items()},
            listing.Page.of(query.pageNum, query.pageSize),
        )
        page = found.page
        rows = [row(entry, base_url(request)) for entry in found.rows]
        body = lists.page(rows, total=found.total, size=page.size, number=page.number)
        return reply(body, notes.warnings)

    return query_list


query_model_list = _listing(
    Kind.CHECKPOINT,
    ModelQuery,
    {"sdModelCheckpoint": "name", "sdModelName": "title_contains"},
    lists.model_row,
)
query_lora_list = _listing(
    Kind.LORA,
    LoraQuery,
    {"sdLoraName": "title_contains", "loraBaseModel": "base_model"},
    lists.lora_row,
)
query_vae_list = _listing(Kind.VAE, VaeQuery, {"vaeFileName": "name_contains"}, lists.vae_row)
query_embedding_list = _listing(Kind.EMBEDDING, Paging, {}, lists.embedding_row)
