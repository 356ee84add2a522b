"""Bars of a chart, in the units of its drawing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

HIGH = 100.0
_GAP = 0.2  # of a day's width
_LEAST = 1.5  # so that a day with anything at all can be seen


@dataclass(frozen=True, kw_only=True)
class Bar:
    """``x``, ``y``, ``width``, ``height``: one unit a day across, HIGH units down. ``spent``: the
    figure, of credits negative on a day on which more came back than went."""

    day: date
    spent: int
    x: str
    y: str
    width: str
    height: str


def bars(spent: Mapping[str, int], first: date, last: date) -> list[Bar]:
    """One a day, also of days without anything; ``spent`` by "2026-11-21"."""
    most = max([1, *spent.values()])
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [
        _bar(number, day, spent.get(day.isoformat(), 0), most) for number, day in enumerate(days)
    ]


def _bar(number: int, day: date, spent: int, most: int) -> Bar:
    height = max(_LEAST, HIGH * spent / most) if spent > 0 else 0.0
    return Bar(
        day=day,
        spent=spent,
        x=f"{number + _GAP / 2:.2f}",
        y=f"{HIGH - height:.2f}",
        width=f"{1 - _GAP:.2f}",
        height=f"{height:.2f}",
    )
