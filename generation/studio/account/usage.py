"""/account/usage: what was used by day, model, member and key; as a file too."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.actor import Actor
from accounts.ledger import MILLICREDITS
from generation import usage as books
from generation.errors import InvalidRequest, NotFound
from generation.studio import offers
from generation.studio.account import period as periods
from generation.studio.account.chart import HIGH, bars
from generation.studio.account.ledger import plain
from generation.studio.account.page import show
from generation.studio.account.period import Period
from generation.studio.doors import member
from generation.studio.sentences import signed

MOST_LINES = 50  # of a table; the file has them all
COLUMNS = ("key", "name", "tasks", "pictures", "credits")


@dataclass(frozen=True)
class Measure:
    """What the bars show: ``of`` a line, and ``words`` for its figure."""

    label: Promise
    of: Callable[[books.Line], int]
    words: Callable[[int], str]


MEASURES = {
    "spent": Measure(gettext_lazy("Credits"), lambda line: line.spent, signed),
    "images": Measure(gettext_lazy("Pictures"), lambda line: line.images, "{:,}".format),
    "tasks": Measure(gettext_lazy("Tasks"), lambda line: line.tasks, "{:,}".format),
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """``share``: of the largest line, in per cent."""

    name: str
    tasks: str
    images: str
    spent: str
    share: str


@require_safe
@never_cache
@member
def usage(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Members see what they themselves used; owners and admins the whole."""
    measure = _measure(request)
    try:
        period, problem = periods.of(request, actor), ""
        found = _read(actor, period)
    except InvalidRequest as error:  # days that somebody typed: said beside them
        period, problem = periods.recent(actor), error.message
        found = _read(actor, period)
    context = {
        "period": period,
        "problem": problem,
        "typed": {"first": request.GET.get("from", ""), "last": request.GET.get("to", "")},
        "spans": periods.SPANS,
        "months": periods.months(actor),
        "measure": measure,
        "measures": [(name, each.label) for name, each in MEASURES.items()],
        "all": actor.can("admin"),
        **_days(found["day"], period, MEASURES[measure]),
        **_tables(actor, found, MEASURES[measure]),
    }
    return show(request, actor, "usage", "usage", context)


@require_safe
@never_cache
@member
def download(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """One grouping as CSV: ``by`` day, model, member or key."""
    by = request.GET.get("by", "day")
    if by not in _groups(actor):
        raise NotFound("no such grouping")
    try:
        period = periods.of(request, actor)
        lines = books.report(actor, by, period.first, period.last)
    except InvalidRequest as error:
        return HttpResponse(error.message, status=400, content_type="text/plain; charset=utf-8")
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"easel-usage-{by}-{period.first.isoformat()}-{period.last.isoformat()}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response.write("\ufeff")  # without it Excel takes Chinese for the machine's own code page
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    for line in lines:
        credits = f"{line.spent / MILLICREDITS:.3f}"
        writer.writerow((plain(line.key), plain(line.name), line.tasks, line.images, credits))
    return response


def _measure(request: HttpRequest) -> str:
    name = request.GET.get("show", "spent")
    if name not in MEASURES:
        raise NotFound("no such measure")
    return name


def _groups(actor: Actor) -> tuple[str, ...]:
    """By member only where there are others to see."""
    return books.GROUPS if actor.can("admin") else ("day", "model", "key")


def _read(actor: Actor, period: Period) -> dict[str, list[books.Line]]:
    return books.reports(actor, _groups(actor), period.first, period.last)


def _days(lines: list[books.Line], period: Period, measure: Measure) -> dict[str, Any]:
    figures = {line.key: measure.of(line) for line in lines}
    drawn = bars(figures, period.first, period.last)
    most = max(bar.spent for bar in drawn)
    return {
        "bars": [(bar, measure.words(bar.spent)) for bar in drawn],
        "high": int(HIGH),
        "most": measure.words(most),
        "what": measure.label,
        "spent": signed(sum(line.spent for line in lines)),
        "tasks": f"{sum(line.tasks for line in lines):,}",
        "images": f"{sum(line.images for line in lines):,}",
    }


def _tables(
    actor: Actor, found: dict[str, list[books.Line]], measure: Measure
) -> dict[str, list[Line]]:
    titles = {model.name: model.title for model in offers.models(actor)}
    nobody = {
        "model": _("Deleted tasks"),
        "member": _("Former members"),
        "key": _("In the browser"),
    }
    return {
        f"{group}s": _lines(found.get(group, []), titles | {"": empty}, measure)
        for group, empty in nobody.items()
    }


def _lines(lines: list[books.Line], names: dict[str, str], measure: Measure) -> list[Line]:
    """Largest first, MOST_LINES of them; lines of which nothing is left are not shown."""
    shown = sorted((line for line in lines if line.tasks or line.spent or line.images),
                   key=lambda line: -measure.of(line))[:MOST_LINES]  # fmt: skip
    most = max([1, *(measure.of(line) for line in shown)])
    return [
        Line(
            name=line.name or names.get(line.key) or line.key,
            tasks=f"{line.tasks:,}",
            images=f"{line.images:,}",
            spent=signed(line.spent),
            share=f"{max(0.0, 100 * measure.of(line) / most):.1f}",
        )
        for line in shown
    ]
