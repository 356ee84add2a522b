"""The form of a grid: the studio's request, and what varies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from generation import axis_values
from generation.axes import PARAMETERS, Axis
from generation.errors import EaselError, InvalidRequest
from generation.grids import Wish
from generation.studio import sentences
from generation.studio.forms import CreateForm
from generation.studio.grid import axis_offers
from generation.studio.quoting import DIALECT

_VALUES = {"x": "x_values", "y": "y_values"}
# What the page shows of the studio's form; the rest has its defaults.
SHOWN = (
    *("prompt", "negative_prompt", "checkpoint", "width", "height", "steps", "cfg_scale"),
    *("sampler", "seed", "hires_scale", "hires_denoising", "vae", "clip_skip"),
    *("x", "x_values", "y", "y_values"),
)


def _values(label: Any) -> forms.CharField:
    attributes = {"rows": 2, "autocomplete": "off", "spellcheck": "false"}
    return forms.CharField(
        label=label, max_length=4000, required=False, widget=forms.Textarea(attributes)
    )


class GridForm(CreateForm):
    """``key`` is drawn with the page: the same form sent twice is one grid."""

    x = forms.ChoiceField(label=gettext_lazy("Across"), choices=axis_offers.choices)
    x_values = _values(gettext_lazy("Values across"))
    y = forms.ChoiceField(
        label=gettext_lazy("Down"),
        choices=lambda: [("", gettext_lazy("nothing: one row")), *axis_offers.choices()],
        required=False,
    )
    y_values = _values(gettext_lazy("Values down"))
    key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, actor: Actor, data: Any = None, initial: Any = None) -> None:
        super().__init__(actor, data, initial={"x": "steps", "y": "cfg_scale"} | (initial or {}))
        self.axes: dict[str, Axis | None] = {"x": None, "y": None}

    @property
    def shown(self) -> list[forms.BoundField]:
        return [self[name] for name in SHOWN]

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What an earlier picture had besides, as hidden fields: its start picture, its styles."""
        found = []
        for name in self.fields:
            value = self[name].value()
            if name in SHOWN or name in ("key", "hires", "count") or value == self.start.get(name):
                continue
            values = value if isinstance(value, list) else [value]
            found += [(name, str(each)) for each in values if each not in (None, "", False)]
        return found

    @property
    def carried_errors(self) -> list[str]:
        """What is wrong with fields that this page does not show."""
        hidden = [name for name in self.errors if name in self.fields and name not in SHOWN]
        return [str(text) for name in hidden for text in self.errors[name]]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for side, place in _VALUES.items():
            name = cleaned.get(side)
            if not name or place in self.errors:
                continue
            try:
                self.axes[side] = axis_values.parse(name, cleaned.get(place, ""))
            except InvalidRequest as error:
                self.add_error(place, _sentence(error))
        return cleaned

    def to_wish(self, actor: Actor) -> Wish:
        """Call it on a valid form."""
        x = self.axes["x"]
        assert x is not None
        return Wish(
            actor=actor,
            request=self.to_request(),
            x=x,
            y=self.axes["y"],
            dialect=DIALECT,
            key=self.cleaned_data["key"],
        )

    def refuse(self, error: EaselError) -> None:
        """At the values of the axis that caused it, else where the studio's form shows it."""
        if error.field in _VALUES:
            self.add_error(_VALUES[error.field], _sentence(error))
            return
        for side, place in _VALUES.items():
            axis = self.axes[side]
            if axis is not None and error.field in _fields_of(axis):
                self.add_error(place, _sentence(error))
                return
        field = self._place(error.field)
        self.add_error(field if field in SHOWN else None, sentences.of_error(error))


class GridQuoteForm(GridForm):
    """The same before anything is written: a prompt is not asked for yet."""

    prompt = forms.CharField(
        max_length=8000, required=False, widget=CreateForm.base_fields["prompt"].widget
    )


def _fields_of(axis: Axis) -> set[str]:
    field = PARAMETERS[axis.name].field
    return {field, "height"} if axis.name == "size" else {field}


def _sentence(error: EaselError) -> str:
    text = sentences.of_error(error)
    return text if text.endswith((".", "。")) else f"{text}."
