"""Who may open a page of the studio: a person who signed in, in the tenant that they work in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils import timezone

from accounts.actor import Actor
from accounts.authentication import authenticate_session
from generation.errors import Forbidden, NotFound, Unauthenticated

P = ParamSpec("P")
Inner = Callable[Concatenate[HttpRequest, Actor, P], HttpResponseBase]
Outer = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def wants_fragment(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def member(view: Inner[P]) -> Outer[P]:
    """Calls the view with the actor, in his time zone. Whoever did not sign in is sent to do so;
    NotFound is a 404 page and Forbidden a 403 page."""

    @wraps(view)
    def opened(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            actor = authenticate_session(request)
            with timezone.override(ZoneInfo(actor.time_zone)):
                return view(request, actor, *args, **kwargs)
        except Unauthenticated:
            return _sign_in(request)
        except NotFound as error:
            raise Http404 from error
        except Forbidden as error:
            raise PermissionDenied(error.message) from error

    return opened


def _sign_in(request: HttpRequest) -> HttpResponse:
    if wants_fragment(request):  # a fragment must not become a sign-in page inside the page
        where = resolve_url(settings.LOGIN_URL)
        return HttpResponse(status=401, headers={"HX-Redirect": where})
    return redirect_to_login(request.get_full_path())
