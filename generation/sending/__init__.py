"""Sending a stored file over HTTP: whole, in part (Range), or not at all where the client has it.

response = send(request, name, size, etag, content_type)
"""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from generation import storage
from generation.sending import ranges


def send(
    request: HttpRequest, name: str, size: int, etag: str, content_type: str
) -> HttpResponseBase:
    """200, 206, 304 or 416, for GET and HEAD. ``etag`` with its quotes; ``size`` in bytes.
    NotFound where the file is gone, StorageFailed where nobody knows."""
    if _matches(request.headers.get("If-None-Match", ""), etag):
        response: HttpResponseBase = HttpResponse(status=304)
    else:
        response = _content(request, name, size, etag)
    if response.status_code in (200, 206):
        response["Content-Type"] = content_type
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _content(request: HttpRequest, name: str, size: int, etag: str) -> HttpResponseBase:
    part = None
    # If-Range with another version's tag: the part would not fit to what the client has.
    if "Range" in request.headers and request.headers.get("If-Range", etag) == etag:
        try:
            part = ranges.parse(request.headers["Range"], size)
        except ranges.Unsatisfiable:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    first, length = (part.first, part.length) if part else (0, size)
    body: Iterator[bytes] = (
        iter(()) if request.method == "HEAD" else storage.chunks(name, first, length)
    )
    response = StreamingHttpResponse(body, status=206 if part else 200)
    response["Content-Length"] = str(length)
    if part:
        response["Content-Range"] = f"bytes {part.first}-{part.last}/{size}"
    return response


def _matches(header: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or etag in tags
