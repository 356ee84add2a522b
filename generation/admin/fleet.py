"""The GPU servers and the worker clusters, as operators see and steer them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.sealing import seal
from catalog import intake
from generation import channels, probes
from generation.backends.registry import KINDS
from generation.errors import EaselError
from generation.models import Backend, ClusterBeat

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    BackendModelForm = forms.ModelForm[Backend]
else:  # Django's own classes take no type argument
    ModelAdmin = admin.ModelAdmin
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
class BackendAdmin(ModelAdmin):
    """What a server reported is shown; what an operator decides may be changed."""

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
    list_filter = ("is_up", "enabled", "draining", "kind")
    list_select_related = ("tenant",)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("name", "url")
    raw_id_fields = ("tenant",)
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
        "created_at",
    )
    actions = ("drain", "undrain", "enable", "disable", "probe_now")

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

    @admin.action(description=_("Ask now what it has"), permissions=["change"])
    def probe_now(self, request: HttpRequest, queryset: QuerySet[Backend]) -> None:
        for backend in queryset:
            try:
                found = probes.probe(backend)
            except EaselError as error:
                self.message_user(request, f"{backend}: {error.message}", messages.ERROR)
            else:
                text = _("%(name)s: is up, %(count)d checkpoints")
                values = {"name": backend.name, "count": len(found.checkpoints)}
                self.message_user(request, text % values, messages.SUCCESS)

    def _set(self, request: HttpRequest, queryset: QuerySet[Backend], **values: Any) -> None:
        for backend in queryset:
            self.log_change(request, backend, [{"changed": {"fields": sorted(values)}}])
        queryset.update(**values)
        channels.emit(channels.QUEUE)


@admin.register(ClusterBeat)
class ClusterBeatAdmin(ModelAdmin):
    """The clusters that gave a sign of life lately. For looking."""

    list_display = ("kind", "host", "pid", "workers", "started_at", "beat_at")
    list_filter = ("kind",)
    ordering = ("kind", "host", "pid")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
