"""Tenants: limits, factors, rights. Credits and the switch are pages of their own (the desk)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import verified
from accounts.admin.lists import FastAdmin
from accounts.admin.plans import apply
from accounts.models import Plan, Tenant

PLANS = 30  # in the list of actions


class RightsAdmin(FastAdmin):
    """Of rows that give rights: what the verifier remembers is forgotten with each change."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        verified.forget()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        verified.forget()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        verified.forget()


@admin.register(Tenant)
class TenantAdmin(RightsAdmin):
    """Whether it is on is changed on a page that asks why; so are its credits."""

    list_display = (
        "name",
        "slug",
        "is_active",
        "plan",
        "credits",
        "weight",
        "price_percent",
        "created_at",
    )
    list_filter = ("is_active",)
    list_select_related = ("balance", "plan")
    search_fields = ("slug__startswith", "name__istartswith")
    search_help_text = _("How the name or the short name begins")
    ordering = ("slug",)
    sortable_by = ("slug",)
    readonly_fields = ("credits", "is_active", "plan", "created_at")
    fieldsets = (
        (None, {"fields": ("name", "slug", "is_active", "plan", "credits", "created_at")}),
        (
            _("Limits"),
            {
                "fields": (
                    ("max_concurrent", "max_queued", "rate_per_minute"),
                    ("max_side", "max_images"),
                )
            },
        ),
        (_("Turns and prices"), {"fields": (("weight", "price_percent"),)}),
        (
            _("Pictures"),
            {
                "fields": (
                    "default_checkpoint",
                    "allows_adult",
                    "visible_mark",
                    "preview_policy",
                    "strict",
                    "time_zone",
                )
            },
        ),
    )

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """One for each plan that there is."""
        found: dict[str, Any] = super().get_actions(request)
        if not request.user.has_perm("accounts.change_tenant"):
            return found
        for plan in Plan.objects.all()[:PLANS]:
            name = f"plan_{plan.pk}"
            words = str(_("Put on the plan “%s”")) % plan
            found[name] = (_putting_on(plan), name, words)
        return found

    @admin.display(description=_("credits"))
    def credits(self, tenant: Tenant) -> str:
        balance = getattr(tenant, "balance", None)
        return str(balance) if balance else "0"

    def has_delete_permission(self, request: HttpRequest, obj: Tenant | None = None) -> bool:
        """A tenant has files and books: switch it off; deleting is a command's work."""
        return False


def _putting_on(plan: Plan) -> Callable[[Any, HttpRequest, QuerySet[Tenant]], None]:
    def put(model_admin: Any, request: HttpRequest, queryset: QuerySet[Tenant]) -> None:
        changed = apply(request, plan, queryset.select_related("plan"))
        text = ngettext("%d tenant was changed.", "%d tenants were changed.", changed)
        model_admin.message_user(request, text % changed)

    return put
