"""Which days a page or a file is about: the last so many, a month, or from one day to another."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.actor import Actor
from generation import usage
from generation.errors import InvalidRequest, NotFound

SPANS = (7, 30, 90)  # days
USUAL = 30
MONTHS = 12  # offered, the newest first
_MONTH = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True, kw_only=True)
class Period:
    """``first`` to ``last``, both included. ``days``: of SPANS, else 0; ``month``: "2026-11", else
    "". ``query``: what brings it back."""

    first: date
    last: date
    days: int = 0
    month: str = ""
    query: str = ""

    @property
    def custom(self) -> bool:
        return not self.days and not self.month


def of(request: HttpRequest, actor: Actor) -> Period:
    """NotFound for what is no span or month. InvalidRequest for days that are none, in the wrong
    order, or too many: a person may have typed those."""
    asked = request.GET
    if asked.get("from") or asked.get("to"):
        return _between(asked.get("from", ""), asked.get("to", ""))
    if asked.get("month"):
        return month(asked["month"])
    days = asked.get("days", str(USUAL))
    if days not in {str(each) for each in SPANS}:
        raise NotFound("no such span of days")
    return recent(actor, int(days))


def recent(actor: Actor, days: int = USUAL) -> Period:
    last = usage.today(actor)
    first = last - timedelta(days=days - 1)
    return Period(first=first, last=last, days=days, query=f"days={days}")


def months(actor: Actor) -> list[tuple[str, str]]:
    """("2026-11", "November 2026"), the newest first."""
    day, found = usage.today(actor).replace(day=1), []
    for _number in range(MONTHS):
        found.append((f"{day:%Y-%m}", str(date_format(day, "YEAR_MONTH_FORMAT"))))
        day = (day - timedelta(days=1)).replace(day=1)
    return found


def month(text: str) -> Period:
    """NotFound for what is none."""
    parts = _MONTH.fullmatch(text)
    if not parts or not (1 <= int(parts[2]) <= 12 and 2000 <= int(parts[1]) <= 2200):
        raise NotFound("no such month")
    year, number = int(parts[1]), int(parts[2])
    last = calendar.monthrange(year, number)[1]
    return Period(
        first=date(year, number, 1),
        last=date(year, number, last),
        month=text,
        query=urlencode({"month": text}),
    )


def _between(first: str, last: str) -> Period:
    days = {}
    for field, text in (("from", first), ("to", last)):
        try:
            days[field] = date.fromisoformat(text)
        except ValueError as error:
            text = _("%(field)s: a day, as 2026-11-21") % {"field": field}
            raise InvalidRequest(text, field=field) from error
        if not 2000 <= days[field].year <= 2200:
            text = _("%(field)s: a day of our time") % {"field": field}
            raise InvalidRequest(text, field=field)
    query = urlencode({"from": first, "to": last})
    return Period(first=days["from"], last=days["to"], query=query)
