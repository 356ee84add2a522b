"""The axes of a grid: what may vary, how its values are typed, and how each changes a request.

Values are typed as in WebUI's X/Y plot: ``1, 2, 3``; ``1-5 (+2)`` is 1, 3, 5; ``1-10 [5]`` is five
numbers from 1 to 10. A value with a comma stands in quotes. Pure.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from pydantic import ValidationError

from generation.errors import InvalidRequest
from generation.needs import LORA_TAG
from generation.request import MAX_SEED, MAX_SIDE, Hires, ImageRequest

MOST_VALUES = 100  # of one axis
NONE = "None"  # of a style: without one

_RANGE = re.compile(
    r"(-?\d+(?:\.\d+)?)\s*-\s*(-?\d+(?:\.\d+)?)"
    r"\s*(?:\(\s*([+-]?\d+(?:\.\d+)?)\s*\)|\[\s*(\d{1,6})\s*\])?"
)
_NUMBER = re.compile(r"[+-]?\d{1,20}(?:\.\d{1,10})?")
_SIZE = re.compile(r"(\d{1,5})(?:\s*[x×*]\s*(\d{1,5}))?", re.IGNORECASE)
_WIDE_COMMA = str.maketrans({"，": ",", "；": ",", ";": ","})
_SUBJECT = re.compile(r"\s*(?:<lora:)?([^:,<>]*[^\d\s:,.<>-][^:,<>]*):\s*", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Axis:
    """``values`` as a person reads them; ``subject`` is the LoRA whose weight varies."""

    name: str
    values: tuple[str, ...]
    subject: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "values": list(self.values), "subject": self.subject}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Axis:
        return cls(
            name=plain["name"], values=tuple(plain["values"]), subject=plain.get("subject", "")
        )

    @property
    def typed(self) -> str:
        """As a person would type it: ``parse`` makes the same axis of it."""
        values = [f'"{value}"' if "," in value else value for value in self.values]
        return f"{self.subject}: " * bool(self.subject) + ", ".join(values)


Change = Callable[[ImageRequest, str, Axis], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """``field``: where the core speaks of it. ``least`` to ``most``: of a number; ``whole``: it
    has no fraction; else values are words. ``change`` answers what of the request changes."""

    change: Change
    field: str
    least: Decimal | None = None
    most: Decimal | None = None
    whole: bool = False

    @property
    def is_number(self) -> bool:
        return self.least is not None


def _same(name: str, convert: Callable[[str], object]) -> Change:
    return lambda request, value, axis: {name: convert(value)}


def _number(name: str, least: str, most: str, *, whole: bool = False) -> Parameter:
    return Parameter(
        change=_same(name, int if whole else float),
        field=name,
        least=Decimal(least),
        most=Decimal(most),
        whole=whole,
    )


def _replaced(request: ImageRequest, value: str, axis: Axis) -> dict[str, Any]:
    sought = axis.values[0]
    names = ("prompt", "negative_prompt")
    if not any(sought in getattr(request, name) for name in names):
        raise InvalidRequest(
            _("“%(text)s” stands neither in the prompt nor in the negative prompt")
            % {"text": sought},
            field="values",
        )
    return {name: getattr(request, name).replace(sought, value) for name in names}


def _weighed(request: ImageRequest, value: str, axis: Axis) -> dict[str, Any]:
    name = axis.subject or _only_lora(request)
    found = [m for m in LORA_TAG.finditer(request.prompt) if m[1].strip().lower() == name.lower()]
    tag = f"<lora:{name}:{value}>"
    if not found:
        return {"prompt": f"{request.prompt} {tag}".strip()}
    first = found[0]
    return {"prompt": request.prompt[: first.start()] + tag + request.prompt[first.end() :]}


def _only_lora(request: ImageRequest) -> str:
    names = list(dict.fromkeys(m[1].strip() for m in LORA_TAG.finditer(request.prompt)))
    if len(names) != 1:
        raise InvalidRequest(
            _("say which LoRA: write its name and a colon before the weights"), field="values"
        )
    return str(names[0])


def _sized(request: ImageRequest, value: str, axis: Axis) -> dict[str, Any]:
    wide, high = value.split("×")
    return {"width": int(wide), "height": int(high)}


def _styled(request: ImageRequest, value: str, axis: Axis) -> dict[str, Any]:
    return {"styles": request.styles if value == NONE else (*request.styles, value)}


def _enlarged(request: ImageRequest, value: str, axis: Axis) -> dict[str, Any]:
    hires = request.hires or Hires()
    return {"hires": hires.model_dump() | {"scale": float(value), "width": 0, "height": 0}}


def _denoised(request: ImageRequest, value: str, axis: Axis) -> dict[str, Any]:
    for name in ("init", "hires"):
        part = getattr(request, name)
        if part is not None:
            return {name: part.model_dump() | {"denoising_strength": float(value)}}
    raise InvalidRequest(
        _("denoising needs a picture to begin with, or the second, larger pass"), field="values"
    )


def _sown(request: ImageRequest, value: str, axis: Axis) -> dict[str, Any]:
    return {"seed": None if value == "-1" else int(value)}


def _varied(request: ImageRequest, value: str, axis: Axis) -> dict[str, Any]:
    subseed = request.subseed if request.subseed is not None else (request.seed or 0) + 1
    return {"subseed_strength": float(value), "subseed": min(subseed, MAX_SEED)}


# In the order in which two of them are applied: the picture's second pass is there before its
# denoising is set, words are replaced before a LoRA's weight is.
PARAMETERS: dict[str, Parameter] = {
    "prompt": Parameter(change=_replaced, field="prompt"),
    "seed": Parameter(
        change=_sown, field="seed", least=Decimal(-1), most=Decimal(MAX_SEED), whole=True
    ),
    "steps": _number("steps", "1", "150", whole=True),
    "cfg_scale": _number("cfg_scale", "1", "30"),
    "sampler": Parameter(change=_same("sampler", str), field="sampler"),
    "checkpoint": Parameter(change=_same("checkpoint", str), field="checkpoint"),
    "vae": Parameter(change=_same("vae", str), field="vae"),
    "style": Parameter(change=_styled, field="styles"),
    "lora": Parameter(change=_weighed, field="loras", least=Decimal(-5), most=Decimal(5)),
    "clip_skip": _number("clip_skip", "1", "12", whole=True),
    "size": Parameter(change=_sized, field="width"),
    "hires_scale": Parameter(
        change=_enlarged, field="hires.scale", least=Decimal(1), most=Decimal(4)
    ),
    "denoising": Parameter(
        change=_denoised, field="denoising_strength", least=Decimal(0), most=Decimal(1)
    ),
    "subseed_strength": Parameter(
        change=_varied, field="subseed_strength", least=Decimal(0), most=Decimal(1)
    ),
}
_ORDER = list(PARAMETERS)


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
    if parameter.is_number:
        values = [value for piece in pieces for value in _numbers(parameter, piece)]
    elif name == "size":
        values = [_size(piece) for piece in pieces]
    else:
        values = pieces
    if name != "seed":  # -1 twice is two seeds
        values = list(dict.fromkeys(values))
    if not values:
        raise _wrong(_("write at least one value"))
    if len(values) > MOST_VALUES:
        raise _wrong(_("at most %(most)d values") % {"most": MOST_VALUES})
    return Axis(name=name, values=tuple(values), subject=subject)


def expand(request: ImageRequest, x: Axis, y: Axis | None) -> list[ImageRequest]:
    """The request of each cell, row by row. InvalidRequest, its field "x" or "y": a value that the
    request cannot take, two axes that say the same."""
    if y is not None and _say_the_same(x, y):
        raise InvalidRequest(_("both axes vary the same"), field="y")
    cells = []
    for down in y.values if y else ("",):
        for across in x.values:
            wishes = [(x, across), *([(y, down)] if y else [])]
            changed = request
            for axis, value in sorted(wishes, key=lambda wish: _ORDER.index(wish[0].name)):
                try:
                    changed = _changed(changed, axis, value)
                except InvalidRequest as error:
                    error.field = "x" if axis is x else "y"
                    raise
            cells.append(changed)
    return cells


def _say_the_same(x: Axis, y: Axis) -> bool:
    """Two may replace words, or weigh two LoRAs."""
    if x.name != y.name or x.name == "prompt":
        return False
    return x.name != "lora" or x.subject.lower() == y.subject.lower()


def _changed(request: ImageRequest, axis: Axis, value: str) -> ImageRequest:
    parameter = PARAMETERS[axis.name]
    try:
        change = parameter.change(request, value, axis)
        return ImageRequest.model_validate(request.model_dump() | change)
    except ValidationError as error:
        said = error.errors()[0]["msg"]
        text = _("“%(value)s” does not go here: %(why)s")
        raise _wrong(text % {"value": value[:80], "why": said}) from error


def _pieces(text: str) -> list[str]:
    if "\x00" in text:
        raise _wrong(_("a character that no text may have"))
    try:
        rows = list(csv.reader(text.splitlines(), skipinitialspace=True))
    except csv.Error as error:
        raise _wrong(_("the quotes do not match")) from error
    return [piece.strip() for row in rows for piece in row if piece.strip()]


def _numbers(parameter: Parameter, piece: str) -> list[str]:
    found = _RANGE.fullmatch(piece)
    if found:
        values = _span(parameter, *found.groups())
    elif _NUMBER.fullmatch(piece):
        values = [Decimal(piece)]
    else:
        text = _("“%(value)s” is neither a number nor a range such as 1-5 (+2) or 1-10 [5]")
        raise _wrong(text % {"value": piece[:80]})
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
        raise _wrong(_("at most %(most)d values") % {"most": MOST_VALUES})
    return [start + by * number for number in range(int((end - start) / by) + 1)]


def _evenly(parameter: Parameter, start: Decimal, end: Decimal, count: int) -> list[Decimal]:
    if not 0 < count <= MOST_VALUES:
        raise _wrong(_("at most %(most)d values") % {"most": MOST_VALUES})
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
        raise _wrong(_("“%(value)s” is no whole number") % {"value": value})
    if not parameter.least <= value <= parameter.most:
        text = _("“%(value)s” is not from %(least)s to %(most)s")
        raise _wrong(text % {"value": value, "least": parameter.least, "most": parameter.most})
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _size(piece: str) -> str:
    found = _SIZE.fullmatch(piece)
    if not found:
        raise _wrong(_("“%(value)s” is no size such as 512x768") % {"value": piece[:80]})
    wide, high = int(found[1]), int(found[2] or found[1])
    for side in (wide, high):
        if not 64 <= side <= MAX_SIDE or side % 8:
            text = _("“%(value)s”: each side is a multiple of 8 from 64 to %(most)d")
            raise _wrong(text % {"value": piece, "most": MAX_SIDE})
    return f"{wide}×{high}"


def _wrong(text: str) -> InvalidRequest:
    return InvalidRequest(text, field="values")
