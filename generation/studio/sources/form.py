"""The part of the form that is about pictures going in, and what it adds to an ImageRequest."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from uuid import UUID

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from generation import uploads
from generation.errors import InvalidRequest, NotFound
from generation.models import Upload
from generation.request import (
    ADetailerUnit,
    ImageRef,
    ImageRequest,
    Init,
    Mask,
    MaskFill,
    ResizeMode,
)
from generation.studio.sources import units
from generation.studio.sources.able import Able, able, preview_price

RESIZE_MODES = [
    (str(ResizeMode.CROP_AND_RESIZE.value), gettext_lazy("Crop to fit")),
    (str(ResizeMode.RESIZE_AND_FILL.value), gettext_lazy("Fill up the edges")),
    (str(ResizeMode.JUST_RESIZE.value), gettext_lazy("Stretch")),
    (str(ResizeMode.LATENT_UPSCALE.value), gettext_lazy("Stretch, and paint it sharp again")),
]
FILLS = [
    (str(MaskFill.ORIGINAL.value), gettext_lazy("what is there")),
    (str(MaskFill.FILL.value), gettext_lazy("the colours around it")),
    (str(MaskFill.LATENT_NOISE.value), gettext_lazy("noise")),
    (str(MaskFill.LATENT_NOTHING.value), gettext_lazy("nothing")),
]
AREAS = [
    ("whole", gettext_lazy("the whole picture")),
    ("masked", gettext_lazy("the masked part, enlarged")),
]
SIDES = [("", gettext_lazy("what I painted")), ("rest", gettext_lazy("all the rest"))]
DEFAULTS: dict[str, Any] = {
    "init": "",
    "resize_mode": str(ResizeMode.CROP_AND_RESIZE.value),
    "denoising_strength": 0.6,
    "mask": "",
    "mask_blur": 4,
    "mask_fill": str(MaskFill.ORIGINAL.value),
    "mask_area": "whole",
    "mask_padding": 32,
    "mask_side": "",
    "detail_model": "",
    "detail_prompt": "",
    "detail_strength": 0.4,
}
# The name of each field of this part, with what it has when nothing was sent.
SOURCES = {**DEFAULTS, **{k: v for n in range(units.MOST) for k, v in units.defaults(n).items()}}
# Where what the core names stands in this form; units' fields are found by ``place_of``.
PLACES = {
    "image": "init",
    "init.image": "init",
    "init.denoising_strength": "denoising_strength",
    "init.resize_mode": "resize_mode",
    "mask.image": "mask",
    "adetailer": "detail_model",
    "adetailer.model": "detail_model",
}
_PARTS = {"model": "model", "module": "module", "image": "image", "resize_mode": "resize"}


class SourceFields(forms.Form):
    """A form's fields for pictures. Whoever inherits sets ``actor`` before it is validated."""

    actor: Actor

    init = forms.CharField(max_length=64, required=False)
    resize_mode = forms.ChoiceField(choices=RESIZE_MODES, required=False)
    denoising_strength = forms.FloatField(min_value=0, max_value=1, required=False)
    mask = forms.CharField(max_length=64, required=False)
    mask_blur = forms.IntegerField(min_value=0, max_value=64, required=False)
    mask_fill = forms.ChoiceField(choices=FILLS, required=False)
    mask_area = forms.ChoiceField(choices=AREAS, required=False)
    mask_padding = forms.IntegerField(min_value=0, max_value=256, required=False)
    mask_side = forms.ChoiceField(choices=SIDES, required=False)
    detail_model = forms.CharField(max_length=255, required=False)
    detail_prompt = forms.CharField(max_length=8000, required=False)
    detail_strength = forms.FloatField(min_value=0, max_value=1, required=False)

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        self._pictures: dict[str, Upload] = {}
        for number in range(units.MOST):
            self.fields |= units.fields(number, self.able)
        detectors = [("", _("Nothing")), *((name, name) for name in self.able.detectors)]
        self.fields["detail_model"].widget = forms.Select(choices=detectors)
        for name, value in SOURCES.items():
            self.initial.setdefault(name, value)
            self.fields[name].initial = value
            _dress(name, self.fields[name])

    @cached_property
    def able(self) -> Able:
        return able(self.actor)

    @property
    def preview_price(self) -> str:
        return preview_price(self.actor)

    @property
    def control_units(self) -> list[units.UnitRows]:
        return [units.UnitRows(number, self) for number in range(units.MOST)]

    @property
    def beginning(self) -> str:
        """The address of the picture that it begins with, small; "" without one."""
        try:
            upload = UUID(str(self["init"].value()))
        except ValueError:
            return ""
        return reverse("studio:source", args=[upload, "thumbnail"])

    # ── Validation ───────────────────────────────────────────────────────────────────────────
    def _post_clean(self) -> None:
        """After ``clean``: what a form that inherits does there need not call us."""
        super()._post_clean()  # type: ignore[misc]
        for name, value in SOURCES.items():
            if name not in self.errors and self.cleaned_data.get(name) in (None, ""):
                self.cleaned_data[name] = value
        self._pictures = {}
        for name in ("init", "mask", *(units.name_of(n, "image") for n in range(units.MOST))):
            self._find(name)
        self._check_mask()
        for number in range(units.MOST):
            self._check_unit(number)

    def _find(self, name: str) -> None:
        if not self.cleaned_data.get(name):
            return
        try:
            self._pictures[name] = uploads.find(self.actor, self.cleaned_data[name])
        except NotFound:
            self.add_error(name, _("This picture is not there any more. Choose it again."))

    def _check_mask(self) -> None:
        init, mask = self._pictures.get("init"), self._pictures.get("mask")
        if mask and not init and "init" not in self.errors:
            self.add_error("mask", _("A mask needs the picture that it is for."))
        if mask and init and (mask.width, mask.height) != (init.width, init.height):
            self.add_error("mask", _("This mask is for another picture. Paint it anew."))

    def _check_unit(self, number: int) -> None:
        def at(part: str) -> str:
            return units.name_of(number, part)

        cleaned = self.cleaned_data
        if not cleaned.get(at("model")):
            if at("image") in self._pictures:
                self.add_error(at("model"), _("Choose a model for this picture."))
            return
        given = self._pictures.keys() | self.errors.keys()
        if at("image") not in given and "init" not in given:
            self.add_error(at("image"), _("Choose a picture to steer by."))
        if (cleaned.get(at("end")) or 0) < (cleaned.get(at("start")) or 0):
            self.add_error(at("end"), _("It ends before it begins."))

    # ── Meaning ──────────────────────────────────────────────────────────────────────────────
    def apply(self, request: ImageRequest) -> ImageRequest:
        """The request with what this part of a valid form adds. The pictures in it are the
        uploads' own: ``sources.submit`` copies them."""
        asked = self.cleaned_data
        found = (
            units.unit(number, asked, self._pictures.get(units.name_of(number, "image")))
            for number in range(units.MOST)
        )
        added: dict[str, Any] = {
            "init": self._init(),
            "mask": self._mask(),
            "controlnet": tuple(one for one in found if one),
            "adetailer": self._detail(),
        }
        if added["init"] and request.hires:
            text = _("A second pass does not go with a picture to start from: switch one off.")
            raise InvalidRequest(text, field="hires")
        return request.model_copy(update=added)

    def _init(self) -> Init | None:
        if not (upload := self._pictures.get("init")):
            return None
        return Init(
            image=ImageRef(stored=upload.file),
            resize_mode=ResizeMode(int(self.cleaned_data["resize_mode"])),
            denoising_strength=self.cleaned_data["denoising_strength"],
        )

    def _mask(self) -> Mask | None:
        if not (upload := self._pictures.get("mask")):
            return None
        asked = self.cleaned_data
        return Mask(
            image=ImageRef(stored=upload.file),
            blur=asked["mask_blur"],
            fill=MaskFill(int(asked["mask_fill"])),
            only_masked=asked["mask_area"] == "masked",
            padding=asked["mask_padding"],
            invert=asked["mask_side"] == "rest",
        )

    def _detail(self) -> tuple[ADetailerUnit, ...]:
        asked = self.cleaned_data
        if not asked["detail_model"]:
            return ()
        return (
            ADetailerUnit(
                model=asked["detail_model"],
                prompt=asked["detail_prompt"],
                denoising_strength=asked["detail_strength"],
            ),
        )

    def place_of(self, field: str) -> str:
        """Where a field that the core names stands in this form; the name itself where it is
        none of ours."""
        if field in PLACES:
            return PLACES[field]
        root, _dot, rest = field.partition(".")
        if root not in ("controlnet", "module"):
            return field
        number, _dot, part = rest.rpartition(".")
        first = next((n for n in range(units.MOST) if self._is_on(n)), 0)
        place = _PARTS.get("module" if root == "module" else part, "model")
        on = [n for n in range(units.MOST) if self._is_on(n)]
        if number.isdecimal() and int(number) < len(on):
            first = on[int(number)]  # the core counts those that are on
        return units.name_of(first, place)

    def _is_on(self, number: int) -> bool:
        return bool(self.cleaned_data.get(units.name_of(number, "model")))


def _dress(name: str, field: forms.Field) -> None:
    """As the page draws it; a number's message names its range."""
    field.widget.attrs |= {"class": "input", "aria-describedby": f"error-{name}"}
    least, most = getattr(field, "min_value", None), getattr(field, "max_value", None)
    if least is None or most is None:
        return
    field.widget.attrs["step"] = 1 if isinstance(field, forms.IntegerField) else 0.05
    text = _("A number from %(least)s to %(most)s.") % {"least": least, "most": most}
    field.error_messages |= dict.fromkeys(("invalid", "min_value", "max_value"), text)
    for validator in field.validators:
        validator.message = text  # type: ignore[attr-defined]
