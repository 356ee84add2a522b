"""The form of the QR page: what the code says, how the picture looks, and the ImageRequest."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from generation.errors import EaselError
from generation.qr import code
from generation.request import MAX_SEED, ImageRequest, QrArt
from generation.studio import offers, sentences

SIZES = (512, 640, 768, 1024)  # pixels, besides "to fit"
MIN_STRENGTH, MAX_STRENGTH = 0.25, 2.0
DEFAULTS: dict[str, Any] = {"style": "default", "strength": 1.0, "size": ""}
STYLES = [
    ("default", gettext_lazy("Free")),
    ("realistic", gettext_lazy("Realistic")),
    ("anime", gettext_lazy("Anime")),
    ("guofeng", gettext_lazy("Guofeng")),
    ("ink", gettext_lazy("Ink wash")),
    ("scifi", gettext_lazy("Science fiction")),
]
# Where a field that the core names stands in this form.
_PLACES = {
    "qr.content": "content",
    "qr.style": "style",
    "qr.strength": "strength",
    "width": "size",
    "height": "size",
}
_SHORTEST = "0"


class QrForm(forms.Form):
    """What is left out has its default, so an example needs no more than a content."""

    content = forms.CharField(
        error_messages={"required": gettext_lazy("Write what the code says: an address or a text.")}
    )
    prompt = forms.CharField(max_length=8000, required=False)
    style = forms.ChoiceField(choices=STYLES, required=False)
    strength = forms.FloatField(min_value=MIN_STRENGTH, max_value=MAX_STRENGTH, required=False)
    size = forms.TypedChoiceField(coerce=int, empty_value="", required=False)
    seed = forms.IntegerField(min_value=0, max_value=MAX_SEED, required=False)

    def __init__(self, actor: Actor, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=DEFAULTS | (initial or {}))
        self.max_side = offers.longest_side(actor)
        self.sizes = [(str(side), str(side)) for side in SIZES if side <= self.max_side]
        size = self.fields["size"]
        assert isinstance(size, forms.TypedChoiceField)
        size.choices = [("", ""), *self.sizes]
        for name, least, most in (
            ("strength", MIN_STRENGTH, MAX_STRENGTH),
            ("seed", 0, MAX_SEED),
        ):
            text = _("A number from %(least)s to %(most)s.") % {"least": least, "most": most}
            wrong = dict.fromkeys(("invalid", "min_value", "max_value"), text)
            self.fields[name].error_messages |= wrong
            for validator in self.fields[name].validators:
                validator.message = text  # type: ignore[attr-defined]

    def clean_content(self) -> str:
        content = str(self.cleaned_data["content"])
        size = len(content.encode())
        if size > code.MAX_BYTES:
            text = _("Too long for a QR code: at most %(most)d bytes, this is %(size)d.")
            raise ValidationError(text % {"most": code.MAX_BYTES, "size": size})
        return content

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        for name in DEFAULTS:
            if name not in self.errors and cleaned.get(name) in (None, ""):
                cleaned[name] = DEFAULTS[name]
        return cleaned

    def to_request(self) -> ImageRequest:
        """Call it on a valid form."""
        asked = self.cleaned_data
        content = asked["content"] or _SHORTEST
        side = asked["size"] or self._fitting(content)
        qr = QrArt(content=content, style=asked["style"], strength=asked["strength"])
        return ImageRequest(
            prompt=asked["prompt"], seed=asked["seed"], width=side, height=side, qr=qr
        )

    def _fitting(self, content: str) -> int:
        """The side that shows the code well, as far as the limits allow; the core says where that
        is too little."""
        made = code.make(content)
        least = -(-made.across * code.MIN_MODULE // 8) * 8
        return min(max(code.good_side(made), least), self.max_side)

    def refuse(self, error: EaselError) -> None:
        """Shows an error of the core at the field that it names."""
        place = _PLACES.get(error.field, error.field)
        if place == "content" and self.cleaned_data.get("size"):
            place = "size"  # it would fit into a larger one
        self.add_error(place if place in self.fields else None, sentences.of_error(error))


class QrQuoteForm(QrForm):
    """The same before anything is written: without a content, the price is the shortest code's."""

    content = forms.CharField(required=False)
