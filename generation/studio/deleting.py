"""Deleting from the wall: hidden first, gone after the ten seconds of undo."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.actor import Actor
from generation import deletion
from generation.access import parse_id
from generation.errors import TaskConflict
from generation.models import Output
from generation.studio.doors import member, wants_fragment


@require_POST
@member
def delete(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Takes tasks off the wall and answers with the toast that can bring them back. Without
    scripts nobody could undo: then nothing is hidden for long, the sweep deletes it."""
    ids = _ids(request)
    try:
        deletion.hide(actor, ids)
    except TaskConflict as error:
        return HttpResponse(error.message, status=409)
    if not wants_fragment(request):
        return redirect("studio:studio")
    return render(request, "studio/_deleted.html", {"ids": ids, "sentence": _sentence(ids)})


@require_POST
@member
def restore(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    deletion.unhide(actor, _ids(request))
    return HttpResponse(status=204) if wants_fragment(request) else redirect("studio:studio")


@require_POST
@member
def purge(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The ten seconds are over."""
    deletion.delete_many(actor, _ids(request))
    return HttpResponse(status=204)


@require_POST
@member
def delete_all(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    deletion.delete_all(actor)
    return redirect("studio:studio")


def _ids(request: HttpRequest) -> list[UUID]:
    """NotFound for what is no id."""
    return [parse_id(text) for text in request.POST.getlist("ids")]


def _sentence(ids: list[UUID]) -> str:
    tasks = len(ids)
    pictures = Output.objects.filter(task__in=ids).count()
    if pictures:
        return ngettext("%(count)d picture deleted.", "%(count)d pictures deleted.", pictures) % {
            "count": pictures
        }
    return ngettext("%(count)d entry deleted.", "%(count)d entries deleted.", tasks) % {
        "count": tasks
    }
