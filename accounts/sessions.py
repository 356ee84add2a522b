"""Where a person is signed in: devices in a few words, ended one by one, and when last seen."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User

SEEN_EVERY = 300.0  # seconds between two notes of one session
_REMEMBERED = 10_000
# Order matters: each names the older ones too ("Edg/… Chrome/… Safari/…").
_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device(user_agent: str) -> str:
    """“Chrome 131, Windows”; what cannot be told is left out."""
    found = []
    for word, name in _BROWSERS:
        if word in user_agent:
            version = re.search(rf"(?:{word}|Version)[A-Za-z]*/(\d+)", user_agent)
            found.append(f"{name} {version[1]}" if version else name)
            break
    found += [name for word, name in _SYSTEMS if word in user_agent][:1]
    return " · ".join(found) or _("Unknown device")


def end_others(user: User, but: str | None) -> int:
    """Signs the user out everywhere, except in the session of this key; returns how many."""
    ended = 0
    for session in UserSession.objects.filter(user=user).exclude(session_key=but or ""):
        session.end()
        ended += 1
    return ended


@require_POST
@login_required
def end(request: HttpRequest, session_id: int) -> HttpResponse:
    """Another person's session is as if it never was."""
    found = UserSession.objects.filter(pk=session_id, user_id=request.user.pk).first()
    if found is None or session_id >= 2**63:
        raise Http404
    found.end()
    messages.info(request, _("That session has ended."))
    return redirect("usersessions_list")


class LastSeenMiddleware:
    """Notes when a session was last used: at most once in five minutes, and not by a write of
    each request, for the studio asks often."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._noted: OrderedDict[str, float] = OrderedDict()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        key = request.session.session_key if hasattr(request, "session") else None
        if key and self._noted.get(key, 0.0) < time.monotonic() - SEEN_EVERY:
            self._note(key)
        return response

    def _note(self, key: str) -> None:
        self._noted[key] = time.monotonic()
        self._noted.move_to_end(key)
        while len(self._noted) > _REMEMBERED:
            self._noted.popitem(last=False)
        now = timezone.now()
        stale = now - timedelta(seconds=SEEN_EVERY)
        rows = UserSession.objects.filter(session_key=key, last_seen_at__lt=stale)
        rows.update(last_seen_at=now)
