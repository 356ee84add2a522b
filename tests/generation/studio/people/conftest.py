from __future__ import annotations

import pytest
from django.conf import LazySettings


@pytest.fixture(autouse=True)
def held_mail(settings: LazySettings) -> None:
    """As in an installation without a mail server; the test runner puts its own in its place."""
    settings.EMAIL_BACKEND = "accounts.mail.HeldBackend"
