"""Plans: limits and factors under one name."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import trail, verified
from accounts.admin.lists import FastAdmin
from accounts.models import Deed, Plan, Tenant
from accounts.models.plan import APPLIED


@admin.register(Plan)
class PlanAdmin(FastAdmin):
    is_small = True
    sortable_by = None
    list_display = ("name", *APPLIED)
    search_fields = ("name",)
    actions = ("apply_again",)

    @admin.action(description=_("Apply to the tenants on it"), permissions=["change"])
    def apply_again(self, request: HttpRequest, queryset: Any) -> None:
        changed = sum(apply(request, plan, Tenant.objects.filter(plan=plan)) for plan in queryset)
        text = ngettext("%d tenant was changed.", "%d tenants were changed.", changed)
        self.message_user(request, text % changed)


def apply(request: HttpRequest, plan: Plan, tenants: Any) -> int:
    """Copies the plan's values to each tenant, and writes down how it was; how many."""
    values = {name: getattr(plan, name) for name in APPLIED}
    count = 0
    for tenant in tenants:
        before = {name: getattr(tenant, name) for name in APPLIED}
        before["plan"] = tenant.plan.name if tenant.plan else None
        Tenant.objects.filter(pk=tenant.pk).update(plan=plan, **values)
        trail.write(
            trail.author(request),
            Deed.SWITCHED,
            tenant,
            tenant_id=tenant.pk,
            before=before,
            after=values | {"plan": plan.name},
        )
        count += 1
    verified.forget()
    return count
