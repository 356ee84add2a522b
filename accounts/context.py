"""What the pages of signing in show besides what allauth gives them."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def sign_up(request: HttpRequest) -> dict[str, bool]:
    return {"signup_open": settings.EASEL_OPEN_SIGNUP}
