"""The form that stands before a deletion: the name typed, and the password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import reauthentication
from accounts.errors import RateLimited
from generation.studio import sentences


class FarewellForm(forms.Form):
    """``expected``: what must be typed, letter by letter."""

    typed = forms.CharField(
        max_length=254, widget=forms.TextInput(attrs={"autocomplete": "off", "class": "input"})
    )
    password = forms.CharField(
        max_length=256,
        label=gettext_lazy("Your password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "class": "input"}),
    )

    def __init__(self, request: HttpRequest, expected: str, data: Any = None) -> None:
        super().__init__(data)
        self._request, self._expected = request, expected
        self.fields["typed"].label = _("Type %(name)s to confirm") % {"name": expected}
        if not reauthentication.needs_password(request):
            del self.fields["password"]
        for name in self.fields:
            self.fields[name].widget.attrs["aria-describedby"] = f"error-{name}"

    def clean_typed(self) -> str:
        typed = str(self.cleaned_data["typed"]).strip()
        if typed != self._expected:
            raise ValidationError(_("This is not what is asked for."))
        return typed

    def clean(self) -> dict[str, Any]:
        """The password is tried only where the rest is right: each try is counted."""
        cleaned = super().clean() or {}
        if not self.errors:
            self._prove(cleaned.get("password", ""))
        return cleaned

    def _prove(self, password: str) -> None:
        place = "password" if "password" in self.fields else None
        try:
            if not reauthentication.prove(self._request, password):
                wrong = _("The password is wrong.")
                again = _("Sign in again, then come back within five minutes.")
                self.add_error(place, wrong if place else again)
        except RateLimited as error:
            self.add_error(place, sentences.of_error(error))
