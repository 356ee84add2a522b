"""Addresses of our own pages, as mails and other people's browsers need them."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def absolute(request: HttpRequest, path: str) -> str:
    """Below ``EASEL_BASE_URL`` where it is set: a caller writes the Host header himself."""
    if settings.EASEL_BASE_URL:
        return f"{settings.EASEL_BASE_URL.rstrip('/')}{path}"
    return request.build_absolute_uri(path)


def rebased(request: HttpRequest, address: str) -> str:
    """An address that was built of the request's host, below our own base."""
    origin = request.build_absolute_uri("/").partition("://")[2]
    scheme, _, rest = address.partition("://")
    if not scheme.startswith("http") or not rest.startswith(origin):
        return address
    return absolute(request, "/" + rest[len(origin) :])
