"""Albums: the list, the page of one, and putting pictures in and out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import Actor
from generation import albums as kept
from generation.errors import EaselError, InvalidRequest, NotFound, TooMany
from generation.studio import quoting
from generation.studio.doors import member, wants_fragment
from generation.studio.history import finding
from generation.studio.history.asking import FilterForm
from generation.studio.history.views import answer, back
from generation.studio.places import named, picture

REFUSED = (InvalidRequest, TooMany)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def albums(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The list. POST ``name``: a new album."""
    error = ""
    if request.method == "POST":
        try:
            made = kept.create(actor, request.POST.get("name", ""))
            return redirect("studio:album", made.pk)
        except REFUSED as refusal:
            error = refusal.message
    context = {
        "actor": actor,
        "balance": quoting.balance_of(actor),
        "albums": kept.covers(actor),
        "longest": kept.LONGEST_NAME,
        "name": request.POST.get("name", ""),
        "error": error,
    }
    return render(request, "studio/history/albums.html", context, status=422 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def album(request: HttpRequest, actor: Actor, album_id: int) -> HttpResponseBase:
    """The pictures of one album, with the filters of the history. POST ``name``: a new name."""
    found, error = kept.one(actor, album_id), ""
    if request.method == "POST":
        try:
            kept.rename(actor, album_id, request.POST.get("name", ""))
            return redirect("studio:album", album_id)
        except REFUSED as refusal:
            error = refusal.message
    form = FilterForm(actor, request.GET, albums=True)
    context = finding.found(request, actor, form, found.pk)
    context |= {
        "album": found,
        "name": request.POST.get("name", found.name),
        "error": error,
        "longest": kept.LONGEST_NAME,
    }
    return answer(request, actor, context, status=422 if error else 200)


@require_POST
@member
def delete(request: HttpRequest, actor: Actor, album_id: int) -> HttpResponseBase:
    """Its pictures stay."""
    kept.delete(actor, album_id)
    return redirect("studio:albums")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def choose(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The fragment that asks for an album. POST: puts pictures (``ids``) into ``album``, or into a
    new one (``name``); with ``from`` they leave that one."""
    context = {"albums": kept.names(actor), "longest": kept.LONGEST_NAME}
    if request.method != "POST":
        source = request.GET.get("from", "")
        return render(request, "studio/history/_choose.html", context | {"from": source})
    try:
        said = _put(request, actor)
    except REFUSED as refusal:
        context |= {
            "error": refusal.message,
            "name": request.POST.get("name", ""),
            "from": request.POST.get("from", ""),
        }
        return render(request, "studio/history/_choose.html", context, status=422)
    if not wants_fragment(request):
        return redirect(back(request, "/studio/albums"))
    return render(request, "studio/history/_said.html", {"sentence": said})


@require_POST
@member
def remove(request: HttpRequest, actor: Actor, album_id: int) -> HttpResponseBase:
    """Takes pictures (``ids``) out of the album; they stay in the history."""
    try:
        count = kept.remove(actor, album_id, named(request.POST.getlist("ids")).pictures)
    except EaselError as error:
        return _refused(error)
    if not wants_fragment(request):
        return redirect("studio:album", album_id)
    sentence = ngettext(
        "%(count)d picture taken out of the album.",
        "%(count)d pictures taken out of the album.",
        count,
    ) % {"count": count}
    return render(request, "studio/history/_said.html", {"sentence": sentence})


@require_POST
@member
def cover(request: HttpRequest, actor: Actor, album_id: int) -> HttpResponseBase:
    """Makes a picture (``ids``, one) the cover."""
    kept.choose_cover(actor, album_id, picture(request.POST.get("ids", "")))
    if not wants_fragment(request):
        return redirect("studio:album", album_id)
    context = {"sentence": _("This picture is the cover now.")}
    return render(request, "studio/history/_said.html", context)


def _put(request: HttpRequest, actor: Actor) -> str:
    places = named(request.POST.getlist("ids")).pictures
    if request.POST.get("album", ""):
        target = kept.one(actor, _number(request.POST["album"]))
    else:
        target = kept.create(actor, request.POST.get("name", ""))
    if source := request.POST.get("from", ""):
        count = kept.move(actor, _number(source), target.pk, places)
    else:
        count = kept.add(actor, target.pk, places)
    values = {"count": count, "name": target.name}
    return (
        ngettext(
            "%(count)d picture put into “%(name)s”.",
            "%(count)d pictures put into “%(name)s”.",
            count,
        )
        % values
        if count
        else _("They were in “%(name)s” already.") % values
    )


def _number(text: str) -> int:
    """NotFound for what is no number of an album."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound("no such album")
    return int(text)


def _refused(error: EaselError) -> HttpResponse:
    if isinstance(error, REFUSED):
        return HttpResponse(error.message, status=422)
    raise error
