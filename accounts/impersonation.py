"""Acting as somebody else, to see what he sees: a superuser, for half an hour, with a trail.

The session stays the operator's. Below it ``request.user`` is the other and ``request.operator``
the operator; in the admin the operator stays himself. What gives power beyond the half hour is
refused: everything below /accounts/ (password, addresses, second factor), and any change below
/account/ (keys, members, webhooks, the data and the account itself). API calls carry no session.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from accounts import trail
from accounts.errors import Forbidden
from accounts.models import Deed, User
from accounts.tenancy import CHOSEN

MINUTES = 30
_KEY = "acting_as"
_SAFE = ("GET", "HEAD", "OPTIONS")
_ADMIN, _SIGN_IN, _ACCOUNT = "/admin/", "/accounts/", "/account/"
_DATA = "/account/data"
_ALLOWED = ("/accounts/logout/",)
_UNWRITTEN = ("/quote", "/events")  # a price at each keystroke, a stream that is opened again
View = Callable[[HttpRequest], HttpResponseBase]


@dataclass(frozen=True)
class Acting:
    user: User
    until: float  # unix time

    @property
    def minutes_left(self) -> int:
        return max(1, round((self.until - time.time()) / 60))


def may(request: HttpRequest, user: User) -> None:
    """Forbidden: not a superuser, or the other one is, or is oneself, or is switched off."""
    operator = request.user
    if not (operator.is_authenticated and operator.is_superuser and operator.is_active):
        raise Forbidden(_("only superusers may act as somebody else"))
    if user.is_superuser or user.pk == operator.pk:
        raise Forbidden(_("nobody acts as a superuser"))
    if not user.is_active:
        raise Forbidden(_("this person is switched off"))


@transaction.atomic
def begin(request: HttpRequest, user: User, reason: str) -> None:
    """Forbidden as ``may``. Another one that was acted as is ended first."""
    may(request, user)
    end(request)
    trail.write(trail.author(request), Deed.ACTED_AS, user, reason=reason)
    request.session.cycle_key()
    request.session.pop(CHOSEN, None)  # the operator's own tenant is none of the other's
    request.session[_KEY] = {"user": user.pk, "until": time.time() + MINUTES * 60}


def end(request: HttpRequest) -> int | None:
    """The number of the user that was acted as; None where nobody was."""
    found = request.session.pop(_KEY, None)
    if found is None:
        return None
    request.session.pop(CHOSEN, None)
    user = User.objects.filter(pk=found["user"]).first()
    trail.write(trail.author(request), Deed.ENDED, user)
    return int(found["user"])


class ImpersonationMiddleware:
    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        acting = _acting(request)
        if acting is None:
            return self.get_response(request)
        request.acting = acting  # type: ignore[attr-defined]
        if request.path.startswith(_ADMIN):
            return self.get_response(request)
        request.operator = request.user  # type: ignore[attr-defined]
        request.user = acting.user
        if _is_refused(request):
            _write_down(request, 403)
            raise PermissionDenied(_("Not while you act as somebody else."))
        response = self.get_response(request)
        _write_down(request, response.status_code)
        return response


def _acting(request: HttpRequest) -> Acting | None:
    """Of the session, while it holds: over, or of somebody who may no longer, it is ended."""
    found = request.session.get(_KEY)
    if not found:
        return None
    user = User.objects.filter(pk=found["user"]).first()
    try:
        if user is not None and time.time() < found["until"]:
            may(request, user)
            return Acting(user, found["until"])
    except Forbidden:
        pass
    if request.user.is_authenticated:
        end(request)
    return None


def _is_refused(request: HttpRequest) -> bool:
    if request.path.startswith(_SIGN_IN):
        return request.path not in _ALLOWED
    if request.path.startswith(_DATA):
        return True  # everything of a person, as one file
    return request.path.startswith(_ACCOUNT) and request.method not in _SAFE


def _write_down(request: HttpRequest, status: int) -> None:
    """Each change, and each page that was opened; not the fragments that a page fetches itself."""
    is_told = status == 403 or request.method not in _SAFE
    is_page = not request.headers.get("HX-Request") and "text/html" in request.headers.get(
        "Accept", ""
    )
    if request.path.endswith(_UNWRITTEN) or not (is_told or is_page):
        return
    trail.write(
        trail.author(request),
        Deed.REQUESTED,
        request.user,
        after={"method": request.method, "path": request.get_full_path()[:500], "status": status},
    )
