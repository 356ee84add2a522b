"""The axes of a grid: what may vary, and how each value changes a request. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from pydantic import ValidationError

from generation.errors import InvalidRequest
from generation.needs import LORA_TAG
from generation.request import MAX_SEED, Hires, ImageRequest

NONE = "None"  # of a style: without one


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
        raise wrong(text % {"value": value[:80], "why": said}) from error


def wrong(text: str) -> InvalidRequest:
    """What is said of a value of an axis."""
    return InvalidRequest(text, field="values")
