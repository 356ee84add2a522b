"""Balances and the books. Read only: a correction is a new entry, made at the desk."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.lists import Choices, ReadOnlyAdmin
from accounts.models import Balance, Entry, Tenant

BY_HAND = ("grant", "adjust", "review")


class ByHand(admin.SimpleListFilter):
    """What operators did: few of many, by an index of their own."""

    title = _("who wrote it")
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("hand", _("operators"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind__in=BY_HAND) if self.value() else queryset


@admin.register(Balance)
class BalanceAdmin(ReadOnlyAdmin):
    list_display = ("tenant", "amount")
    list_select_related = ("tenant",)
    search_fields = ("tenant__slug__exact",)
    search_help_text = _("The short name of a tenant")
    ordering = ("pk",)


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ("id", "created_at", "tenant", "kind", "amount", "task", "reason", "note")
    list_filter = (ByHand,)
    list_select_related = ("tenant",)
    search_fields = ("task__exact", "tenant__slug__exact")
    search_help_text = _("Task id, or the short name of a tenant")
    ordering = ("-id",)

    def found_by(self, term: str) -> list[Q]:
        tenant = Tenant.objects.filter(slug=term.lower()).first()
        return [Q(tenant=tenant)] if tenant else [Q(task=term)]
