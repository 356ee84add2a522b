"""The fields of one ControlNet unit, and the unit that they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from generation.models import Upload
from generation.request import (
    MAX_SIDE,
    ControlMode,
    ControlNetUnit,
    ImageRef,
    Preprocess,
    ResizeMode,
)
from generation.studio.sources.able import SAME, Able

MOST = 3
RESIZE_MODES = [
    (str(ResizeMode.CROP_AND_RESIZE.value), _("Crop to fit")),
    (str(ResizeMode.RESIZE_AND_FILL.value), _("Fill up the edges")),
    (str(ResizeMode.JUST_RESIZE.value), _("Stretch")),
]
MODES = [
    (ControlMode.BALANCED.value, _("Both alike")),
    (ControlMode.PROMPT.value, _("The prompt rather")),
    (ControlMode.CONTROL.value, _("The picture rather")),
]
RESOLUTIONS = [("", _("As fine as the picture")), *((str(n), f"{n} px") for n in (512, 768, 1024))]
FINEST = 1024  # pixels: a look need not be finer, nor cost more
WIDEST = 4096.0  # of a threshold, whatever the preprocessor
DEFAULTS: dict[str, Any] = {
    "image": "",
    "model": "",
    "module": SAME,
    "weight": 1.0,
    "start": 0.0,
    "end": 1.0,
    "mode": ControlMode.BALANCED.value,
    "resize": str(ResizeMode.CROP_AND_RESIZE.value),
    "resolution": "",
    "threshold_a": None,
    "threshold_b": None,
}


def name_of(number: int, part: str) -> str:
    return f"control_{number}_{part}"


def fields(number: int, able: Able) -> dict[str, forms.Field]:
    """By their names in the form."""

    def between(least: float, most: float) -> forms.Field:
        return forms.FloatField(min_value=least, max_value=most, required=False)

    def one_of(choices: Any) -> forms.Field:
        return forms.ChoiceField(choices=choices, required=False)

    models = [(entry.name, entry.display_title) for entry in able.controlnets]
    made: dict[str, forms.Field] = {
        "image": forms.CharField(max_length=64, required=False),
        "model": forms.CharField(
            max_length=255,
            required=False,
            widget=forms.Select(choices=[("", _("Off")), *models]),
        ),
        "module": one_of([(name, one.title) for name, one in able.modules.items()]),
        "weight": between(0, 2),
        "start": between(0, 1),
        "end": between(0, 1),
        "mode": one_of(MODES),
        "resize": one_of(RESIZE_MODES),
        "resolution": one_of(RESOLUTIONS),
        "threshold_a": between(0, WIDEST),
        "threshold_b": between(0, WIDEST),
    }
    return {name_of(number, part): field for part, field in made.items()}


def defaults(number: int) -> dict[str, Any]:
    return {name_of(number, part): value for part, value in DEFAULTS.items()}


def unit(number: int, cleaned: Mapping[str, Any], image: Upload | None) -> ControlNetUnit | None:
    """None where no model is chosen: the unit is off."""
    asked: dict[str, Any] = {part: cleaned.get(name_of(number, part)) for part in DEFAULTS}
    if not asked["model"]:
        return None
    resolution = asked["resolution"]
    return ControlNetUnit(
        model=asked["model"],
        module=asked["module"] or SAME,
        image=ImageRef(stored=image.file) if image else None,
        weight=asked["weight"],
        resize_mode=ResizeMode(int(asked["resize"])),
        processor_res=int(resolution) if resolution else 512,
        pixel_perfect=not resolution,
        threshold_a=-1 if asked["threshold_a"] is None else asked["threshold_a"],
        threshold_b=-1 if asked["threshold_b"] is None else asked["threshold_b"],
        guidance_start=asked["start"],
        guidance_end=asked["end"],
        control_mode=ControlMode(asked["mode"]),
    )


def values(number: int, given: ControlNetUnit, image: str) -> dict[str, Any]:
    """The inverse of ``unit``; ``image`` is an upload's id or ""."""
    told = {
        "image": image,
        "model": given.model,
        "module": given.module,
        "weight": given.weight,
        "start": given.guidance_start,
        "end": given.guidance_end,
        "mode": given.control_mode.value,
        "resize": str(given.resize_mode.value),
        "resolution": "" if given.pixel_perfect else str(given.processor_res),
        "threshold_a": None if given.threshold_a < 0 else given.threshold_a,
        "threshold_b": None if given.threshold_b < 0 else given.threshold_b,
    }
    return {name_of(number, part): value for part, value in told.items()}


@dataclass(frozen=True)
class UnitRows:
    """One unit as the template draws it: its bound fields by their parts."""

    number: int
    form: forms.BaseForm

    def __getitem__(self, part: str) -> forms.BoundField:
        return self.form[name_of(self.number, part)]

    @property
    def title(self) -> str:
        return str(self.number + 1)

    @property
    def bound(self) -> list[forms.BoundField]:
        return [self[part] for part in DEFAULTS]

    @property
    def has_errors(self) -> bool:
        return any(name_of(self.number, part) in self.form.errors for part in DEFAULTS)


class PreviewForm(forms.Form):
    """One unit's fields as a look at its map needs them."""

    def __init__(self, number: int, able: Able, data: Any) -> None:
        super().__init__(data)
        self._number = number
        self.fields |= fields(number, able)

    def _asked(self, part: str) -> Any:
        return self.cleaned_data.get(name_of(self._number, part))

    @property
    def source(self) -> str:
        """The unit's own picture: an upload's id, or ""."""
        return str(self._asked("image") or "")

    def preprocess(self, upload: Upload) -> Preprocess:
        """Call it on a valid form. "As fine as the picture" is its smaller side."""
        fine = min(upload.width, upload.height, FINEST)
        resolution = int(self._asked("resolution") or fine)
        limits = [self._asked(part) for part in ("threshold_a", "threshold_b")]
        low, high = (-1 if limit is None else limit for limit in limits)
        return Preprocess(
            module=self._asked("module") or SAME,
            processor_res=min(max(resolution, 64), MAX_SIDE),
            threshold_a=low,
            threshold_b=high,
        )
