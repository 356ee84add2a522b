"""/account/invitations: made, sent again, revoked by those who manage people."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import invitations, mail, members
from accounts.actor import Actor
from accounts.links import absolute
from accounts.models import Invitation, Role
from generation.errors import EaselError, RateLimited
from generation.studio.doors import member
from generation.studio.people.forms import InviteForm
from generation.studio.people.members import listing


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def invite(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """An invitation and its mail; GET leads to the list."""
    members.may_manage(actor)
    if request.method != "POST":
        return redirect("studio:members")
    form = InviteForm(request.POST)
    if form.is_valid():
        try:
            _count(request)
            email, role = form.cleaned_data["email"], Role(form.cleaned_data["role"])
            return _send(request, actor, invitations.create(actor, email, role))
        except RateLimited as error:
            form.add_error(None, error.message)
        except EaselError as error:
            form.refuse(error)
    return listing(request, actor, form)


@require_POST
@member
def resend(request: HttpRequest, actor: Actor, invitation_id: int) -> HttpResponseBase:
    invitations.find(actor, invitation_id)
    try:
        _count(request)
    except RateLimited as error:
        messages.error(request, error.message)
        return redirect("studio:members")
    return _send(request, actor, invitations.renew(actor, invitation_id))


@require_POST
@member
def revoke(request: HttpRequest, actor: Actor, invitation_id: int) -> HttpResponseBase:
    gone = invitations.revoke(actor, invitation_id)
    email = {"email": gone.email}
    messages.success(request, _("The invitation to %(email)s is revoked.") % email)
    return redirect("studio:members")


def _count(request: HttpRequest) -> None:
    if not ratelimit.consume(request, action="invite", user=request.user):
        raise RateLimited(_("That were many invitations: try again in an hour."))


def _send(request: HttpRequest, actor: Actor, invitation: Invitation) -> HttpResponse:
    """The link stands on the page either way: a mail may never arrive."""
    token = invitations.token_of(invitation)
    path = reverse("studio:invitation", args=[token])
    context = {
        "link": absolute(request, f"{path}?proof={invitations.proof(token)}"),
        "invitation": invitation,
        "organisation": actor.tenant_name,
        "inviter": actor.user_name,
    }
    email = {"email": invitation.email}
    get_adapter().send_mail("account/email/invitation", invitation.email, context)
    if mail.is_sent():
        messages.success(request, _("%(email)s is invited; the mail is on its way.") % email)
    else:
        text = _("%(email)s is invited. This installation sends no mail: copy the link below.")
        messages.success(request, text % email)
    return redirect("studio:members")
