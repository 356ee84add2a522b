"""What operators fill in at the desk. Each change asks why."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import ledger
from generation.models import Maintenance

REASON = 1000


class WhyForm(forms.Form):
    reason = forms.CharField(
        label=_("Why"),
        max_length=REASON,
        help_text=_("Kept in the operators' log."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class TenantForm(WhyForm):
    cancel = forms.BooleanField(
        label=_("Cancel what is unfinished, with a full refund"), required=False
    )


class MaintenanceForm(WhyForm):
    message = forms.CharField(
        label=_("What callers are told"),
        max_length=Maintenance._meta.get_field("message").max_length,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    field_order = ("message", "reason")


class CreditsForm(WhyForm):
    credits = forms.DecimalField(
        label=_("Credits"),
        decimal_places=3,
        max_digits=12,
        help_text=_("Added to the balance; below zero: taken back. A new entry of the books."),
    )
    field_order = ("credits", "reason")

    def __init__(self, *args: object, balance: int, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._balance = balance

    def clean_credits(self) -> Decimal:
        credits: Decimal = self.cleaned_data["credits"]
        if not credits:
            raise forms.ValidationError(_("Something, not nothing."))
        if self._balance + credits * ledger.MILLICREDITS < 0:
            raise forms.ValidationError(_("More than there is."))
        return credits
