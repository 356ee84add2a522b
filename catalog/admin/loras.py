"""LoRAs: as the other entries, and with a file that Easel itself keeps for engines that fetch."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog import intake, weights
from catalog.admin.entries import EntryAdmin, EntryForm
from catalog.kinds import Kind
from catalog.models import Lora


class LoraForm(EntryForm):
    weights_file = forms.FileField(
        label=_("file"),
        required=False,
        help_text=_(
            "Safetensors. Easel keeps it; engines that fetch have it when a task needs it."
        ),
        widget=forms.FileInput(attrs={"accept": ".safetensors"}),
    )

    def clean_weights_file(self) -> Any:
        sent = self.cleaned_data["weights_file"]
        if sent is None:
            return None
        try:
            self.kept_weights = weights.keep(sent.chunks())
        except weights.BadWeights as error:
            raise forms.ValidationError(str(error)) from error
        return sent


@admin.register(Lora)
class LoraAdmin(EntryAdmin):
    form = LoraForm
    readonly_fields = (*EntryAdmin.readonly_fields, "file")

    def save_model(
        self, request: HttpRequest, obj: Lora, form: ModelForm[Any], change: bool
    ) -> None:
        kept = getattr(form, "kept_weights", None)
        if kept:
            weights.attach(obj, kept)
        super().save_model(request, obj, form, change)
        if kept:
            intake.settle(Kind.LORA)
