"""/account/usage: the balance, and what was spent by day, model and key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.actor import Actor
from generation import usage as books
from generation.errors import NotFound
from generation.studio import offers, quoting
from generation.studio.account.chart import HIGH, bars
from generation.studio.doors import member, wants_fragment
from generation.studio.sentences import signed

SPANS = (7, 30, 90, 365)  # days
USUAL = 30


@dataclass(frozen=True, kw_only=True)
class Line:
    """``share``: of the largest line, in per cent."""

    name: str
    tasks: int
    images: int
    spent: str
    share: str


@require_safe
@never_cache
@member
def usage(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Members see what they themselves used; owners and admins the whole."""
    days = _span(request.GET.get("days", str(USUAL)))
    context = {"actor": actor, "tab": "usage", "balance": quoting.balance_of(actor)}
    context |= {"days": days, "spans": SPANS, "all": actor.can("admin"), **_used(actor, days)}
    if wants_fragment(request):
        return render(request, "studio/account/_usage.html", context)
    return render(request, "studio/account/usage.html", context)


def _span(text: str) -> int:
    if text not in {str(each) for each in SPANS}:
        raise NotFound("no such span of days")
    return int(text)


def _used(actor: Actor, days: int) -> dict[str, Any]:
    last = books.today(actor)
    first = last - timedelta(days=days - 1)
    by_day = books.report(actor, "day", first, last)
    drawn = bars({line.key: line.spent for line in by_day}, first, last)
    titles = {model.name: model.title for model in offers.models(actor)}
    models = books.report(actor, "model", first, last)
    keys = books.report(actor, "key", first, last)
    return {
        "bars": [(bar, signed(bar.spent)) for bar in drawn],
        "high": int(HIGH),
        "first": first,
        "last": last,
        "most": signed(max(bar.spent for bar in drawn)),
        "spent": signed(sum(line.spent for line in by_day)),
        "tasks": sum(line.tasks for line in by_day),
        "images": sum(line.images for line in by_day),
        "models": _lines(models, titles | {"": _("Deleted tasks")}),
        "keys": _lines(keys, {line.key: line.name for line in keys} | {"": _("In the browser")}),
    }


def _lines(lines: list[books.Line], names: dict[str, str]) -> list[Line]:
    """Dearest first."""
    most = max([1, *(line.spent for line in lines)])
    return [
        Line(
            name=names.get(line.key) or line.key,
            tasks=line.tasks,
            images=line.images,
            spent=signed(line.spent),
            share=f"{max(0.0, 100 * line.spent / most):.1f}",
        )
        for line in sorted(lines, key=lambda line: -line.spent)
    ]
