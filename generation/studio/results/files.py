"""Files of a result: the picture in another format, what it was made from, its text and code."""

from __future__ import annotations

import hashlib
from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from accounts.actor import Actor
from generation import access, storage
from generation.errors import InvalidRequest, NotFound
from generation.models import Output
from generation.picture_file import CONTENT_TYPES
from generation.request import ImageRequest
from generation.sending import send
from generation.storage.convert import Format
from generation.studio.doors import member
from generation.studio.results import again, as_code
from generation.studio.results.found import visible
from generation.studio.results.panels import panel


@require_safe
@member
def download(request: HttpRequest, actor: Actor, task_id: UUID, index: int) -> HttpResponseBase:
    """``format``: png, webp, jpg, or the file as it is; ``bare``: without what it was made with."""
    found = visible(actor, task_id, index)
    output = found.file
    wanted, bare = request.GET.get("format", ""), bool(request.GET.get("bare"))
    if output.format not in CONTENT_TYPES or (wanted and wanted not in CONTENT_TYPES):
        raise NotFound("no such format")
    fmt = cast(Format, wanted or output.format)
    if fmt == output.format and not bare:
        kind = CONTENT_TYPES[fmt]
        answer = send(request, output.file, output.size, f'"{output.sha256}"', kind)
        return _attached(answer, output, fmt)
    try:
        data = storage.converted(
            storage.open_stored(output.file),
            fmt,
            label=storage.label_of(found.row),
            with_parameters=not bare,
        )
    except InvalidRequest as error:
        return HttpResponse(error.message, status=422, content_type="text/plain; charset=utf-8")
    return _attached(HttpResponse(data, content_type=CONTENT_TYPES[fmt]), output, fmt)


def file_name(output: Output, fmt: str = "") -> str:
    """Names that sort by time, then by place in the task."""
    stem = f"easel-{output.created_at:%Y%m%d-%H%M%S}-{output.task_id.hex[:6]}-{output.index:02}"
    return f"{stem}.{fmt or output.format}"


def _attached(answer: HttpResponseBase, output: Output, fmt: str) -> HttpResponseBase:
    if answer.status_code in (200, 206):
        answer["Content-Disposition"] = f'attachment; filename="{file_name(output, fmt)}"'
    patch_cache_control(answer, private=True, no_cache=True)
    return answer


@require_safe
@member
def input_picture(request: HttpRequest, actor: Actor, task_id: UUID, name: str) -> HttpResponseBase:
    """A picture that went in: ``name`` is its field, "init", "mask" or "controlnet.0"."""
    task = access.task(actor, task_id)
    if task.hidden_at is not None:
        raise NotFound("no such picture")
    ref = task.image_request.inputs.get(f"{name}.image")
    if ref is None or not ref.stored.startswith(f"{storage.INPUTS}/"):
        raise NotFound("no such picture")
    kind = CONTENT_TYPES.get(ref.stored.rpartition(".")[2], "application/octet-stream")
    etag = f'"{hashlib.sha256(ref.stored.encode()).hexdigest()[:32]}"'
    answer = send(request, ref.stored, storage.size(ref.stored), etag, kind)
    patch_cache_control(answer, private=True, max_age=3600)
    return answer


@require_safe
@member
def code(request: HttpRequest, actor: Actor, task_id: UUID, index: int) -> HttpResponseBase:
    """The parameters as WebUI's text, and as a call of our own API."""
    found = visible(actor, task_id, index)
    asked: ImageRequest = again.one(found.task, found.output)
    base_url = request.build_absolute_uri("/").rstrip("/")
    context = {
        "infotext": found.output.infotext if found.output.format != "txt" else "",
        "code": as_code.code(asked, base_url),
    }
    return panel(request, actor, found, "code", context)
