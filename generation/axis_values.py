"""The values of an axis: typed as a person types them, or listed as a program sends them.

Typed as in WebUI's X/Y plot: ``1, 2, 3``; ``1-5 (+2)`` is 1, 3, 5; ``1-10 [5]`` is five numbers
from 1 to 10. A value with a comma stands in quotes. Pure.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from generation.axes import PARAMETERS, Axis, Parameter, wrong
from generation.request import MAX_SIDE

MOST_VALUES = 100  # of one axis
_RANGE = re.compile(
    r"(-?\d+(?:\.\d+)?)\s*-\s*(-?\d+(?:\.\d+)?)"
    r"\s*(?:\(\s*([+-]?\d+(?:\.\d+)?)\s*\)|\[\s*(\d{1,6})\s*\])?"
)
_NUMBER = re.compile(r"[+-]?\d{1,20}(?:\.\d{1,10})?")
_SIZE = re.compile(r"(\d{1,5})(?:\s*[x×*]\s*(\d{1,5}))?", re.IGNORECASE)
_WIDE_COMMA = str.maketrans({"，": ",", "；": ",", ";": ","})
_SUBJECT = re.compile(r"\s*(?:<lora:)?([^:,<>]*[^\d\s:,.<>-][^:,<>]*):\s*", re.IGNORECASE)


def parse(name: str, text: str) -> Axis:
    """An axis from what was typed. InvalidRequest, its field "values"; KeyError for a name that
    is no parameter."""
    parameter = PARAMETERS[name]
    subject = ""
    if name == "lora" and (named := _SUBJECT.match(text)):
        subject, text = named[1].strip(), text[named.end() :].replace(">", "")
    if name != "prompt" and (parameter.is_number or name == "size"):
        text = text.translate(_WIDE_COMMA)
    pieces = _pieces(text)
    return listed(name, pieces, subject)


def listed(name: str, pieces: Sequence[str], subject: str = "") -> Axis:
    """An axis from its values one by one; a range of numbers is one of them. Raises as
    ``parse``."""
    parameter = PARAMETERS[name]
    if parameter.is_number:
        values = [value for piece in pieces for value in _numbers(parameter, piece.strip())]
    elif name == "size":
        values = [_size(piece.strip()) for piece in pieces]
    else:
        values = list(pieces)
    if name != "seed":  # -1 twice is two seeds
        values = list(dict.fromkeys(values))
    if not values:
        raise wrong(_("write at least one value"))
    if len(values) > MOST_VALUES:
        raise wrong(_("at most %(most)d values") % {"most": MOST_VALUES})
    return Axis(name=name, values=tuple(values), subject=subject)


def _pieces(text: str) -> list[str]:
    if "\x00" in text:
        raise wrong(_("a character that no text may have"))
    try:
        rows = list(csv.reader(text.splitlines(), skipinitialspace=True))
    except csv.Error as error:
        raise wrong(_("the quotes do not match")) from error
    return [piece.strip() for row in rows for piece in row if piece.strip()]


def _numbers(parameter: Parameter, piece: str) -> list[str]:
    found = _RANGE.fullmatch(piece)
    if found:
        values = _span(parameter, *found.groups())
    elif _NUMBER.fullmatch(piece):
        values = [Decimal(piece)]
    else:
        text = _("“%(value)s” is neither a number nor a range such as 1-5 (+2) or 1-10 [5]")
        raise wrong(text % {"value": piece[:80]})
    return [_checked(parameter, value) for value in values]


def _span(
    parameter: Parameter, first: str, last: str, step: str | None, count: str | None
) -> list[Decimal]:
    start, end = Decimal(first), Decimal(last)
    if count is not None:
        return _evenly(parameter, start, end, int(count))
    by = Decimal(step) if step is not None else Decimal(1)
    by = abs(by) if end >= start else -abs(by)
    if not by or abs(end - start) / abs(by) >= MOST_VALUES:
        raise wrong(_("at most %(most)d values") % {"most": MOST_VALUES})
    return [start + by * number for number in range(int((end - start) / by) + 1)]


def _evenly(parameter: Parameter, start: Decimal, end: Decimal, count: int) -> list[Decimal]:
    if not 0 < count <= MOST_VALUES:
        raise wrong(_("at most %(most)d values") % {"most": MOST_VALUES})
    if count == 1:
        return [start]
    values = [start + (end - start) * number / (count - 1) for number in range(count)]
    if parameter.whole:  # as WebUI does: what is behind the point falls away
        return [Decimal(int(value)) for value in values]
    return [round(value, 4) for value in values]


def _checked(parameter: Parameter, value: Decimal) -> str:
    assert parameter.least is not None
    assert parameter.most is not None
    if parameter.whole and value != value.to_integral_value():
        raise wrong(_("“%(value)s” is no whole number") % {"value": value})
    if not parameter.least <= value <= parameter.most:
        text = _("“%(value)s” is not from %(least)s to %(most)s")
        raise wrong(text % {"value": value, "least": parameter.least, "most": parameter.most})
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _size(piece: str) -> str:
    found = _SIZE.fullmatch(piece)
    if not found:
        raise wrong(_("“%(value)s” is no size such as 512x768") % {"value": piece[:80]})
    wide, high = int(found[1]), int(found[2] or found[1])
    for side in (wide, high):
        if not 64 <= side <= MAX_SIDE or side % 8:
            text = _("“%(value)s”: each side is a multiple of 8 from 64 to %(most)d")
            raise wrong(text % {"value": piece, "most": MAX_SIDE})
    return f"{wide}×{high}"
