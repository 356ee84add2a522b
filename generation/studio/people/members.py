"""/account/members: who belongs here, with which role; removed, handed over, left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import invitations, members
from accounts.actor import Actor
from accounts.invitations import token_of
from accounts.links import absolute
from accounts.mail import is_sent
from accounts.models import Invitation, Membership, Role
from generation.errors import EaselError, Forbidden
from generation.studio import sentences
from generation.studio.doors import member
from generation.studio.people.forms import InviteForm, RoleForm
from generation.studio.people.showing import Question, ask, page

TAB = "members"


@dataclass(frozen=True, kw_only=True)
class MemberRow:
    """``form``: to change the role, None where the actor may not. ``email``: empty where it is
    not his to know."""

    membership: Membership
    name: str
    email: str
    role: str
    you: bool
    form: RoleForm | None
    may_remove: bool
    may_own: bool


@dataclass(frozen=True, kw_only=True)
class InvitationRow:
    invitation: Invitation
    role: str
    link: str


@require_safe
@never_cache
@member
def show(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    return listing(request, actor)


def listing(request: HttpRequest, actor: Actor, form: InviteForm | None = None) -> HttpResponse:
    rows = [_row(actor, each) for each in members.listing(actor)]
    manages = actor.can("admin")
    context: dict[str, Any] = {
        "rows": rows,
        "manages": manages,
        "form": (form or InviteForm()) if manages else None,
        "invitations": [_invited(request, each) for each in _open(actor)],
        "mail_is_held": not is_sent(),
    }
    return page(request, actor, TAB, "members", context)


def _open(actor: Actor) -> list[Invitation]:
    return list(invitations.visible(actor)[: invitations.MOST])


def _row(actor: Actor, membership: Membership) -> MemberRow:
    you = membership.user_id == actor.user_id
    roles = members.roles_for(actor, membership)
    user = membership.user
    return MemberRow(
        membership=membership,
        name=user.name or (user.email if you or actor.can("admin") else user.email.split("@")[0]),
        email=user.email if you or actor.can("admin") else "",
        role=str(capfirst(Role(membership.role).label)),
        you=you,
        form=RoleForm(roles, membership) if roles else None,
        may_remove=bool(roles),
        may_own=actor.can("owner") and not you and membership.role != Role.OWNER,
    )


def _invited(request: HttpRequest, invitation: Invitation) -> InvitationRow:
    path = reverse("studio:invitation", args=[token_of(invitation)])
    role = str(capfirst(Role(invitation.role).label))
    return InvitationRow(invitation=invitation, role=role, link=absolute(request, path))


@require_POST
@member
def role(request: HttpRequest, actor: Actor, user_id: int) -> HttpResponseBase:
    members.may_manage(actor)
    target = members.find(actor, user_id)
    form = RoleForm(members.roles_for(actor, target), target, request.POST)
    if not form.is_valid():
        raise Forbidden(_("you may not give this role"))
    name = {"name": target.user.get_full_name()}
    try:
        members.change_role(actor, user_id, Role(form.cleaned_data["role"]))
    except members.LastOwner as error:
        messages.error(request, sentences.of_error(error))
    else:
        messages.success(request, _("The role of %(name)s has changed.") % name)
    return redirect("studio:members")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def remove(request: HttpRequest, actor: Actor, user_id: int) -> HttpResponseBase:
    """GET asks first."""
    members.may_manage(actor)
    target = members.find(actor, user_id)
    name = {"name": target.user.get_full_name()}
    if request.method != "POST":
        question = Question(
            title=_("Remove %(name)s?") % name,
            text=_keys_end(target) + _("Their pictures stay with the organisation."),
            yes=_("Remove"),
            back=reverse("studio:members"),
        )
        return ask(request, actor, TAB, question)
    return _done(request, lambda: members.remove(actor, user_id), _("%(name)s is removed.") % name)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def hand_over(request: HttpRequest, actor: Actor, user_id: int) -> HttpResponseBase:
    """GET asks first."""
    if not actor.can("owner"):
        raise Forbidden(_("only an owner may hand the organisation over"))
    target = members.find(actor, user_id)
    name = {"name": target.user.get_full_name()}
    if request.method != "POST":
        question = Question(
            title=_("Make %(name)s the owner?") % name,
            text=_("You become an administrator; only the new owner can change that."),
            yes=_("Hand over"),
            back=reverse("studio:members"),
        )
        return ask(request, actor, TAB, question)
    said = _("%(name)s owns the organisation now.") % name
    return _done(request, lambda: members.hand_over(actor, user_id), said)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def leave(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET asks first."""
    own = members.find(actor, actor.user_id or 0)
    name = {"name": actor.tenant_name}
    if request.method != "POST":
        question = Question(
            title=_("Leave %(name)s?") % name,
            text=_keys_end(own) + _("You come back by an invitation only."),
            yes=_("Leave"),
            back=reverse("studio:members"),
        )
        return ask(request, actor, TAB, question)
    said = _("You have left %(name)s.") % name
    return _done(request, lambda: members.leave(actor), said, then="studio:organisations")


def _keys_end(membership: Membership) -> str:
    number = members.live_keys(membership).count()
    if not number:
        return ""
    text = ngettext(
        "%(number)d key that acts in this name ends at once.",
        "%(number)d keys that act in this name end at once.",
        number,
    )
    return text % {"number": number} + " "


def _done(request: HttpRequest, deed: Any, said: str, then: str = "studio:members") -> HttpResponse:
    try:
        deed()
    except EaselError as error:
        if not isinstance(error, members.LastOwner):
            raise
        messages.error(request, sentences.of_error(error))
        return redirect("studio:members")
    messages.success(request, said)
    return redirect(then)
