"""Is it still the person who signed in? Asked before what cannot be undone."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from allauth.core import ratelimit
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Forbidden, RateLimited
from accounts.models import User

LATELY = timedelta(minutes=5)


def needs_password(request: HttpRequest) -> bool:
    """False for whoever signs in elsewhere (OIDC): then having done so lately is what counts."""
    return cast(User, request.user).has_usable_password()


def prove(request: HttpRequest, password: str) -> bool:
    """Whether the password is right, or, where there is none, the person signed in just now.
    RateLimited: too many tries. Forbidden: an operator who acts as the person."""
    if getattr(request, "operator", None) is not None:
        raise Forbidden(_("only the person may do this"))
    user = cast(User, request.user)
    if not ratelimit.consume(request, action="reauthenticate", user=user):
        raise RateLimited(_("too many tries"), retry_after=60)
    if user.has_usable_password():
        return user.check_password(password)
    return user.last_login is not None and user.last_login > timezone.now() - LATELY
