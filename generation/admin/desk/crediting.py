"""Credits of a tenant: a new entry of its books, with a reason. A balance is never edited."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import ledger, trail
from accounts.errors import InsufficientCredit
from accounts.models import Deed, Tenant
from generation.admin.desk.forms import CreditsForm
from generation.admin.desk.paper import page


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("accounts.add_entry", raise_exception=True)
def credits(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Tenant, pk=pk)
    balance = ledger.balance(pk)
    form = CreditsForm(request.POST or None, balance=balance)
    if request.method == "POST" and form.is_valid():
        amount = int(form.cleaned_data["credits"] * ledger.MILLICREDITS)
        try:
            left = _book(request, row, amount, form.cleaned_data["reason"])
        except InsufficientCredit:  # a task of the tenant was quicker
            form.add_error("credits", _("More than there is."))
        else:
            text = _("%(name)s has %(credits)s credits now.")
            messages.success(request, text % {"name": row, "credits": f"{left / 1000:g}"})
            return redirect("admin:index")
    return page(
        request,
        title=_("Credits of %s") % row,
        says=_("The balance is %s credits.") % f"{balance / 1000:g}",
        form=form,
        button=_("Write the entry"),
    )


@transaction.atomic
def _book(request: HttpRequest, row: Tenant, amount: int, reason: str) -> int:
    note = f"{request.user}: {reason}"[:200]
    before = ledger.balance(row.pk)
    write = ledger.grant if amount > 0 else ledger.adjust
    left = write(row.pk, amount, note)
    trail.write(
        trail.author(request),
        Deed.CREDITED,
        row,
        tenant_id=row.pk,
        reason=reason,
        before={"millicredits": before},
        after={"millicredits": left},
    )
    return left
