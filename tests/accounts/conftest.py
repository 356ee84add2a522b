from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.models import Tenant
from accounts.trial import issue_test_token
from tests.people import open_tenant

Ask = Callable[..., HttpRequest]
TEST_KEY = "a test key that nobody guesses"


@pytest.fixture
def ask(rf: RequestFactory) -> Ask:
    """A request with these headers, from this address: ``ask({"Authorization": …}, ip=…)``."""

    def make(headers: dict[str, str] | None = None, ip: str = "198.51.100.7") -> HttpRequest:
        return rf.get("/", headers=headers or {}, REMOTE_ADDR=ip)

    return make


@pytest.fixture
def demo(db: None, settings: Any) -> Tenant:
    """The demo tenant of an installation that has a test key."""
    settings.EASEL_TEST_KEY = TEST_KEY
    return open_tenant("demo")


@pytest.fixture
def test_token(demo: Tenant) -> str:
    return issue_test_token(TEST_KEY)


@pytest.fixture
def plain_pages(settings: Any) -> None:
    """The admin and the sign-in pages only, in Django's and allauth's own templates."""
    settings.ROOT_URLCONF = "tests.accounts.admin_urls"
    settings.LOGIN_REDIRECT_URL = "/accounts/email/"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "whitenoise" not in name]
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": []}]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
