"""The GPU servers and the worker clusters, as operators see and steer them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import trail
from accounts.admin import FastAdmin, ReadOnlyAdmin, one_of
from accounts.models import Deed
from accounts.sealing import seal
from catalog import intake
from generation import channels
from generation.backends.registry import KINDS
from generation.models import Backend, ClusterBeat
from generation.scheduling.broker import QUEUES

if TYPE_CHECKING:
    BackendModelForm = forms.ModelForm[Backend]
else:  # Django's own class takes no type argument
    BackendModelForm = forms.ModelForm


class BackendForm(BackendModelForm):
    """Credentials go in and never come out: they are stored sealed, and shown to nobody."""

    kind = forms.ChoiceField(label=_("kind"), choices=[(kind, kind) for kind in sorted(KINDS)])
    password = forms.CharField(
        label=_("password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Empty: as it is."),
    )
    token = forms.CharField(
        label=_("token"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Sent as “Authorization: Bearer”. Empty: as it is."),
    )
    forget_credentials = forms.BooleanField(label=_("forget password and token"), required=False)

    class Meta:
        model = Backend
        fields = ("name", "kind", "url", "tenant", "slots", "enabled", "draining", "username")

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"].strip().rstrip("/")
        if not url.startswith(("http://", "https://")):
            raise forms.ValidationError(_("An address begins with http:// or https://"))
        return url

    def seal_into(self, backend: Backend) -> None:
        if self.cleaned_data["forget_credentials"]:
            backend.password_sealed = backend.token_sealed = ""
        if self.cleaned_data["password"]:
            backend.password_sealed = seal(self.cleaned_data["password"])
        if self.cleaned_data["token"]:
            backend.token_sealed = seal(self.cleaned_data["token"])


@admin.register(Backend)
class BackendAdmin(FastAdmin):
    """What a server reported is shown; what an operator decides may be changed."""

    is_small = True
    form = BackendForm
    list_display = (
        "name",
        "kind",
        "url",
        "tenant",
        "slots",
        "enabled",
        "draining",
        "is_up",
        "loaded_checkpoint",
        "failures",
        "open_until",
        "seen_at",
    )
    list_filter = ("is_up", "enabled", "draining")
    list_select_related = ("tenant",)
    search_fields = ("name", "url")
    ordering = ("name",)
    autocomplete_fields = ("tenant",)
    readonly_fields = (
        "has_credentials",
        "is_up",
        "problem",
        "failures",
        "open_until",
        "seen_at",
        "loaded_checkpoint",
        "max_side",
        "offers",
        "read_at",
        "read_result",
        "created_at",
    )
    actions = ("drain", "undrain", "enable", "disable", "read_again")

    @admin.display(description=_("password or token is set"), boolean=True)
    def has_credentials(self, backend: Backend) -> bool:
        return bool(backend.password_sealed or backend.token_sealed)

    def save_model(
        self, request: HttpRequest, obj: Backend, form: BackendForm, change: bool
    ) -> None:
        form.seal_into(obj)
        super().save_model(request, obj, form, change)
        channels.emit(channels.QUEUE)

    def delete_model(self, request: HttpRequest, obj: Backend) -> None:
        intake.forget(obj.pk)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Backend]) -> None:
        for backend in queryset:
            intake.forget(backend.pk)
        super().delete_queryset(request, queryset)

    @admin.action(description=_("Drain: no new tasks"), permissions=["change"])
    def drain(self, request: HttpRequest, queryset: QuerySet[Backend]) -> None:
        self._set(request, queryset, draining=True)

    @admin.action(description=_("End of draining"), permissions=["change"])
    def undrain(self, request: HttpRequest, queryset: QuerySet[Backend]) -> None:
        self._set(request, queryset, draining=False)

    @admin.action(description=_("Enable, and close the breaker"), permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Backend]) -> None:
        self._set(request, queryset, enabled=True, failures=0, open_until=None)

    @admin.action(description=_("Disable"), permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Backend]) -> None:
        self._set(request, queryset, enabled=False)

    @admin.action(description=_("Read again what it has"), permissions=["change"])
    def read_again(self, request: HttpRequest, queryset: QuerySet[Backend]) -> None:
        """The reaper asks them, within seconds: no web process calls a GPU server."""
        asked = queryset.update(read_asked_at=Now())
        text = ngettext(
            "%d server is being read again: the dashboard shows what comes.",
            "%d servers are being read again: the dashboard shows what comes.",
            asked,
        )
        self.message_user(request, text % asked, messages.SUCCESS)

    def _set(self, request: HttpRequest, queryset: QuerySet[Backend], **values: Any) -> None:
        told = {name: value for name, value in values.items() if name in ("enabled", "draining")}
        with transaction.atomic():
            for backend in queryset:
                before = {name: getattr(backend, name) for name in told}
                self.log_change(request, backend, [{"changed": {"fields": sorted(values)}}])
                trail.write(
                    trail.author(request), Deed.SWITCHED, backend, before=before, after=told
                )
            queryset.update(**values)
            channels.emit(channels.QUEUE)


@admin.register(ClusterBeat)
class ClusterBeatAdmin(ReadOnlyAdmin):
    """The clusters that gave a sign of life lately. For looking."""

    is_small = True
    list_display = ("kind", "host", "pid", "workers", "started_at", "beat_at")
    list_filter = (one_of("kind", _("kind"), [(kind, kind) for kind in QUEUES]),)
    ordering = ("kind", "host", "pid")
