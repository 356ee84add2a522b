"""/s/<token>: a shared picture, for whoever has the link. Nobody is asked who he is.

Whatever is wrong with a link (never made, ended, revoked, its picture blocked or deleted) is one
and the same 404. Nothing here may be kept by a cache in between, nor listed by a search engine.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import limits
from accounts.client_ip import client_ip
from accounts.errors import RateLimited
from generation import storage
from generation.errors import NotFound
from generation.models import Output, Share
from generation.picture_file import CONTENT_TYPES
from generation.sending import send
from generation.states import Verdict
from generation.studio.results import parameters, sharing, stage

A_MINUTE = 240  # requests of one address: a page and its picture are two

View = Callable[[HttpRequest, str], HttpResponseBase]


def _open_door(view: View) -> View:
    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponseBase:
        try:
            limits.check_visitor("share", client_ip(request), A_MINUTE)
            answer = view(request, token)
        except RateLimited as error:
            answer = HttpResponse(
                _("Too many requests. Wait a minute."), status=429, content_type="text/plain"
            )
            answer["Retry-After"] = str(round(error.retry_after or 60))
        except NotFound as error:
            raise Http404 from error
        answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        patch_cache_control(answer, private=True, no_cache=True)
        return answer

    return opened


@require_safe
@_open_door
def shared(request: HttpRequest, token: str) -> HttpResponseBase:
    share = sharing.find(token)
    if request.method == "GET":
        sharing.count_view(share)
    return render(request, "studio/results/shared.html", _context(request, share, token))


@require_safe
@_open_door
def shared_picture(request: HttpRequest, token: str) -> HttpResponseBase:
    """The file itself; asked for anew each time, so that a revoked link shows nothing."""
    share = sharing.find(token)
    output = share.output
    kind, etag = CONTENT_TYPES[output.format], f'"{output.sha256}'
    if share.with_parameters:
        answer = send(request, output.file, output.size, f'{etag}"', kind)
    else:
        answer = _bare(request, output, f'{etag}-bare"', kind)
    if answer.status_code in (200, 206):
        answer["Content-Disposition"] = f'inline; filename="easel.{output.format}"'
    return answer


def _bare(request: HttpRequest, output: Output, etag: str, kind: str) -> HttpResponseBase:
    """The file without the prompt that stands in it."""
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    data = storage.bare(storage.open_stored(output.file), storage.label_of(output.task))
    return HttpResponse(data, content_type=kind, headers={"ETag": etag})


def _context(request: HttpRequest, share: Share, token: str) -> dict[str, Any]:
    output = share.output
    asked = output.task.image_request
    picture = reverse("studio:shared_picture", args=[token])
    context: dict[str, Any] = {
        "share": share,
        "output": output,
        "picture_url": picture,
        "absolute_url": request.build_absolute_uri(picture),
        "page_url": request.build_absolute_uri(),
        "poster": stage.poster_of(output),
        "flagged": output.verdict == Verdict.FLAG,
        "title": _("A picture made with Easel"),
        "by": share.tenant.name if share.with_name else "",
    }
    if share.with_parameters:
        context |= {
            "prompt": asked.prompt,
            "negative_prompt": asked.negative_prompt,
            "facts": [
                (_("Model"), asked.checkpoint),
                (_("Size"), f"{output.width} × {output.height}"),
                (_("Seed"), str(int(output.seed))),
                (_("Steps"), str(asked.steps)),
                ("CFG", f"{asked.cfg_scale:g}"),
                (_("Sampler"), asked.sampler),
                *parameters.rows(asked),
            ],
        }
    return context
