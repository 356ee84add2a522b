"""The form of a webhook: where to, and of what."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from generation.errors import EaselError
from generation.models import WebhookEndpoint
from generation.models.webhook import EVENTS
from generation.studio import sentences
from generation.studio.account.event_words import event

FIELDS = {"scope": "whole_tenant"}  # the core's name → the form's


class WebhookForm(forms.Form):
    url = forms.CharField(
        max_length=2048,
        label=gettext_lazy("Address"),
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
    )
    description = forms.CharField(required=False, max_length=200, label=gettext_lazy("Description"))
    events = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Events; none chosen: all"),
    )
    whole_tenant = forms.BooleanField(
        required=False, label=gettext_lazy("Of the tasks of all members, not only of my own.")
    )

    def __init__(self, actor: Actor, data: Any = None, of: WebhookEndpoint | None = None) -> None:
        names = ("url", "description", "events", "whole_tenant")
        initial = {name: getattr(of, name) for name in names} if of else {}
        super().__init__(data, initial=initial)
        if not actor.can("admin"):
            del self.fields["whole_tenant"]
        choices = [(name, event(name)) for name in EVENTS]
        self.fields["events"].choices = choices  # type: ignore[attr-defined]
        for name in ("url", "description"):
            self.fields[name].widget.attrs |= {
                "class": "input",
                "aria-describedby": f"error-{name}",
            }

    def asked(self) -> dict[str, Any]:
        """What the verbs take. Call it on a valid form."""
        return {name: self.cleaned_data[name] for name in self.fields}

    def refuse(self, error: EaselError) -> None:
        """Shows an error of the core at the field that it names."""
        name = FIELDS.get(error.field, error.field)
        self.add_error(name if name in self.fields else None, sentences.of_error(error))
