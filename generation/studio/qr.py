"""The QR page: its form beside the same wall of pictures, tasks and events as the studio's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import Actor
from generation import access
from generation.studio import offers
from generation.studio.doors import member
from generation.studio.page import PaintingPage
from generation.studio.qr_form import DEFAULTS, STYLES, QrForm, QrQuoteForm


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def qr(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    return _PAGE.answer(request, actor)


@require_POST
@member
def quote(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    return _PAGE.quote(request, actor)


def _besides(actor: Actor) -> dict[str, Any]:
    return {"styles": STYLES, "examples": offers.qr_examples()}


def _start(actor: Actor, query: Mapping[str, str]) -> dict[str, Any]:
    """What was asked for with an earlier task; nothing without one. The task's own prompt has the
    style's words in it already, so what the person wrote goes before it."""
    task_id = query.get("again")
    if not task_id:
        return {}
    found = access.task(actor, task_id)
    request = found.image_request
    if request.qr is None:
        return {"prompt": request.prompt}
    said = found.raw if "content" in found.raw else {}
    return {
        "content": request.qr.content,
        "prompt": said.get("prompt", request.prompt),
        "style": request.qr.style,
        "strength": request.qr.strength,
        "size": said.get("size", DEFAULTS["size"]),
        "seed": request.seed,
    }


_PAGE = PaintingPage(
    template="studio/qr.html",
    url="studio:qr",
    form=QrForm,
    draft=QrQuoteForm,
    start=_start,
    besides=_besides,
)
