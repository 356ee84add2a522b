"""/account/ledger: each movement of credits, for owners and admins; as a file too."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import statement
from accounts.actor import Actor
from accounts.ledger import MILLICREDITS
from accounts.models import Entry, EntryKind
from generation import usage
from generation.errors import NotFound
from generation.models import Task
from generation.studio import quoting
from generation.studio.doors import member, wants_fragment
from generation.studio.sentences import signed

PAGE = 50
AT_ONCE = 1000  # entries of a file that are read together
# Words of accounts.ledger and of whoever closes a task.
REASONS = {
    "remainder": gettext_lazy("not needed"),
    "failed": gettext_lazy("failed"),
    "cancelled": gettext_lazy("cancelled"),
    "blocked": gettext_lazy("blocked"),
    "code": gettext_lazy("Redemption code"),
}
COLUMNS = ("id", "time", "kind", "credits", "task", "key_lineage", "reason", "note")


@dataclass(frozen=True, kw_only=True)
class Row:
    """``linked``: the task is still there."""

    entry: Entry
    kind: str
    amount: str
    why: str
    linked: bool


@require_safe
@never_cache
@member
def ledger(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Newest first; with ``before`` the entries from there on."""
    page = statement.entries(actor, before=_number(request.GET.get("before")), limit=PAGE)
    context = {
        "actor": actor,
        "tab": "ledger",
        "rows": _rows(actor, page.entries),
        "before": None if page.before is None else str(page.before),
    }
    if wants_fragment(request):
        return render(request, "studio/account/_ledger.html", context)
    context["balance"] = quoting.balance_of(actor)
    return render(request, "studio/account/ledger.html", context)


@require_safe
@never_cache
@member
def download(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The whole of the books, read as it is sent."""
    newest = statement.entries(actor, before=None, limit=AT_ONCE)
    response = StreamingHttpResponse(_file(actor, newest), content_type="text/csv; charset=utf-8")
    name = f"easel-ledger-{usage.today(actor).isoformat()}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound("no such page")
    return int(text)


def _rows(actor: Actor, entries: list[Entry]) -> list[Row]:
    ids = {entry.task for entry in entries if entry.task is not None}
    there = Task.objects.filter(tenant_id=actor.tenant_id, pk__in=ids)
    known = set(there.values_list("pk", flat=True))
    return [
        Row(
            entry=entry,
            kind=str(capfirst(EntryKind(entry.kind).label)),
            amount=signed(entry.amount),
            why=_why(entry),
            linked=entry.task in known,
        )
        for entry in entries
    ]


def _why(entry: Entry) -> str:
    said = str(REASONS.get(entry.reason, entry.reason))
    return ", ".join(part for part in (said, entry.note) if part)


def _file(actor: Actor, page: statement.Statement) -> Iterator[str]:
    zone = ZoneInfo(actor.time_zone)
    # The mark in front: without it Excel takes Chinese for the machine's own code page.
    yield "\ufeff" + _lines([COLUMNS])
    while True:
        yield _lines([_cells(entry, zone) for entry in page.entries])
        if page.before is None:
            return
        page = statement.entries(actor, before=page.before, limit=AT_ONCE)


def _cells(entry: Entry, zone: ZoneInfo) -> tuple[object, ...]:
    at = entry.created_at.astimezone(zone).isoformat(timespec="seconds")
    credits = f"{entry.amount / MILLICREDITS:.3f}"
    note = plain(entry.note)
    lineage = entry.lineage or ""
    return (entry.pk, at, entry.kind, credits, entry.task or "", lineage, entry.reason, note)


def plain(text: str) -> str:
    """No formula: a spreadsheet would run what begins with one of these."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _lines(rows: Iterable[tuple[object, ...]]) -> str:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
