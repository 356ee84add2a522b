"""What we ask of allauth: who may sign up, what they get, whose address a request comes from."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context as running
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts import links, sessions, signup, tokens
from accounts.client_ip import client_ip
from accounts.models import User
from accounts.sealing import seal, unseal

UNKNOWN_ADDRESS = "0.0.0.0"  # a caller behind a Unix socket: all of them share one limit


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return signup.is_open(request)

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.name = form.cleaned_data.get("name") or ""
        saved: User = super().save_user(request, user, form, commit=commit)
        if commit:
            signup.settle(request, saved)
        return saved

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The studio; the desk for an operator who belongs to no organisation: nobody is sent to a
        page that he may not open."""
        user = request.user
        if isinstance(user, User) and user.is_staff and not user.memberships.exists():
            return reverse("admin:index")
        return str(super().get_login_redirect_url(request))

    def get_login_stages(self) -> list[str]:
        stages: list[str] = super().get_login_stages()
        return [signup.STAGES.get(each, each) for each in stages]

    def get_client_ip(self, request: HttpRequest) -> str:
        """By our own rule of trusted proxies; allauth's counts others."""
        return client_ip(request) or UNKNOWN_ADDRESS

    def set_password(self, user: User, password: str) -> None:
        """Ends every JWT, and every session but the one that asked for it."""
        super().set_password(user, password)
        tokens.revoke_all(user)
        user.refresh_from_db(fields=["token_version"])
        request = running.request
        own = request is not None and request.user.pk == user.pk
        sessions.end_others(user, request.session.session_key if own else None)

    def pre_login(self, request: HttpRequest, user: User, **given: Any) -> HttpResponse | None:
        """The operator vouches for the address of a user whom he made himself."""
        if not EmailAddress.objects.filter(user=user).exists():
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        answer: HttpResponse | None = super().pre_login(request, user, **given)
        return answer

    def post_login(self, request: HttpRequest, user: User, **given: Any) -> HttpResponse:
        """The page after it is in the language that the user chose."""
        answer: HttpResponse = super().post_login(request, user, **given)
        if user.language:
            answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language)
        return answer

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> bool:
        """Written down to be sent (``accounts.mail``). Links lead to our own base, whatever Host
        the caller wrote."""
        request = running.request
        if request is not None:
            context = {
                name: links.rebased(request, value) if isinstance(value, str) else value
                for name, value in context.items()
            }
        site = get_current_site(request)
        about = {"request": request, "email": email, "current_site": site}
        return bool(self.render_mail(template_prefix, email, about | context).send())


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Sign-up through OpenID Connect: where it is open, or for the address that was invited."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        if settings.EASEL_OPEN_SIGNUP or settings.EASEL_OIDC_SIGNUP:
            return True
        found = signup.invitation_of(request)
        return found is not None and _verified(sociallogin, found.email)

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        saved: User = super().save_user(request, sociallogin, form)
        signup.settle(request, saved)
        return saved

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        full = " ".join(filter(None, (data.get("first_name"), data.get("last_name"))))
        user.name = (data.get("name") or full)[:100]
        return user


def _verified(sociallogin: Any, email: str) -> bool:
    return any(
        each.email.lower() == email and each.verified for each in sociallogin.email_addresses
    )


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors are sealed: a copy of the database signs nobody in."""

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)
