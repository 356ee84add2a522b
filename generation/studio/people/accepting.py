"""/invitations/<token>: whoever holds the link joins, as a new person or as one who is known."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import invitations, signup, tenancy
from accounts.models import Invitation, Role, User
from generation.errors import NotFound


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows who invites whom to what; POST joins, for the person who was invited."""
    found = invitations.by_token(token)
    if found is None:
        return render(request, "studio/people/invitation_gone.html", status=410)
    proved = invitations.is_proved(token, request.GET.get("proof", ""))
    user = request.user if isinstance(request.user, User) else None
    if user is None:
        return _for_a_visitor(request, found, token, proved=proved)
    yours = invitations.is_for(found, user)
    if request.method == "POST" and yours:
        return _join(request, found, user, proved=proved)
    return _show(request, found, {"yours": yours, "others": not yours})


def _for_a_visitor(
    request: HttpRequest, found: Invitation, token: str, *, proved: bool
) -> HttpResponse:
    """He signs in and comes back here, or signs up under the invited address."""
    signup.follow(request, token, proved=proved)
    if proved:
        request.session["account_verified_email"] = found.email
    known = User.objects.filter(email=found.email).exists()
    return _show(request, found, {"known": known, "new": not known})


def _join(request: HttpRequest, found: Invitation, user: User, *, proved: bool) -> HttpResponse:
    try:
        invitations.accept(found, user, proved=proved)
    except NotFound:
        return render(request, "studio/people/invitation_gone.html", status=410)
    tenancy.prefer(request, found.tenant_id)
    return redirect("studio:studio")


def _show(request: HttpRequest, found: Invitation, context: dict[str, bool]) -> HttpResponse:
    inviter = found.invited_by.get_full_name() if found.invited_by else _("Somebody")
    return render(
        request,
        "studio/people/invitation.html",
        {
            "invitation": found,
            "inviter": inviter,
            "role": str(capfirst(Role(found.role).label)),
            "here": request.get_full_path(),
            "login": f"{reverse('account_login')}",
            **context,
        },
    )
