"""The catalog in Django's admin.

What a person sets here holds against the backends: an entry whose ``online`` was set by hand no
longer follows them. Every change is seen in this process at once, in others within seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.access import invalidate
from catalog.models import (
    Alias,
    Checkpoint,
    ControlNet,
    Embedding,
    Entry,
    Lora,
    Presence,
    Price,
    Style,
    Upscaler,
    Vae,
)

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:  # Django's own class takes no type argument
    ModelAdmin = admin.ModelAdmin


class CatalogAdmin(ModelAdmin):
    """Fast lists, and a cache that forgets after every change."""

    raw_id_fields = ("tenant",)
    list_select_related = ("tenant",)
    list_per_page = 50
    show_full_result_count = False

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


class EntryAdmin(CatalogAdmin):
    list_display: tuple[str, ...] = (
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
    list_editable = ("online",)
    list_filter = ("online", "present", "source", "base_model", "is_adult")
    search_fields = ("name", "title", "sha256", "trigger_words")
    readonly_fields = ("source", "present", "created", "updated")
    actions = ("put_online", "take_offline", "follow_backends")

    def save_model(
        self, request: HttpRequest, obj: Entry, form: ModelForm[Any], change: bool
    ) -> None:
        if "follows_backends" in form.changed_data and obj.follows_backends and change:
            obj.online = obj.present
        elif "online" in form.changed_data:
            obj.follows_backends = False
        super().save_model(request, obj, form, change)

    @admin.action(description=_("Put online, whatever the backends say"))
    def put_online(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        queryset.update(online=True, follows_backends=False)
        invalidate()

    @admin.action(description=_("Take offline, whatever the backends say"))
    def take_offline(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        queryset.update(online=False, follows_backends=False)
        invalidate()

    @admin.action(description=_("Online as the backends say"))
    def follow_backends(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        queryset.filter(present=True).update(online=True, follows_backends=True)
        queryset.filter(present=False).update(online=False, follows_backends=True)
        invalidate()


@admin.register(Checkpoint)
class CheckpointAdmin(EntryAdmin):
    list_display = (*EntryAdmin.list_display, "is_default")


admin.site.register((Lora, Vae, Embedding, ControlNet, Upscaler, Style), EntryAdmin)


@admin.register(Alias)
class AliasAdmin(CatalogAdmin):
    list_display = ("name", "kind", "dialect", "target", "tenant", "updated")
    list_editable = ("target",)
    list_filter = ("kind", "dialect")
    search_fields = ("name", "target")


@admin.register(Price)
class PriceAdmin(CatalogAdmin):
    list_display = (
        "kind",
        "checkpoint",
        "tenant",
        "per_megapixel_step",
        "base_millicredits",
        "per_image",
        "valid_from",
    )
    list_filter = ("kind",)
    search_fields = ("kind", "checkpoint")


@admin.register(Presence)
class PresenceAdmin(CatalogAdmin):
    """For looking: the backends write these."""

    list_display = ("name", "kind", "backend_ref", "tenant", "sha256")
    list_filter = ("kind", "backend_ref")
    search_fields = ("name", "sha256")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
