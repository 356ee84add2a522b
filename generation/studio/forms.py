"""The form of the studio: what a person typed, and the ImageRequest that it means."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from catalog import access as catalog
from catalog.models import Checkpoint
from generation.errors import EaselError
from generation.request import MAX_SEED, Hires, ImageRequest
from generation.studio import offers, sentences
from generation.studio.sources.form import SOURCES, SourceFields

MAX_COUNT = 8
MIN_SIDE = 64
DEFAULTS: dict[str, Any] = {
    "width": 512,
    "height": 512,
    "count": 1,
    "steps": 20,
    "cfg_scale": 7,
    "sampler": "Euler a",
    "clip_skip": 1,
    "subseed_strength": 0,
    "hires_scale": 2,
    "hires_upscaler": "Latent",
    "hires_steps": 0,
    "hires_denoising": 0.7,
    "output_format": "png",
}
FORMATS = [("png", "PNG"), ("jpg", "JPEG"), ("webp", "WebP")]
# Where a field of ours that the core names stands in this form.
_PLACES = {
    "images": "count",
    "loras": "prompt",
    "batch_size": "count",
    "n_iter": "count",
    "subseed": "subseed_strength",
    "hires.denoising_strength": "hires_denoising",
}
# Those that ImageRequest calls by the same name.
_SAME = (
    *("prompt", "negative_prompt", "checkpoint", "vae", "clip_skip", "width", "height", "steps"),
    *("cfg_scale", "sampler", "scheduler", "seed", "subseed_strength", "restore_faces", "tiling"),
    "output_format",
)


def _text(label: Any, rows: int, *, hint: Any, required: bool = False) -> forms.CharField:
    attributes = {"rows": rows, "placeholder": hint, "autocomplete": "off", "data-suggests": ""}
    return forms.CharField(
        label=label,
        max_length=8000,
        required=required,
        widget=forms.Textarea(attributes),
        error_messages={"required": gettext_lazy("Write what you want to see.")},
    )


def _choice(label: Any) -> forms.CharField:
    """One of the names that the catalog has; the core says which it does not know."""
    return forms.CharField(label=label, max_length=255, required=False, widget=forms.Select)


def _whole(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False)


def _part(label: Any) -> forms.FloatField:
    return forms.FloatField(label=label, required=False)


class CreateForm(SourceFields):
    """What is left out has its default, so an example needs no more than a prompt.

    LoRAs are named in the prompt (``<lora:name:weight>``); the page shows them as chips.
    """

    prompt = _text(
        gettext_lazy("Prompt"),
        4,
        hint=gettext_lazy("A red apple on a wooden table, soft morning light"),
        required=True,
    )
    negative_prompt = _text(gettext_lazy("Negative prompt"), 2, hint=gettext_lazy("clouds, text"))
    checkpoint = forms.CharField(max_length=255, required=False)
    styles = forms.MultipleChoiceField(required=False)
    width = _whole(gettext_lazy("Width"))
    height = _whole(gettext_lazy("Height"))
    count = forms.IntegerField(required=False)
    steps = _whole(gettext_lazy("Steps"))
    cfg_scale = _part("CFG")
    sampler = _choice(gettext_lazy("Sampler"))
    scheduler = forms.ChoiceField(label=gettext_lazy("Noise schedule"), required=False)
    seed = forms.IntegerField(required=False)
    subseed = _whole(gettext_lazy("Variation seed"))
    subseed_strength = _part(gettext_lazy("Variation strength"))
    hires = forms.BooleanField(label=gettext_lazy("Paint once more, larger"), required=False)
    hires_scale = _part(gettext_lazy("Times larger"))
    hires_upscaler = _choice(gettext_lazy("Upscaler"))
    hires_steps = _whole(gettext_lazy("Steps, 2nd pass"))
    hires_denoising = _part(gettext_lazy("Denoising"))
    vae = _choice("VAE")
    clip_skip = _whole(gettext_lazy("CLIP skip"))
    tiling = forms.BooleanField(label=gettext_lazy("Tiling"), required=False)
    restore_faces = forms.BooleanField(label=gettext_lazy("Restore faces"), required=False)
    output_format = forms.ChoiceField(
        label=gettext_lazy("File format"), choices=FORMATS, required=False
    )

    def __init__(self, actor: Actor, data: Any = None, initial: Any = None) -> None:
        initial = dict(initial or {})
        self.given = initial.pop("given", {})
        self.start = DEFAULTS | _of_checkpoint(actor, str(initial.get("checkpoint") or ""))
        super().__init__(actor, data, initial=_plain(self.start | initial))
        self.max_side = offers.longest_side(actor)
        self.max_count = min(actor.limits.max_images, MAX_COUNT)
        self.samplers = catalog.sampler_names(actor.tenant_id)
        self.offered_styles = offers.styles(actor)
        self._offer(actor)
        for name, field in self.fields.items():
            if name in SOURCES:
                continue
            field.error_messages["invalid"] = self._range_text(name)
            self._dress(name, field)

    def _offer(self, actor: Actor) -> None:
        choices: dict[str, Any] = {
            "styles": [(style.name, style.title) for style in self.offered_styles],
            "scheduler": offers.schedulers(),
        }
        for name, values in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = values
        selects: dict[str, Any] = {
            "sampler": [(name, name) for name in self.samplers],
            "hires_upscaler": offers.upscalers(actor),
            "vae": offers.vaes(actor),
        }
        for name, values in selects.items():
            widget = self.fields[name].widget
            assert isinstance(widget, forms.Select)
            widget.choices = values

    def _dress(self, name: str, field: forms.Field) -> None:
        attributes = field.widget.attrs
        attributes["aria-describedby"] = f"error-{name}"
        if not isinstance(field, forms.BooleanField):
            attributes["class"] = _CLASSES.get(name, "input")
        if name in self.ranges:
            least, most, step = self.ranges[name]
            whole = isinstance(field, forms.IntegerField)
            attributes |= {"min": least, "max": most, "step": _STEPS.get(name, step or 1)}
            attributes["inputmode"] = "numeric" if whole else "decimal"

    @property
    def counts(self) -> range:
        return range(1, self.max_count + 1)

    @property
    def has_detail_errors(self) -> bool:
        return self._any_wrong("seed", "steps", "cfg_scale", "sampler", "scheduler")

    @property
    def has_hires_errors(self) -> bool:
        return any(name.startswith("hires") for name in self.errors)

    @property
    def has_fine_errors(self) -> bool:
        return self._any_wrong(
            "vae", "clip_skip", "subseed", "subseed_strength", "tiling", "restore_faces"
        )

    def _any_wrong(self, *names: str) -> bool:
        return any(name in self.errors for name in names)

    @property
    def models(self) -> offers.ModelCards:
        return offers.model_cards(self.actor, chosen=str(self["checkpoint"].value() or ""))

    @property
    def defaults(self) -> str:
        """What each field has before anybody touches it, for the page's script: JSON."""
        empty = {
            name: False if isinstance(field, forms.BooleanField) else field.initial
            for name, field in self.fields.items()
            if name not in SOURCES  # pictures are not reset with numbers
        }
        return json.dumps(empty | {"styles": []} | self.start, default=str)

    @property
    def from_address(self) -> str:
        """What the address asked for, which goes before a draft: JSON."""
        return json.dumps(self.given)

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
            "subseed": (0, MAX_SEED, 1),
            "subseed_strength": (0, 1, 0),
            "hires_scale": (1, 4, 0),
            "hires_steps": (0, 150, 1),
            "hires_denoising": (0, 1, 0),
            "clip_skip": (1, 12, 1),
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
        asked = self.cleaned_data
        request = ImageRequest(
            **{name: asked[name] for name in _SAME},
            n_iter=asked["count"],
            styles=tuple(asked["styles"]),
            subseed=asked["subseed"] if asked["subseed_strength"] else None,
            hires=self._hires(),
        )
        return self.apply(request)

    def _hires(self) -> Hires | None:
        asked = self.cleaned_data
        if not asked["hires"]:
            return None
        return Hires(
            scale=asked["hires_scale"],
            upscaler=asked["hires_upscaler"],
            steps=asked["hires_steps"],
            denoising_strength=asked["hires_denoising"],
        )

    def refuse(self, error: EaselError) -> None:
        """Shows an error of the core at the field that it names."""
        self.add_error(self._place(error.field), sentences.of_error(error))

    def _place(self, name: str) -> str | None:
        is_larger = self.cleaned_data.get("hires") and self.cleaned_data.get("hires_scale", 1) > 1
        if name in ("width", "height") and is_larger:
            return "hires_scale"  # the sides of the first pass are checked here
        place = self.place_of(_PLACES.get(name, name)).replace(".", "_")
        return place if place in self.fields else None


class QuoteForm(CreateForm):
    """The same before anything is written: a prompt is not asked for yet."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["prompt"].required = False


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """7.0 is shown as 7."""
    return {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in values.items()
    }


_CLASSES = {"prompt": "input create__prompt", "negative_prompt": "input create__negative"}
_STEPS = {"cfg_scale": 0.5, "subseed_strength": 0.05, "hires_scale": 0.25, "hires_denoising": 0.05}


def _of_checkpoint(actor: Actor, name: str) -> dict[str, Any]:
    """The checkpoint, else the tenant's default, with the size that it was made for, as far as
    the actor may have it.
    """
    found = catalog.resolve_checkpoint(actor.tenant_id, name)
    if found is None or not isinstance(found.entry, Checkpoint):
        found = catalog.resolve_checkpoint(actor.tenant_id, "")
    if found is None or found.entry is None:
        return {}
    entry = found.entry
    size = _within(offers.longest_side(actor), entry.default_width, entry.default_height)
    return {"checkpoint": entry.name, "width": size[0], "height": size[1]}


def _within(most: int, width: int, height: int) -> tuple[int, int]:
    """The size, or the largest in its ratio of which no side is longer, in multiples of 64, as
    the buttons for ratios have it (static/easel/js/size.js).
    """
    longest = max(width, height)
    if longest <= most:
        return width, height
    scale = most // 64 / longest
    return max(1, round(width * scale)) * 64, max(1, round(height * scale)) * 64
