"""What every dialect's views do first and last: read the body, answer JSON, say errors in the
dialect's own form. Plain Django: a DRF view halves a bare view's rate."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import orjson
from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase

from accounts.signature import BadSignature
from generation.errors import EaselError, InternalError, InvalidRequest, NotFound

log = logging.getLogger(__name__)
JSON = "application/json;charset=UTF-8"
LONGEST_MESSAGE = 2000  # characters of a header
PLAIN = "".join(chr(code) for code in range(32, 127) if chr(code) != "%")
LONGEST_BASE = 255  # Task.base_url; a host name has at most 253 characters
View = Callable[..., HttpResponse]
R = TypeVar("R", bound=HttpResponseBase)


class ErrorForm(Protocol):
    """How a dialect says an error: (HTTP status, body)."""

    def __call__(self, error: EaselError) -> tuple[int, dict[str, Any]]: ...


class BodyTooLarge(InvalidRequest):
    code = "too_large"


def speaks(error_form: ErrorForm, *methods: str) -> Callable[[View], View]:
    """Wraps a view: other methods get 405; an EaselError goes out in the dialect's form, and so
    does a defect of ours, without a trace of internals."""

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                response = say(error_form, InvalidRequest(f"use {' or '.join(methods)}"), 405)
                response["Allow"] = ", ".join(methods)
                return response
            try:
                return view(request, *args, **kwargs)
            except EaselError as error:
                return say(error_form, error)
            except Exception:
                log.exception("view failed", extra={"path": request.path})
                return say(error_form, InternalError("internal error"))

        answer.csrf_exempt = True  # type: ignore[attr-defined]
        return answer

    return wrap


def nothing(error_form: ErrorForm) -> View:
    """The view behind all routes of a dialect: a path that is none of them, in its own form."""

    def answer(_request: HttpRequest, rest: str) -> HttpResponse:
        return say(error_form, NotFound("no such path"), 404)

    answer.csrf_exempt = True  # type: ignore[attr-defined]
    return answer


def say(error_form: ErrorForm, error: EaselError, status: int | None = None) -> HttpResponse:
    """An error in the dialect's form."""
    own_status, body = error_form(error)
    response = reply(body, status=status or own_status)
    if error.retry_after is not None and own_status in (429, 503):
        response["Retry-After"] = str(max(1, round(error.retry_after)))
    return with_mismatch(response, error)


def with_mismatch(response: R, error: EaselError) -> R:
    """What an X-Ca signature should have signed, where the gateway's clients look for it."""
    if isinstance(error, BadSignature):
        response["X-Ca-Error-Message"] = quote(str(error)[:LONGEST_MESSAGE], safe=PLAIN)
    return response


def reply(body: Any, warnings: Sequence[str] = (), *, status: int = 200) -> HttpResponse:
    """JSON; each coercion that was made in X-Easel-Warnings, percent-encoded, comma-separated."""
    response = HttpResponse(orjson.dumps(body), content_type=JSON, status=status)
    return with_warnings(response, warnings)


def with_warnings(response: R, warnings: Sequence[str]) -> R:
    if warnings:
        response["X-Easel-Warnings"] = ", ".join(quote(line, safe=" ():;'=/.") for line in warnings)
    return response


def json_body(request: HttpRequest) -> dict[str, Any]:
    """The body as an object, whatever the content type says; no body is ``{}``."""
    try:
        raw = request.body
    except RequestDataTooBig as error:
        raise BodyTooLarge("the body is too large") from error
    except UnreadablePostError as error:
        raise InvalidRequest("the body broke off") from error
    if not raw.strip():
        return {}
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest("the body is not JSON") from error
    if not isinstance(body, dict):
        raise InvalidRequest("the body is not a JSON object")
    return body


def base_url(request: HttpRequest) -> str:
    """Scheme and host under which the caller reached us, without a slash at the end."""
    if settings.EASEL_BASE_URL:
        return settings.EASEL_BASE_URL.rstrip("/")
    try:
        found = f"{request.scheme}://{request.get_host()}"
    except DisallowedHost as error:
        raise InvalidRequest("the Host header names no host of ours") from error
    if len(found) > LONGEST_BASE:
        raise InvalidRequest("the Host header is too long")
    return found
