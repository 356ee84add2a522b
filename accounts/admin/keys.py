"""API keys: made, rotated and revoked; a secret is shown once."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import keys
from accounts.admin.tenants import RightsAdmin
from accounts.models import ApiKey, KeyKind, Tenant, User


@admin.register(ApiKey)
class ApiKeyAdmin(RightsAdmin):
    list_display = ("public_id", "name", "kind", "tenant", "user", "last_used_at", "revoked_at")
    list_filter = ("kind",)
    list_select_related = ("tenant", "user")
    search_fields = ("public_id__exact", "tenant__slug__exact", "user__email__exact")
    search_help_text = _("Key id, e-mail address, or the short name of a tenant")
    ordering = ("-id",)
    autocomplete_fields = ("tenant", "user")
    readonly_fields = ("public_id", "lineage", "spent", "created_at", "last_used_at", "revoked_at")
    actions = ("revoke", "rotate")

    def found_by(self, term: str) -> list[Q]:
        return [
            Q(public_id=term),
            Q(user=User.objects.filter(email=term.lower()).first() or -1),
            Q(tenant=Tenant.objects.filter(slug=term.lower()).first() or -1),
        ]

    def get_readonly_fields(
        self, request: HttpRequest, obj: ApiKey | None = None
    ) -> tuple[str, ...]:
        # Another tenant or another form would make it another key.
        return (*self.readonly_fields, "tenant", "user", "kind") if obj else self.readonly_fields

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kw: Any) -> Any:
        if db_field.name == "kind":
            kw["choices"] = [kind for kind in KeyKind.choices if kind[0] != KeyKind.TEST_TOKEN]
        return super().formfield_for_choice_field(db_field, request, **kw)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        secret = keys.furnish(obj)
        super().save_model(request, obj, form, change)
        _show_once(request, obj, secret)

    @admin.action(description=_("Revoke the chosen keys"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset:
            keys.revoke(key)
            self.log_change(request, key, "revoked")

    @admin.action(
        description=_("Rotate the chosen keys: new secrets, shown once"), permissions=["change"]
    )
    def rotate(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset.select_related("tenant", "user"):
            try:
                new = keys.rotate(key)
            except ValueError as error:
                self.message_user(request, f"{key}: {error}", messages.ERROR)
            else:
                self.log_change(request, key, "rotated")
                _show_once(request, new.key, new.secret)


def _show_once(request: HttpRequest, key: ApiKey, secret: str) -> None:
    if not secret:  # an open door
        return
    text = _("%(id)s: the secret is %(secret)s. It is shown this once.")
    messages.warning(request, text % {"id": key.public_id, "secret": secret})
