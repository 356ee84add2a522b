"""Webhook endpoints and uploads as operators see them: whose, how they do, switched off or on."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin import FastAdmin
from accounts.models import Tenant
from generation.models import Upload, WebhookEndpoint


class LookedAt(FastAdmin):
    """For looking: rows are made by their owners, through the API."""

    search_help_text = _("Its id, or the short name of a tenant")

    def found_by(self, term: str) -> list[Q]:
        tenant = Tenant.objects.filter(slug=term.lower()).first()
        return [Q(tenant=tenant)] if tenant else [Q(pk=term)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        shown = self.model._meta.fields
        return [field.name for field in shown if not field.name.endswith("_sealed")]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_readonly_fields(request, obj)


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(LookedAt):
    list_display = ("url", "tenant", "user", "failures", "failing_since", "disabled_reason")
    ordering = ("pk",)
    list_filter = (("disabled_at", admin.EmptyFieldListFilter),)
    list_select_related = ("tenant", "user")
    search_fields = ("id__exact", "tenant__slug__exact")
    actions = ("switch_off", "switch_on")

    @admin.action(description=_("Switch off"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        why = "switched off by an operator"
        count = 0
        for endpoint in queryset.filter(disabled_at=None):
            endpoint.disabled_at, endpoint.disabled_reason = timezone.now(), why
            endpoint.save(update_fields=["disabled_at", "disabled_reason"])
            endpoint.deliveries.give_up(why)
            self.log_change(request, endpoint, why)
            count += 1
        text = ngettext("%d webhook was switched off.", "%d webhooks were switched off.", count)
        self.message_user(request, text % count, messages.SUCCESS)

    @admin.action(description=_("Switch on, with a clean record"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        count = 0
        for endpoint in queryset.exclude(disabled_at=None):
            endpoint.disabled_at, endpoint.disabled_reason = None, ""
            endpoint.failures, endpoint.failing_since = 0, None
            endpoint.save()
            self.log_change(request, endpoint, "switched on by an operator")
            count += 1
        text = ngettext("%d webhook was switched on.", "%d webhooks were switched on.", count)
        self.message_user(request, text % count, messages.SUCCESS)


@admin.register(Upload)
class UploadAdmin(LookedAt):
    list_display = ("id", "tenant", "user", "format", "width", "height", "size", "expires_at")
    list_select_related = ("tenant", "user")
    search_fields = ("id__exact", "tenant__slug__exact")
    ordering = ("-expires_at",)  # by its index

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # its file would stay: it goes by itself after its days
