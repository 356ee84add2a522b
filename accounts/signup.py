"""Signing up: openly where the operator allows it, by an invitation anywhere."""

from __future__ import annotations

from typing import Any

from allauth.account.app_settings import EmailVerificationMethod
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.account.stages import EmailVerificationStage
from allauth.core import context
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import invitations, mail, tenancy
from accounts.models import Invitation, User

FOLLOWED = "invitation"
"""In the session: the token of the invitation that a visitor follows, and whether it was mailed."""


def follow(request: HttpRequest, token: str, *, proved: bool) -> None:
    """The sign-up that comes next is for this invitation."""
    request.session[FOLLOWED] = [token, proved]


def invitation_of(request: HttpRequest) -> Invitation | None:
    """The open invitation that the visitor follows."""
    followed = request.session.get(FOLLOWED) if hasattr(request, "session") else None
    return invitations.by_token(followed[0]) if followed else None


def settle(request: HttpRequest, user: User) -> None:
    """A new user joins the tenant that invited them, or gets one of their own."""
    found = invitation_of(request)
    if found is not None and invitations.is_for(found, user):
        proved = bool(request.session.pop(FOLLOWED)[1])
        invitations.accept(found, user, proved=proved)
        tenancy.prefer(request, found.tenant_id)
        return
    tenancy.open_personal_tenant(user)


def is_open(request: HttpRequest) -> bool:
    return settings.EASEL_OPEN_SIGNUP or invitation_of(request) is not None


class SignupForm(AllauthSignupForm):  # type: ignore[misc]  # allauth has no types
    """Asks for the name too; an invited address cannot be changed."""

    name = forms.CharField(max_length=100, required=False, label=_("Name"))
    field_order = ["email", "name", "password1", "password2"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        found = invitation_of(context.request) if context.request else None
        if found is not None:
            self.fields["email"].initial = found.email
            self.fields["email"].disabled = True

    def try_save(self, request: HttpRequest) -> Any:
        """An address that is known already takes as long as one that is not: the hash of the
        password is what a stranger could measure. The answer is the same, and the holder of the
        address reads of it in a mail."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class ProveAddress(EmailVerificationStage):  # type: ignore[misc]
    """Before signing in, an address is proved. Not by whom a member invited to an installation
    without mail: there the inviter's link is what vouches."""

    def handle(self) -> Any:
        user = self.login.user
        if user is not None and not mail.is_sent() and invitations.joined_by(user):
            self.login.email_verification = EmailVerificationMethod.OPTIONAL
        return super().handle()


STAGES = {"allauth.account.stages.EmailVerificationStage": "accounts.signup.ProveAddress"}
"""Of signing in: ours in the place of allauth's."""
