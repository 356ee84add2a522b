"""Serves pictures by signed address. One answer for whatever is wrong: 404 without a reason."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_cache_control

from catalog import covers
from catalog import weights as catalog_weights
from generation import storage
from generation.errors import NotFound, StorageFailed
from generation.models import Output
from generation.picture_file import CONTENT_TYPES as PICTURES
from generation.sending import send
from generation.storage.links import Link, Variant, verify

CONTENT_TYPES = PICTURES | {"mp4": "video/mp4", "webm": "video/webm"}


class NotYet(NotFound):
    """A good address of a picture that is not there: still to come, or of a task that is gone."""


def serve(request: HttpRequest, path: str) -> HttpResponseBase:
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    now = timezone.now()
    try:
        link = verify(path, now)
        output = _visible(link, now)
        return _answer(request, link, output, now)
    except NotYet:
        return _not_found(wait=True)
    except NotFound:
        return _not_found()
    except StorageFailed as error:
        return _storage_away(error)


def cover(request: HttpRequest, digest: str) -> HttpResponseBase:
    """A cover of the catalog; its name is what it is (``catalog.covers``)."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    name = covers.key_of(digest)
    try:
        response = send(request, name, storage.size(name), f'"{digest}"', "image/webp")
    except NotFound:
        return _not_found()
    except StorageFailed as error:
        return _storage_away(error)
    patch_cache_control(response, public=True, max_age=31_536_000, immutable=True)
    return response


def weights(request: HttpRequest, path: str) -> HttpResponseBase:
    """A file that an engine was told to fetch; its signature is the right to it."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    try:
        sha256 = storage.weights.verify(path, timezone.now())
        if not catalog_weights.is_kept(sha256):
            return _not_found()
        name = catalog_weights.key_of(sha256)
        size = storage.size(name)
        response = send(request, name, size, f'"{sha256}"', "application/octet-stream")
    except NotFound:
        return _not_found()
    except StorageFailed as error:
        return _storage_away(error)
    patch_cache_control(response, private=True, no_store=True)
    return response


def _visible(link: Link, at: datetime) -> Output:
    """The row behind an address whose signature is good: the signature is the right to see it."""
    found = (
        Output.objects.visible()
        .filter(pk=link.output_id, expires_at__gt=at, format__in=CONTENT_TYPES)
        .first()
    )
    if found is None:
        there = Output.objects.filter(pk=link.output_id).exists()
        raise NotFound("no such file") if there else NotYet("no such file")
    return found


def _answer(request: HttpRequest, link: Link, output: Output, at: datetime) -> HttpResponseBase:
    is_thumb = link.variant is Variant.THUMBNAIL
    etag = f'"{output.sha256}{"-thumb" if is_thumb else ""}"'
    name = output.thumbnail if is_thumb else output.file
    # A HEAD opens no file, so it asks whether there is one.
    size = storage.size(name) if is_thumb or request.method == "HEAD" else output.size
    kind = CONTENT_TYPES["webp" if is_thumb else output.format]
    response = send(request, name, size, etag, kind)
    if response.status_code in (200, 206):
        response["Content-Disposition"] = _disposition(request, link, output)
    left = int((min(link.expires_at, output.expires_at) - at).total_seconds())
    patch_cache_control(response, private=True, max_age=max(0, left), immutable=True)
    return response


def _disposition(request: HttpRequest, link: Link, output: Output) -> str:
    kind = "attachment" if request.GET.get("download") == "1" else "inline"
    stem = f"easel-{output.created_at:%Y%m%d-%H%M%S}-{output.seed}-{output.index}"
    if link.variant is Variant.THUMBNAIL:
        return f'{kind}; filename="{stem}-thumb.webp"'
    return f'{kind}; filename="{stem}.{output.format}"'


def _storage_away(error: StorageFailed) -> HttpResponse:
    headers = {"Retry-After": f"{error.retry_after or 1:.0f}", "Cache-Control": "no-store"}
    return HttpResponse(status=503, headers=headers)


def _not_found(*, wait: bool = False) -> HttpResponse:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if wait:
        headers["Retry-After"] = "2"
    return HttpResponse(
        b"Not found\n", status=404, content_type="text/plain; charset=utf-8", headers=headers
    )
