"""The only coercions there are, as pydantic types that report what they did. Pure.

    numeric strings     "25" → 25, "0.5" → 0.5, 25.0 → 25
    truth words         "true", "false", 0, 1 → a boolean
    letter case         "euler A" → "Euler a" (by the catalog)
    sizes               rounded down to a multiple of 8
    an absent sampler   the server's default

Each one made is a line in the ``Notes`` of the call. Under ``strict`` none is made, and the value
is refused as it stands. Everything else that does not fit is refused by name in any case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo

from generation.errors import EaselError, InvalidRequest

T = TypeVar("T", bound=BaseModel)
DEEPEST = 32  # levels of a body; the documented ones have five, Python's stack ends at about 300
_TRUTH = {"true": True, "false": False, "1": True, "0": False}


@dataclass
class Notes:
    """The context of one validation: may coerce or not, and what was coerced."""

    strict: bool = False
    warnings: list[str] = field(default_factory=list)

    def coerced(self, name: str | None, before: object, after: object) -> None:
        self.warnings.append(f"{name}: {_short(before)} was read as {after!r}")


def _notes(info: ValidationInfo) -> Notes:
    return info.context if isinstance(info.context, Notes) else Notes()


def _integer(value: Any, info: ValidationInfo) -> Any:
    notes = _notes(info)
    if isinstance(value, bool):
        raise ValueError("expected a whole number")
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        if notes.strict:  # pydantic would read it
            raise ValueError(f"expected a whole number, got {_short(value)}")
        try:
            number = int(value.strip())
        except ValueError as error:
            raise ValueError(f"expected a whole number, got {_short(value)}") from error
        notes.coerced(info.field_name, value, number)
        return number
    return value


def _number(value: Any, info: ValidationInfo) -> Any:
    notes = _notes(info)
    if isinstance(value, bool):
        raise ValueError("expected a number")
    if isinstance(value, str):
        if notes.strict:  # pydantic would read it
            raise ValueError(f"expected a number, got {_short(value)}")
        try:
            number = float(value.strip())
        except ValueError as error:
            raise ValueError(f"expected a number, got {_short(value)}") from error
        notes.coerced(info.field_name, value, number)
        return number
    return value


def _truth(value: Any, info: ValidationInfo) -> Any:
    notes = _notes(info)
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, int | str) else ""
    if word not in _TRUTH or notes.strict:
        raise ValueError(f"expected true or false, got {_short(value)}")
    notes.coerced(info.field_name, value, _TRUTH[word])
    return _TRUTH[word]


def _side(value: Any, info: ValidationInfo) -> Any:
    """A size in pixels, rounded down to a multiple of 8."""
    value = _integer(value, info)
    notes = _notes(info)
    if isinstance(value, int) and value % 8 and not notes.strict:
        notes.coerced(info.field_name, value, value // 8 * 8)
        return value // 8 * 8
    return value


def _text(value: Any) -> Any:
    if isinstance(value, str) and "\x00" in value:
        raise ValueError("contains a NUL character")
    return value


Integer = Annotated[int, BeforeValidator(_integer)]
Number = Annotated[float, BeforeValidator(_number)]
Truth = Annotated[bool, BeforeValidator(_truth)]
Side = Annotated[int, BeforeValidator(_side)]
Text = Annotated[str, BeforeValidator(_text)]


class Wire(BaseModel):
    """A body as a client writes it: unknown fields are ignored, null is as absent."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False, protected_namespaces=())


def without_nulls(body: Mapping[str, Any]) -> dict[str, Any]:
    """``body`` without the fields that are null, at every depth of objects and their lists."""

    def clean(value: Any, depth: int) -> Any:
        if depth > DEEPEST:
            raise InvalidRequest("the body is nested too deeply")
        if isinstance(value, Mapping):
            return {key: clean(each, depth + 1) for key, each in value.items() if each is not None}
        if isinstance(value, list):
            return [clean(each, depth + 1) for each in value]
        return value

    return {key: clean(value, 1) for key, value in body.items() if value is not None}


def read(kind: type[T], body: Mapping[str, Any], notes: Notes) -> T:
    """``body`` as ``kind``. InvalidRequest naming the first field that does not fit."""
    try:
        return kind.model_validate(without_nulls(body), context=notes)
    except ValidationError as error:
        raise first_problem(error) from error


def first_problem(error: ValidationError) -> InvalidRequest:
    found = error.errors(include_url=False, include_context=False, include_input=False)[0]
    name = ".".join(str(part) for part in found["loc"] if not str(part).startswith("function-"))
    if found["type"] == "missing":
        return InvalidRequest(f"{name} is required", field=name)
    text = found["msg"].removeprefix("Value error, ")
    return InvalidRequest(f"{name}: {text}" if name else text, field=name)


def in_their_words(error: EaselError, names: Mapping[str, str]) -> str:
    """The message, beginning with the field at fault as the caller spells it."""
    name = names.get(error.field, error.field)
    message = error.message.removeprefix(f"{error.field}: ") if error.field else error.message
    return f"{name}: {message}" if name and name not in message else message


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
