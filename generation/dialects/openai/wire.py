"""OpenAI images, from bodies to requests. Pure; the way back is in ``answers``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from generation.dialects.coercion import Notes, read
from generation.dialects.openai.fields import Common, Edit, Generation, Prompted, Variation
from generation.errors import InvalidRequest
from generation.request import MAX_SIDE, ControlNetUnit, ImageRequest, Init, Mask

C = TypeVar("C", bound=Common)
Size = tuple[int, int]
SMALLEST = 64  # pixels a side
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
# Sampling steps of each quality.
STEPS = {"low": 12, "medium": 20, "high": 40, "xhigh": 60, "max": 80}
STEPS |= {"auto": STEPS["medium"], "standard": STEPS["medium"], "hd": STEPS["high"]}
FORMATS: dict[str, Literal["png", "jpg", "webp"]] = {"png": "png", "jpeg": "jpg", "webp": "webp"}
EDITED = 0.75  # denoising strength of an edit; of a variation a little nearer to the picture
VARIED = 0.6


NOT_HERE = ("complexity", "frame_count", "frame_duration_ms", "svg", "markup")


@dataclass(frozen=True, kw_only=True)
class Sent:
    """The pictures of a call: bytes, or an address. ``name``: what the call calls them."""

    name: str
    images: tuple[bytes | str, ...]
    mask: bytes | str | None = None

    def field(self, at: int) -> str:
        """As the published API's own messages name it; a form's first is ``image``."""
        return self.name if at == 0 and self.name == "image" else f"{self.name}[{at}]"


class UnknownParameter(InvalidRequest):
    code = "unknown_parameter"


class MissingParameter(InvalidRequest):
    code = "missing_required_parameter"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a call asks for. ``size`` None: auto."""

    form: Common
    size: Size | None
    warnings: tuple[str, ...]

    @property
    def is_stream(self) -> bool:
        return isinstance(self.form, Prompted) and self.form.stream

    @property
    def event(self) -> str:
        """The first part of the names of its events."""
        return "image_generation" if isinstance(self.form, Generation) else "image_edit"

    def request(
        self,
        size: Size,
        init: Init | None = None,
        mask: Mask | None = None,
        references: tuple[ControlNetUnit, ...] = (),
    ) -> ImageRequest:
        form = self.form
        plain: dict[str, Any] = {
            "checkpoint": form.model,
            "negative_prompt": form.negative_prompt,
            "seed": form.seed,
            "n_iter": form.n,
            "width": size[0],
            "height": size[1],
            "init": init,
            "mask": mask,
            "controlnet": references,
        }
        if isinstance(form, Prompted):
            plain |= {
                "prompt": form.prompt,
                "steps": STEPS[form.quality],
                "output_format": FORMATS[form.output_format],
            }
        if isinstance(form, Generation) and form.style:
            plain["styles"] = (form.style,)
        return ImageRequest(**plain)

    @property
    def end_user(self) -> str:
        return self.form.safety_identifier or self.form.user

    @property
    def strength(self) -> float:
        return VARIED if isinstance(self.form, Variation) else EDITED


def generation(body: Mapping[str, Any], *, strict: bool = False) -> Asked:
    """InvalidRequest naming the parameter; so do the other two."""
    notes = Notes(strict=strict)
    return _asked(_read(Generation, body, notes), notes)


def edit(body: Mapping[str, Any], *, strict: bool = False) -> Asked:
    notes = Notes(strict=strict)
    form = _read(Edit, body, notes)
    if form.input_fidelity == "high":
        raise InvalidRequest("high input fidelity is not available", field="input_fidelity")
    return _asked(form, notes)


def variation(body: Mapping[str, Any], *, strict: bool = False) -> Asked:
    notes = Notes(strict=strict)
    return _asked(_read(Variation, body, notes), notes)


def _read(kind: type[C], body: Mapping[str, Any], notes: Notes) -> C:
    try:
        return read(kind, body, notes)
    except InvalidRequest as error:
        cause = error.__cause__
        first = cause.errors()[0]["type"] if isinstance(cause, ValidationError) else ""
        if first == "extra_forbidden":
            raise UnknownParameter("unknown parameter", field=error.field) from error
        if first == "missing":
            raise MissingParameter("missing required parameter", field=error.field) from error
        raise


def _asked(form: Common, notes: Notes) -> Asked:
    if isinstance(form, Prompted):
        _must_be_possible(form)
    size = _size(form.size, notes)
    return Asked(form=form, size=size, warnings=tuple(notes.warnings))


def _must_be_possible(form: Prompted) -> None:
    for name in NOT_HERE:
        if getattr(form, name, None) is not None:
            raise InvalidRequest("not available", field=name)
    if form.moderation == "low":
        raise InvalidRequest("the audit is not weakened by a request", field="moderation")
    if form.background == "transparent":
        raise InvalidRequest("transparent pictures are not available", field="background")
    if form.output_compression != 100:
        raise InvalidRequest("only 100 is available", field="output_compression")
    if form.partial_images and not form.stream:
        raise InvalidRequest("partial images need stream", field="partial_images")


def _size(text: str, notes: Notes) -> Size | None:
    if text.strip().lower() in ("auto", ""):
        return None
    found = _SIZE.fullmatch(text.strip().lower())
    if not found:
        raise InvalidRequest("expected WIDTHxHEIGHT or auto", field="size")
    wide, high = int(found[1]), int(found[2])
    rounded = wide // 8 * 8, high // 8 * 8
    if rounded != (wide, high):
        if notes.strict:
            raise InvalidRequest("both sides must be multiples of 8", field="size")
        notes.coerced("size", text, f"{rounded[0]}x{rounded[1]}")
    if min(rounded) < SMALLEST or max(rounded) > MAX_SIDE:
        raise InvalidRequest(f"each side has {SMALLEST} to {MAX_SIDE} pixels", field="size")
    return rounded


def fitted(size: Size, longest: int) -> Size:
    """A size of the same shape whose sides we can draw, none above ``longest``."""
    scale = min(1.0, longest / max(size))
    wide, high = (max(SMALLEST, int(side * scale) // 8 * 8) for side in size)
    return wide, high
