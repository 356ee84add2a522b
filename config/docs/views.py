"""The pages below /docs/: for everyone, in the reader's language."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import override
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from config.docs import document, errors, pages, tables
from generation.errors import NotFound


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    guides = [pages.page(name) for name in pages.names() if name not in tables.NAMES]
    return render(request, "docs/index.html", {"names": tables.NAMES, "guides": guides})


@require_safe
def reference(request: HttpRequest, name: str) -> HttpResponse:
    """One dialect's calls, to be tried out."""
    if name not in tables.NAMES:
        raise Http404
    has_guide = name in pages.names()
    context = {"name": name, "names": tables.NAMES, "has_guide": has_guide}
    return render(request, "docs/reference.html", context)


@require_safe
def openapi(request: HttpRequest, name: str) -> HttpResponse:
    if name not in tables.NAMES:
        raise Http404
    found = native() if name == "native" else document.of(name)
    response = JsonResponse(found, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "public, max-age=300"
    response["Access-Control-Allow-Origin"] = "*"  # generators of clients fetch it from anywhere
    return response


@cache
def native() -> dict[str, Any]:
    """The native API's document, made from its views."""
    with override("en"):
        return dict(SchemaGenerator().get_schema(request=None, public=True))  # type: ignore[no-untyped-call]


@require_safe
def error_page(request: HttpRequest) -> HttpResponse:
    context = {"errors": errors.explained(), "names": tables.NAMES}
    return render(request, "docs/errors.html", context)


@require_safe
def guide(request: HttpRequest, name: str) -> HttpResponse:
    try:
        text = pages.page(name)
    except NotFound as error:
        raise Http404 from error
    return render(request, "docs/guide.html", {"page": text, "names": tables.NAMES})


@require_safe
def versioning(request: HttpRequest) -> HttpResponse:
    return guide(request, "versioning")
