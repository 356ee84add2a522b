"""A page of the history as the templates show it: tiles under the days on which they were made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.actor import Actor
from generation import history
from generation.errors import InvalidRequest, NotFound
from generation.studio import cards
from generation.studio.history.asking import FilterForm

PAGE = 40  # tasks


@dataclass(kw_only=True)
class Day:
    """``title`` "" where the page before ended on the same day."""

    title: str
    tiles: list[cards.Tile] = field(default_factory=list)


def found(
    request: HttpRequest, actor: Actor, form: FilterForm, album: int | None = None
) -> dict[str, Any]:
    """NotFound for a cursor that is none of ours."""
    cursor, filters = request.GET.get("cursor"), form.filters(album)
    try:
        page = history.page(actor, form.looked_at(), filters, cursor=cursor, limit=PAGE)
    except InvalidRequest as error:
        raise NotFound("no such page") from error
    onward = ""
    if page.next_cursor:
        onward = form.address(request.path, cursor=page.next_cursor)
    return {
        "days": days(page.entries, page.before if cursor else None),
        "onward": onward,
        "chips": form.chips(request.path),
        "bare": request.path,
        "form": form,
    }


def days(entries: Sequence[history.Entry], before: datetime | None) -> list[Day]:
    last = timezone.localdate(before) if before else None
    made: list[Day] = []
    for entry in entries:
        tiles = _tiles(entry)
        day = timezone.localdate(entry.task.created_at)
        if tiles and (day != last or not made):
            made.append(Day(title="" if day == last else title(day)))
            last = day
        if tiles:
            made[-1].tiles.extend(tiles)
    return made


def title(day: date) -> str:
    today = timezone.localdate()
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    return date_format(day)


def _tiles(entry: history.Entry) -> list[cards.Tile]:
    if not entry.task.outputs:
        return cards.tiles(entry.task)
    marked = entry.favourites
    return [cards.tile(entry.task, output, output.id in marked) for output in entry.outputs]
