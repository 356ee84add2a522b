"""What can be asked for: with a cover, on or off, everyone's or one tenant's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet, URLField
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.admin import FastAdmin
from catalog import covers
from catalog.access import invalidate
from catalog.models import (
    Checkpoint,
    ControlNet,
    Embedding,
    Entry,
    Style,
    Upscaler,
    Vae,
)

if TYPE_CHECKING:
    EntryModelForm = ModelForm[Any]
else:  # Django's own class takes no type argument
    EntryModelForm = ModelForm


class CatalogAdmin(FastAdmin):
    """A cache that forgets after every change."""

    is_small = True
    sortable_by = None
    autocomplete_fields = ("tenant",)
    list_select_related = ("tenant",)
    change_list_template = "admin/catalog/change_list.html"

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, **({"form": RowForm} | kwargs))

    def save_model(
        self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        invalidate()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        invalidate()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        invalidate()


class EntryForm(EntryModelForm):
    cover_file = forms.FileField(
        label=_("New cover picture"),
        required=False,
        help_text=_("PNG, JPEG or WebP; kept as a picture of at most 640 pixels."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    clear_cover = forms.BooleanField(label=_("No cover picture"), required=False)

    def clean_cover_file(self) -> Any:
        sent = self.cleaned_data["cover_file"]
        if sent is None:
            return None
        if (sent.size or 0) > covers.MOST_BYTES:
            raise forms.ValidationError(_("At most 10 MB."))
        try:
            self.kept_cover = covers.keep(sent.read())
        except covers.BadCover as error:
            raise forms.ValidationError(error.message) from error
        return sent


class FamilyFilter(admin.SimpleListFilter):
    """The families that there are; what has none is "unknown"."""

    title = _("base model")
    parameter_name = "family"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        rows = model_admin.model.objects.order_by("base_model")
        known = rows.values_list("base_model", flat=True).distinct()[:50]
        return [(name or "-", name or _("unknown")) for name in known]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        return queryset.filter(base_model=chosen.strip("-")) if chosen else queryset


class RowForm(EntryModelForm):
    """A row of a list: its boxes have no label of their own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{field.label}: {self.instance}"


class EntryAdmin(CatalogAdmin):
    form = EntryForm
    list_display: tuple[str, ...] = (
        "cover",
        "name",
        "title",
        "base_model",
        "tenant",
        "source",
        "present",
        "online",
        "is_adult",
        "updated",
    )
    list_display_links = ("name",)
    list_editable = ("online",)
    list_filter: ClassVar[Any] = ("online", "present", "source", FamilyFilter, "is_adult")
    search_fields = ("name", "title", "sha256", "trigger_words")
    readonly_fields: ClassVar[tuple[str, ...]] = (
        "cover",
        "source",
        "present",
        "created",
        "updated",
    )
    actions: tuple[str, ...] = (
        "put_online",
        "take_offline",
        "follow_backends",
        "mark_adult",
        "mark_for_all",
    )

    def save_model(
        self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool
    ) -> None:
        if "follows_backends" in form.changed_data and obj.follows_backends and change:
            obj.online = obj.present
        elif "online" in form.changed_data:
            obj.follows_backends = False
        before = form.initial.get("cover_url", "")
        if form.cleaned_data.get("clear_cover"):
            obj.cover_url = ""
        obj.cover_url = getattr(form, "kept_cover", obj.cover_url)
        super().save_model(request, obj, form, change)
        if before != obj.cover_url:
            covers.forget(before)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, URLField):
            kwargs["assume_scheme"] = "https"  # Django 6's own default
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description=_("cover"))
    def cover(self, entry: Entry) -> str:
        """The page's policy shows no picture of another server: of such, its address."""
        if not entry.cover_url.startswith("/"):
            return entry.cover_url[:40]
        return format_html(
            '<img class="cover" src="{}" alt="" width="48" height="48" loading="lazy">',
            entry.cover_url,
        )

    @admin.action(description=_("Put online, whatever the backends say"), permissions=["change"])
    def put_online(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._set(request, queryset, online=True, follows_backends=False)

    @admin.action(description=_("Take offline, whatever the backends say"), permissions=["change"])
    def take_offline(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._set(request, queryset, online=False, follows_backends=False)

    @admin.action(description=_("Online as the backends say"), permissions=["change"])
    def follow_backends(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        there, gone = queryset.filter(present=True), queryset.filter(present=False)
        ids = list(gone.values_list("pk", flat=True))
        self._set(request, there, online=True, follows_backends=True)
        self._set(request, queryset.filter(pk__in=ids), online=False, follows_backends=True)

    @admin.action(description=_("Mark as adult content"), permissions=["change"])
    def mark_adult(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._set(request, queryset, is_adult=True)

    @admin.action(description=_("Mark as not adult content"), permissions=["change"])
    def mark_for_all(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._set(request, queryset, is_adult=False)

    def _set(self, request: HttpRequest, queryset: QuerySet[Any], **values: bool) -> None:
        for entry in queryset:
            self.log_change(request, entry, [{"changed": {"fields": sorted(values)}}])
        queryset.update(**values)
        invalidate()


@admin.register(Checkpoint)
class CheckpointAdmin(EntryAdmin):
    list_display = (*EntryAdmin.list_display, "is_default")


admin.site.register((Vae, Embedding, ControlNet, Upscaler, Style), EntryAdmin)
