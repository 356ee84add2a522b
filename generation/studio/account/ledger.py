"""/account/ledger: each movement of credits, for owners and admins; as a file too."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from io import StringIO
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
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
from generation.studio.account import period as periods
from generation.studio.account.page import show
from generation.studio.doors import member
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
COLUMNS = ("id", "time", "kind", "credits", "balance", "task", "key_lineage", "reason", "note")


@dataclass(frozen=True, kw_only=True)
class Row:
    """``linked``: the task is still there. ``after``: the balance after it, "" in a list that is
    filtered."""

    entry: Entry
    kind: str
    amount: str
    after: str
    why: str
    linked: bool


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What of the books is asked for. ``month``: "2026-11", or "" for all."""

    kind: str
    month: str
    days: tuple[date, date] | None

    def page(self, actor: Actor, before: int | None, limit: int) -> statement.Statement:
        return statement.entries(actor, before=before, limit=limit, kind=self.kind, days=self.days)

    @property
    def query(self) -> str:
        given = {"kind": self.kind, "month": self.month}
        return urlencode({name: value for name, value in given.items() if value})


@require_safe
@never_cache
@member
def ledger(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Newest first; with ``before`` the entries from there on."""
    wanted = _wanted(request, actor)
    page = wanted.page(actor, _number(request.GET.get("before")), PAGE)
    context = {
        "wanted": wanted,
        "kinds": [("", _("All")), *((k.value, capfirst(k.label)) for k in EntryKind)],
        "months": periods.months(actor),
        "rows": _rows(actor, page.entries, with_balance=not wanted.kind),
        "before": None if page.before is None else str(page.before),
    }
    return show(request, actor, "ledger", "ledger", context)


@require_safe
@never_cache
@member
def download(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The whole of what is asked for, read as it is sent."""
    wanted = _wanted(request, actor)
    newest = wanted.page(actor, None, AT_ONCE)
    file = _file(actor, wanted, newest)
    response = StreamingHttpResponse(file, content_type="text/csv; charset=utf-8")
    name = f"easel-ledger-{wanted.month or usage.today(actor).isoformat()}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _wanted(request: HttpRequest, actor: Actor) -> Wanted:
    """NotFound for a kind or a month that is none."""
    kind, month = request.GET.get("kind", ""), request.GET.get("month", "")
    if kind and kind not in EntryKind.values:
        raise NotFound("no such kind")
    period = periods.month(month) if month else None
    days = (period.first, period.last) if period else None
    return Wanted(kind=kind, month=month, days=days)


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound("no such page")
    return int(text)


def _rows(actor: Actor, entries: list[Entry], *, with_balance: bool) -> list[Row]:
    ids = {entry.task for entry in entries if entry.task is not None}
    there = Task.objects.filter(tenant_id=actor.tenant_id, pk__in=ids)
    known = set(there.values_list("pk", flat=True))
    after = statement.balances(actor, entries) if with_balance else {}
    return [
        Row(
            entry=entry,
            kind=str(capfirst(EntryKind(entry.kind).label)),
            amount=signed(entry.amount),
            after=signed(after[entry.pk]) if entry.pk in after else "",
            why=_why(entry),
            linked=entry.task in known,
        )
        for entry in entries
    ]


def _why(entry: Entry) -> str:
    said = str(REASONS.get(entry.reason, entry.reason))
    return ", ".join(part for part in (said, entry.note) if part)


def _file(actor: Actor, wanted: Wanted, page: statement.Statement) -> Iterator[str]:
    zone = ZoneInfo(actor.time_zone)
    # The mark in front: without it Excel takes Chinese for the machine's own code page.
    yield "\ufeff" + _lines([COLUMNS])
    while True:
        after = {} if wanted.kind else statement.balances(actor, page.entries)
        yield _lines([_cells(entry, zone, after.get(entry.pk)) for entry in page.entries])
        if page.before is None:
            return
        page = wanted.page(actor, page.before, AT_ONCE)


def _cells(entry: Entry, zone: ZoneInfo, after: int | None) -> tuple[object, ...]:
    at = entry.created_at.astimezone(zone).isoformat(timespec="seconds")
    credits = f"{entry.amount / MILLICREDITS:.3f}"
    left = "" if after is None else f"{after / MILLICREDITS:.3f}"
    words = (entry.reason, plain(entry.note))
    return (entry.pk, at, entry.kind, credits, left, entry.task or "", entry.lineage or "", *words)


def plain(text: str) -> str:
    """No formula: a spreadsheet would run what begins with one of these."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _lines(rows: Iterable[tuple[object, ...]]) -> str:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
