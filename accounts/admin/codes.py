"""Redemption codes: made in batches and shown once, withdrawn, and who redeemed which."""

from __future__ import annotations

import csv
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import ledger, redemption, trail
from accounts.admin.lists import FastAdmin, ReadOnlyAdmin
from accounts.models import Deed, Redemption, RedemptionCode


class BatchForm(forms.Form):
    number = forms.IntegerField(
        label=_("How many"), initial=10, min_value=1, max_value=redemption.MOST_IN_A_BATCH
    )
    credits = forms.DecimalField(
        label=_("Credits each"), min_value=0.001, max_value=10**9, decimal_places=3
    )
    max_redemptions = forms.IntegerField(
        label=_("Organisations that may redeem each"), initial=1, min_value=1, max_value=10**6
    )
    valid_until = forms.DateTimeField(
        label=_("Valid until"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    batch = forms.CharField(label=_("Name of the batch"), max_length=100, required=False)

    def clean_valid_until(self) -> Any:
        at = self.cleaned_data["valid_until"]
        if at is not None and at <= timezone.now():
            raise forms.ValidationError(_("This lies in the past."))
        return at


@admin.register(RedemptionCode)
class RedemptionCodeAdmin(FastAdmin):
    """The code itself is shown when it is made, and never again."""

    is_small = True  # an operator made each batch by hand

    is_small = True  # made by operators, some thousands at most

    list_display = (
        "shown", "batch", "credits", "redeemed", "max_redemptions", "valid_until", "disabled_at",
        "created_at",
    )  # fmt: skip
    list_filter = (("disabled_at", admin.EmptyFieldListFilter),)
    search_fields = ("batch__exact", "hint__exact")
    search_help_text = _("The name of a batch, or the last four letters of a code")
    ordering = ("-id",)
    actions = ("withdraw",)
    change_list_template = "admin/accounts/redemptioncode/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.make)
        mine = path("make/", view, name="accounts_redemptioncode_make")
        return [mine, *super().get_urls()]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [f.name for f in RedemptionCode._meta.fields if f.name != "code_hash"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_readonly_fields(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # one by one says too little: see make

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("ends in"), ordering="id")
    def shown(self, code: RedemptionCode) -> str:
        return str(code)

    @admin.display(description=_("credits"))
    def credits(self, code: RedemptionCode) -> str:
        return f"{code.amount / ledger.MILLICREDITS:g}"

    @admin.action(description=_("Withdraw"), permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[RedemptionCode]) -> None:
        count = redemption.withdraw(list(queryset.values_list("pk", flat=True)))
        text = ngettext("%d code was withdrawn.", "%d codes were withdrawn.", count) % count
        self.message_user(request, text, messages.SUCCESS)

    def make(self, request: HttpRequest) -> HttpResponse:
        """A batch: the answer to the POST is the one place where the codes are."""
        if not request.user.has_perm("accounts.add_redemptioncode"):
            raise PermissionDenied
        form = BatchForm(request.POST or None)
        codes = self._made(request, form) if request.method == "POST" and form.is_valid() else []
        if codes and "file" in request.POST:
            return _as_file(codes, form.cleaned_data["batch"])
        context = {
            **self.admin_site.each_context(request),
            "title": _("Make redemption codes"),
            "form": form,
            "codes": codes,
            "opts": RedemptionCode._meta,
        }
        response = TemplateResponse(request, "admin/accounts/redemptioncode/make.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def _made(self, request: HttpRequest, form: BatchForm) -> list[str]:
        asked = form.cleaned_data
        codes = redemption.make(
            asked["number"],
            int(asked["credits"] * ledger.MILLICREDITS),
            batch=asked["batch"],
            valid_until=asked["valid_until"],
            max_redemptions=asked["max_redemptions"],
            made_by=request.user,  # type: ignore[arg-type]
        )
        after = {"codes": len(codes), "credits": float(asked["credits"]), "batch": asked["batch"]}
        trail.write(trail.author(request), Deed.CREDITED, after=after)
        return codes


@admin.register(Redemption)
class RedemptionAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "code", "tenant", "user")
    list_select_related = ("code", "tenant", "user")
    search_fields = ("tenant__slug__exact",)
    search_help_text = _("The short name of a tenant")
    ordering = ("-id",)


def _as_file(codes: list[str], batch: str) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="easel-codes.csv"'
    response["Cache-Control"] = "no-store"
    safe = f"'{batch}" if batch.startswith(("=", "+", "-", "@", "\t", "\r")) else batch
    csv.writer(response).writerows([("code", "batch"), *((code, safe) for code in codes)])
    return response
