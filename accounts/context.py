"""What the pages of signing in show besides what allauth gives them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts import mail, signup


def entrance(request: HttpRequest) -> dict[str, Any]:
    """``mail_is_held``: mails go to the operator, who passes them on. ``invitation``: the one
    that this visitor follows, on the page of signing up only."""
    match = request.resolver_match
    signing_up = match is not None and match.url_name == "account_signup"
    return {
        "signup_open": settings.EASEL_OPEN_SIGNUP,
        "mail_is_held": not mail.is_sent(),
        "invitation": signup.invitation_of(request) if signing_up else None,
    }
