"""Callbacks as operators see them: what was sent, what came back, and sending once more."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin import FastAdmin, Since, one_of
from accounts.models import Tenant
from generation import channels
from generation.callbacks import claim
from generation.models import Delivery
from generation.models.delivery import DeliveryState


@admin.register(Delivery)
class DeliveryAdmin(FastAdmin):
    """For looking; the one thing to do is to send a finished delivery once more."""

    list_display = (
        "created_at",
        "tenant",
        "url",
        "state",
        "attempt",
        "due_at",
        "last_status",
        "last_error",
        "lateness_ms",
    )
    list_filter = (one_of("state", _("state"), DeliveryState.choices), Since)
    search_fields = ("id__exact", "task__exact", "endpoint__exact", "tenant__slug__exact")
    search_help_text = _("Id of a delivery, task or webhook, or the short name of a tenant")
    list_select_related = ("tenant",)
    raw_id_fields = ("task",)
    ordering = ("-created_at",)
    actions = ("send_again",)

    def found_by(self, term: str) -> list[Q]:
        tenant = Tenant.objects.filter(slug=term.lower()).first()
        if tenant:
            return [Q(tenant=tenant)]
        return [Q(pk=term), Q(task=term), Q(endpoint__isnull=False, endpoint=term)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in Delivery._meta.fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description=_("Send again, from the first attempt"), permissions=["change"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        sent = 0
        for delivery in queryset:
            if claim.send_again(delivery.pk):
                sent += 1
                self.log_change(request, delivery, "sent again by hand")
        if sent:
            channels.emit(channels.DELIVERY)
        left_out = queryset.count() - sent
        text = ngettext("%d callback is due again.", "%d callbacks are due again.", sent) % sent
        if left_out:
            text += " " + str(_("%d wait or are being sent already.") % left_out)
        self.message_user(request, text, messages.WARNING if left_out else messages.SUCCESS)
