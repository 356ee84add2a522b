"""Operators' pages of this layer. Lists never count a whole table; the books are only read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts import keys, ledger, tokens, verified
from accounts.models import ApiKey, Balance, Entry, KeyKind, Membership, Tenant, User


class UncountedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts, and pages, to ten thousand: count(*) over the books is a sequential scan. What is
    older is found by tenant or task."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return len(rows[:10_000].values_list("pk", flat=True))


class FastAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    show_full_result_count = False
    list_per_page = 50


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


class GrantForm(forms.ModelForm):  # type: ignore[type-arg]
    """A tenant's fields, and credits to grant (or, below zero, to take back) while saving."""

    grant_credits = forms.DecimalField(
        required=False,
        decimal_places=3,
        max_digits=15,
        help_text=_("Added to the balance; negative: a correction. Written into the books."),
    )
    grant_note = forms.CharField(required=False, max_length=200)

    class Meta:
        model = Tenant
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        credits = data.get("grant_credits")
        if credits and credits < 0:
            left = ledger.balance(self.instance.pk) if self.instance.pk else 0
            if left + credits * ledger.MILLICREDITS < 0:
                self.add_error("grant_credits", _("More than there is."))
        return data


@admin.register(Tenant)
class TenantAdmin(RightsAdmin):
    form = GrantForm
    list_display = ("name", "slug", "is_active", "credits", "weight", "created_at")
    list_filter = ("is_active",)
    list_select_related = ("balance",)
    search_fields = ("name", "slug")
    readonly_fields = ("credits", "created_at")

    @admin.display(description=_("credits"), ordering="balance__amount")
    def credits(self, tenant: Tenant) -> str:
        balance = getattr(tenant, "balance", None)
        return str(balance) if balance else "0"

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        credits = form.cleaned_data.get("grant_credits")
        if not credits:
            return
        amount = int(credits * ledger.MILLICREDITS)
        note = form.cleaned_data.get("grant_note") or f"by {request.user}"
        if amount > 0:
            ledger.grant(obj.pk, amount, note)
        else:
            ledger.adjust(obj.pk, amount, note)

    def has_delete_permission(self, request: HttpRequest, obj: Tenant | None = None) -> bool:
        """A tenant has files and books: switch it off; deleting is a command's work."""
        return False


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    extra = 0
    raw_id_fields = ("tenant",)


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email",)


class EditUserForm(UserChangeForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = "__all__"


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    form = EditUserForm
    add_form = NewUserForm
    show_full_result_count = False
    ordering = ("email",)
    list_display = ("email", "name", "is_staff", "is_active", "last_login")
    search_fields = ("email", "name")
    readonly_fields = ("last_login", "created_at")
    inlines = (MembershipInline,)
    actions = ("revoke_tokens",)
    fieldsets = (
        (None, {"fields": ("email", "password", "name", "language")}),
        (
            _("Rights"),
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        (_("Dates"), {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        verified.forget()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        verified.forget()  # a membership may have gone

    @admin.action(description=_("Revoke all tokens (JWT) of the chosen users"))
    def revoke_tokens(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            tokens.revoke_all(user)


@admin.register(Membership)
class MembershipAdmin(RightsAdmin):
    list_display = ("user", "tenant", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "tenant")
    search_fields = ("user__email", "tenant__slug")
    raw_id_fields = ("tenant", "user")


@admin.register(ApiKey)
class ApiKeyAdmin(RightsAdmin):
    list_display = ("public_id", "name", "kind", "tenant", "user", "last_used_at", "revoked_at")
    list_filter = ("kind",)
    list_select_related = ("tenant", "user")
    search_fields = ("public_id", "name", "tenant__slug", "user__email")
    raw_id_fields = ("tenant", "user")
    readonly_fields = ("public_id", "lineage", "spent", "created_at", "last_used_at", "revoked_at")
    actions = ("revoke", "rotate")

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

    @admin.action(description=_("Revoke the chosen keys"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset:
            keys.revoke(key)

    @admin.action(description=_("Rotate the chosen keys: new secrets, shown once"))
    def rotate(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset.select_related("tenant", "user"):
            try:
                new = keys.rotate(key)
            except ValueError as error:
                self.message_user(request, f"{key}: {error}", messages.ERROR)
            else:
                _show_once(request, new.key, new.secret)


def _show_once(request: HttpRequest, key: ApiKey, secret: str) -> None:
    if not secret:  # an open door
        return
    text = _("%(id)s: the secret is %(secret)s. It is shown this once.")
    messages.warning(request, text % {"id": key.public_id, "secret": secret})


class ReadOnlyAdmin(FastAdmin):
    paginator = UncountedPaginator

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Balance)
class BalanceAdmin(ReadOnlyAdmin):
    list_display = ("tenant", "amount")
    list_select_related = ("tenant",)
    search_fields = ("tenant__slug",)


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ("id", "created_at", "tenant", "kind", "amount", "task", "reason", "note")
    list_filter = ("kind",)
    list_select_related = ("tenant",)
    search_fields = ("=task", "=tenant__slug")
