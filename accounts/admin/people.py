"""Users and where they belong."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import (
    AdminPasswordChangeForm,
    AdminUserCreationForm,
    UserChangeForm,
)
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import factors, tokens, verified
from accounts.admin.lists import FastAdmin
from accounts.admin.tenants import RightsAdmin
from accounts.models import Membership, Tenant, User


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    extra = 0
    autocomplete_fields = ("tenant",)


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email",)


class EditUserForm(UserChangeForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = "__all__"


class NewPasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]
    """Ends the tokens too; the sessions end by themselves, for each carries the password's hash."""

    def save(self, commit: bool = True) -> Any:
        user = super().save(commit)
        tokens.revoke_all(user)
        return user


@admin.register(User)
class UserAdmin(FastAdmin, DjangoUserAdmin):  # type: ignore[type-arg]
    """What gives power over the installation is for superusers to give."""

    form = EditUserForm
    add_form = NewUserForm
    change_password_form = NewPasswordForm
    ordering = ("email",)
    sortable_by = ("email",)
    list_display = ("email", "name", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_superuser", "is_active")
    search_fields = ("email__startswith", "name__istartswith")
    search_help_text = _("How the e-mail address or the name begins")
    readonly_fields = ("last_login", "created_at")
    inlines = (MembershipInline,)
    actions = ("revoke_tokens", "remove_factors")
    fieldsets = (
        (None, {"fields": ("email", "password", "name", "language")}),
        (
            _("Rights"),
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        (_("Dates"), {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    def found_by(self, term: str) -> list[Q]:
        return [Q(email__startswith=term.lower()), Q(name__istartswith=term)]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        found = super().get_readonly_fields(request, obj)
        if request.user.is_superuser:
            return found
        return (*found, "is_staff", "is_superuser", "groups", "user_permissions")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Whoever may change a superuser's password is one."""
        above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return not above and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return not above and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        verified.forget()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        verified.forget()  # a membership may have gone

    @admin.action(
        description=_("Revoke all tokens (JWT) of the chosen users"), permissions=["change"]
    )
    def revoke_tokens(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            tokens.revoke_all(user)

    @admin.action(
        description=_("Remove the second factors of the chosen users"), permissions=["change"]
    )
    def remove_factors(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            if self.has_change_permission(request, user):
                factors.remove(user)


@admin.register(Membership)
class MembershipAdmin(RightsAdmin):
    list_display = ("user", "tenant", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "tenant")
    search_fields = ("user__email__exact", "tenant__slug__exact")
    search_help_text = _("E-mail address, or the short name of a tenant")
    ordering = ("-id",)
    autocomplete_fields = ("tenant", "user")

    def found_by(self, term: str) -> list[Q]:
        return [
            Q(user=User.objects.filter(email=term.lower()).first() or -1),
            Q(tenant=Tenant.objects.filter(slug=term.lower()).first() or -1),
        ]
