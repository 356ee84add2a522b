"""What every view of this dialect begins and ends with."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel

from accounts.actor import Actor
from accounts.authentication import authenticate
from accounts.models import KeyKind
from generation.dialects.coercion import Notes
from generation.dialects.door import json_body, say, speaks
from generation.dialects.sdwebui.calls import read
from generation.dialects.sdwebui.errors import error_form
from generation.errors import EaselError, InternalError
from generation.stream import Hub, Later

T = TypeVar("T", bound=BaseModel)
Answer = Callable[[HttpRequest, Actor], HttpResponse]
log = logging.getLogger(__name__)


def serves(*methods: str) -> Callable[[Answer], Callable[[HttpRequest], HttpResponse]]:
    """A view that is given the actor; whoever is none is asked for a name and a password, as
    WebUI asks (the access key's id and secret)."""

    def wrap(view: Answer) -> Callable[[HttpRequest], HttpResponse]:
        @speaks(error_form, *methods)
        def known(request: HttpRequest) -> HttpResponse:
            return view(request, authenticate(request, KeyKind.OPEN_SDWEBUI))

        @functools.wraps(view)
        def answer(request: HttpRequest) -> HttpResponse:
            response = known(request)
            if response.status_code == 401:
                response["WWW-Authenticate"] = "Basic"
            return response

        answer.csrf_exempt = True  # type: ignore[attr-defined]
        return answer

    return wrap


def body_as(kind: type[T], request: HttpRequest, query: Mapping[str, Any] | None = None) -> T:
    """The query and the body as one: a GET may carry a body, a POST a query. An empty word of a
    query is as absent."""
    asked = {name: value for name, value in (query or {}).items() if value}
    return read(kind, asked | json_body(request), Notes())


def later(resolve: Callable[[Hub], Awaitable[HttpResponse]]) -> Later:
    """An answer that waits; its errors go out in this dialect's form too."""

    async def safely(hub: Hub) -> HttpResponse:
        try:
            return await resolve(hub)
        except EaselError as error:
            return say(error_form, error)
        except Exception:
            log.exception("a waiting call failed")
            return say(error_form, InternalError("internal error"))

    return Later(safely)
