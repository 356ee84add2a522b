"""What helps while a prompt is typed: suggestions, recent prompts, and the settings that a text or
a picture carries. Nothing is stored by any of them."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.actor import Actor
from generation import picture_file, storage
from generation.studio import recall, recent, suggest
from generation.studio.doors import member
from generation.wording import infotext

MOST_TEXT = 100_000  # characters of a parameters text
MOST_BYTES = 32 * 1024 * 1024  # of a picture that is looked into


@require_safe
@never_cache
@member
def suggestions(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Options for what stands before the caret; 204 where there are none."""
    text, checkpoint = request.GET.get("text", ""), request.GET.get("checkpoint", "")[:255]
    found = suggest.at_caret(actor, text.replace("\x00", ""), checkpoint.replace("\x00", ""))
    if not found:
        return HttpResponse(status=204)
    return render(request, "studio/_suggestions.html", {"suggestions": found})


@require_safe
@never_cache
@member
def recent_prompts(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    return render(request, "studio/_recent.html", {"prompts": recent.prompts(actor)})


@require_POST
@member
def read(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """What to fill the form with: of ``text`` or of the picture ``file``."""
    file = request.FILES.get("file")
    if file and (file.size or 0) > MOST_BYTES:
        return _told(request, _("This file is too large to look into."))
    text = _parameters(file.read()) if file else request.POST.get("text", "")[:MOST_TEXT]
    if text is None:
        return _told(request, _("This is no picture that can be read."))
    written = infotext.parse(text.replace("\x00", ""))
    if not written.parameters:
        return _told(request, _("No settings are written in it."))
    found = recall.of_infotext(actor, written)
    context = {"values": json.dumps(found.values), "reading": found}
    return render(request, "studio/_reading.html", context)


def _parameters(data: bytes) -> str | None:
    """None for what is no whole picture."""
    try:
        picture_file.load(data)
        return storage.read_parameters(data)
    except ValueError:
        return None


def _told(request: HttpRequest, refusal: str) -> HttpResponse:
    return render(request, "studio/_reading.html", {"refusal": refusal}, status=422)
