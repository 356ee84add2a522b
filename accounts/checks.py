"""System checks of this layer. Each has a code, so that it can be found and silenced by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

MINIMUM_SECRET = 32
"""Characters of a signing key: HS256 asks for at least as many bytes as its digest (RFC 7518)."""


@register()
def secrets(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """E001 encryption key, E002 signing key, W001 test key: each long enough."""
    found: list[CheckMessage] = []
    if len(settings.EASEL_ENCRYPTION_KEY) < MINIMUM_SECRET:
        found.append(
            Error(
                "EASEL_ENCRYPTION_KEY is too short to be a key",
                hint=f"At least {MINIMUM_SECRET} random characters.",
                id="accounts.E001",
            )
        )
    if len(settings.SECRET_KEY) < MINIMUM_SECRET:
        found.append(
            Error(
                "EASEL_SECRET_KEY is too short to sign tokens",
                hint=f"At least {MINIMUM_SECRET} random characters.",
                id="accounts.E002",
            )
        )
    if settings.EASEL_TEST_KEY and len(settings.EASEL_TEST_KEY) < 8:
        found.append(
            Warning(
                "EASEL_TEST_KEY can be guessed: GET /test answers a token to whoever knows it",
                hint="At least 8 random characters, or none to close the door.",
                id="accounts.W001",
            )
        )
    return found


@register()
def mails(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """W002: a mailed link is built of the Host header, which the caller writes himself."""
    if not settings.EMAIL_HOST or settings.EASEL_BASE_URL:
        return []
    return [
        Warning(
            "EASEL_SMTP_HOST is set without EASEL_BASE_URL: links in mails follow the Host header",
            hint="Set EASEL_BASE_URL to the address that people type.",
            id="accounts.W002",
        )
    ]
