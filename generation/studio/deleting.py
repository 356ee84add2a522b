"""Deleting from the wall and the history: hidden first, gone after the ten seconds of undo."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.actor import Actor
from generation import deletion
from generation.errors import TaskConflict
from generation.models import Output
from generation.studio.doors import member, wants_fragment
from generation.studio.places import Named, named

MOST = 500  # pictures and tasks in one call


@require_POST
@member
def delete(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Takes tasks and pictures off the wall and answers with the toast that can bring them back.
    Without scripts nobody could undo: then nothing is hidden for long, the sweep deletes it."""
    ids = request.POST.getlist("ids")
    what = named(ids)
    if len(ids) > MOST:
        text = _("At most %(most)d pictures at once.") % {"most": MOST}
        return HttpResponse(text, status=413)
    try:
        with transaction.atomic():
            deletion.hide(actor, what.tasks)
            deletion.hide_pictures(actor, what.pictures)
    except TaskConflict as error:
        return HttpResponse(error.message, status=409)
    if not wants_fragment(request):
        return redirect("studio:studio")
    return render(request, "studio/_deleted.html", {"ids": ids, "sentence": _sentence(what)})


@require_POST
@member
def restore(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    what = _named(request)
    with transaction.atomic():
        deletion.unhide(actor, what.tasks)
        deletion.unhide_pictures(actor, what.pictures)
    return HttpResponse(status=204) if wants_fragment(request) else redirect("studio:studio")


@require_POST
@member
def purge(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The ten seconds are over."""
    what = _named(request)
    deletion.delete_many(actor, what.tasks)
    deletion.delete_pictures(actor, what.pictures)
    return HttpResponse(status=204)


@require_POST
@member
def delete_all(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    deletion.delete_all(actor)
    return redirect("studio:studio")


def _named(request: HttpRequest) -> Named:
    """No more than ``delete`` takes; NotFound for what is no id."""
    return named(request.POST.getlist("ids")[:MOST])


def _sentence(what: Named) -> str:
    pictures = Output.objects.filter(task__in=what.tasks).count() + len(what.pictures)
    if pictures:
        return ngettext("%(count)d picture deleted.", "%(count)d pictures deleted.", pictures) % {
            "count": pictures
        }
    tasks = len(what.tasks)
    return ngettext("%(count)d entry deleted.", "%(count)d entries deleted.", tasks) % {
        "count": tasks
    }
