"""Abuse reports and appeals: for looking; they are decided in the review."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin import ReadOnlyAdmin, Since, one_of
from accounts.models import Tenant
from generation.models import Appeal, AppealState, Report, ReportState


class SaidAdmin(ReadOnlyAdmin):
    ordering = ("-created_at",)
    list_select_related = ("tenant", "user", "decided_by")
    search_help_text = _("Picture id, or the short name of a tenant")

    def found_by(self, term: str) -> list[Q]:
        tenant = Tenant.objects.filter(slug=term.lower()).first()
        return [Q(tenant=tenant)] if tenant else [Q(output=term)]

    @admin.display(description=_("review"))
    def review(self, said: Any) -> SafeString:
        where = reverse("admin:desk_picture", args=[said.output_id])
        return format_html('<a href="{}">{}</a>', where, _("Review"))


@admin.register(Report)
class ReportAdmin(SaidAdmin):
    list_display = (
        "created_at",
        "category",
        "tenant",
        "user",
        "times",
        "state",
        "decided_by",
        "review",
    )
    list_filter = (one_of("state", _("state"), ReportState.choices), Since)
    search_fields = ("output__exact", "tenant__slug__exact")
    raw_id_fields = ("output",)


@admin.register(Appeal)
class AppealAdmin(SaidAdmin):
    list_display = ("created_at", "tenant", "user", "state", "decided_by", "review")
    list_filter = (one_of("state", _("state"), AppealState.choices), Since)
    search_fields = ("output__exact", "tenant__slug__exact")
    raw_id_fields = ("output",)
