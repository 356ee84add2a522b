"""Coming in without the page for it: the session is written where the browser's cookie is read.
Signing in by hand is told once, in ``test_people``."""

from __future__ import annotations

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import BrowserContext, Page

from accounts.models import User


def entered(context: BrowserContext, user: User, url: str, path: str) -> Page:
    """The page at ``path``, opened by the user."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    context.add_cookies([{"name": "sessionid", "value": str(session.session_key), "url": url}])
    page = context.new_page()
    page.goto(f"{url}{path}")
    return page
