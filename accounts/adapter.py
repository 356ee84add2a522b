"""What we ask of allauth: who may sign up, and what they get."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from accounts import tenancy
from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.EASEL_OPEN_SIGNUP)

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        saved: User = super().save_user(request, user, form, commit=commit)
        if commit:
            tenancy.open_personal_tenant(saved)
        return saved


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Sign-up through OpenID Connect; whether it is open is the account adapter's answer."""

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        saved: User = super().save_user(request, sociallogin, form)
        tenancy.open_personal_tenant(saved)
        return saved
