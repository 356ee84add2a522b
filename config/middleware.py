"""What every answer carries, in the browser and in the API: a request id and a strict policy."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from accounts import request_id

View = Callable[[HttpRequest], HttpResponseBase]
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


class RequestIdMiddleware:
    """Takes over the caller's X-Request-Id if it is one, else makes one; says it in the answer."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-Id", "")
        current = given if _SANE_ID.fullmatch(given) else secrets.token_hex(16)
        with request_id.use(current):
            response = self.get_response(request)
        response["X-Request-Id"] = current
        return response


class CompressedPagesMiddleware(GZipMiddleware):
    """Pages go over the wire at a fifth of their size. Nothing else is touched: pictures are
    compressed already, and an event that waits for more to be compressed with comes too late. The
    form's token is masked anew in each page, and Django adds bytes at random: lengths tell nothing.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)


class SecurityPolicyMiddleware:
    """No script, style, frame or form that is not ours; a view may set a stricter policy itself."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        return response
