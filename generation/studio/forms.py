"""The form of the studio: what a person typed, and the ImageRequest that it means."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from catalog import access as catalog
from catalog.models import Checkpoint
from generation.errors import EaselError
from generation.request import MAX_SEED, MAX_SIDE, ImageRequest
from generation.studio import sentences

MAX_COUNT = 8
MIN_SIDE = 64
DEFAULTS: dict[str, Any] = {
    "width": 512,
    "height": 512,
    "count": 1,
    "steps": 20,
    "cfg_scale": 7,
    "sampler": "Euler a",
}
# Where a field of ours that the core names stands in this form.
_PLACES = {"images": "count", "loras": "prompt", "batch_size": "count", "n_iter": "count"}


class CreateForm(forms.Form):
    """What is left out has its default, so an example needs no more than a prompt."""

    prompt = forms.CharField(
        max_length=8000,
        error_messages={"required": gettext_lazy("Write what you want to see.")},
    )
    negative_prompt = forms.CharField(max_length=8000, required=False)
    checkpoint = forms.CharField(max_length=255, required=False)
    width = forms.IntegerField(required=False)
    height = forms.IntegerField(required=False)
    count = forms.IntegerField(required=False)
    steps = forms.IntegerField(required=False)
    cfg_scale = forms.FloatField(required=False)
    sampler = forms.CharField(max_length=255, required=False)
    seed = forms.IntegerField(required=False)

    def __init__(self, actor: Actor, data: Any = None, initial: Any = None) -> None:
        default = catalog.default_checkpoint(actor.tenant_id)
        start = DEFAULTS | ({"checkpoint": default.name} | _sides(default) if default else {})
        super().__init__(data, initial=start | (initial or {}))
        self.max_side = min(actor.limits.max_side or MAX_SIDE, MAX_SIDE)
        self.max_count = min(actor.limits.max_images, MAX_COUNT)
        self.samplers = catalog.sampler_names(actor.tenant_id)
        for name, field in self.fields.items():
            field.error_messages["invalid"] = self._range_text(name)

    @property
    def counts(self) -> range:
        return range(1, self.max_count + 1)

    @property
    def has_detail_errors(self) -> bool:
        return any(name in self.errors for name in ("seed", "steps", "cfg_scale", "sampler"))

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        for name, (least, most, step) in self.ranges.items():
            value = cleaned.get(name)
            if value is not None and not (
                least <= value <= most and (not step or value % step == 0)
            ):
                self.add_error(name, self._range_text(name))
        for name in (*DEFAULTS, "checkpoint"):
            if name not in self.errors and cleaned.get(name) in (None, ""):
                cleaned[name] = self.initial.get(name, "")
        return cleaned

    @property
    def ranges(self) -> dict[str, tuple[int, int, int]]:
        """Least, most and step (0: any) of each number."""
        return {
            "width": (MIN_SIDE, self.max_side, 8),
            "height": (MIN_SIDE, self.max_side, 8),
            "count": (1, self.max_count, 1),
            "steps": (1, 150, 1),
            "cfg_scale": (1, 30, 0),
            "seed": (0, MAX_SEED, 1),
        }

    def _range_text(self, name: str) -> str:
        least, most, step = self.ranges.get(name, (0, 0, 1))
        if step == 8:
            text = _("A multiple of 8 from %(least)d to %(most)d.")
        else:
            text = _("A number from %(least)d to %(most)d.")
        return text % {"least": least, "most": most}

    def to_request(self) -> ImageRequest:
        """Call it on a valid form."""
        values = dict(self.cleaned_data)
        return ImageRequest(n_iter=values.pop("count"), **values)

    def refuse(self, error: EaselError) -> None:
        """Shows an error of the core at the field that it names."""
        place = _PLACES.get(error.field, error.field)
        self.add_error(place if place in self.fields else None, sentences.of_error(error))


class QuoteForm(CreateForm):
    """The same before anything is written: a prompt is not asked for yet."""

    prompt = forms.CharField(max_length=8000, required=False)


def _sides(checkpoint: Checkpoint) -> dict[str, int]:
    return {"width": checkpoint.default_width, "height": checkpoint.default_height}
