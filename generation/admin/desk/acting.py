"""Acting as a user: begun with a reason, ended by a button or after half an hour."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import impersonation
from accounts.errors import Forbidden
from accounts.models import User
from generation.admin.desk.forms import WhyForm
from generation.admin.desk.paper import page


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    form = WhyForm(request.POST or None)
    try:
        impersonation.may(request, user)
        if request.method == "POST" and form.is_valid():
            impersonation.begin(request, user, form.cleaned_data["reason"])
            return redirect("/")
    except Forbidden as error:
        raise PermissionDenied(error.message) from error
    return page(
        request,
        title=_("Act as %s") % user,
        says=_(
            "For %(minutes)d minutes you see and do what this person can, but for keys, passwords, "
            "the second factor and the account itself. Everything is written down under both names."
        )
        % {"minutes": impersonation.MINUTES},
        form=form,
        button=_("Act as this person"),
    )


@require_POST
def end(request: HttpRequest) -> HttpResponse:
    ended = impersonation.end(request)
    messages.success(request, _("You are yourself again."))
    if ended is None:
        return redirect("admin:index")
    return redirect("admin:accounts_user_change", ended)
