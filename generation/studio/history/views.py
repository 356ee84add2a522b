"""All pictures, and their hearts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.actor import Actor
from generation import albums
from generation.errors import TooMany
from generation.studio import quoting
from generation.studio.doors import member, wants_fragment
from generation.studio.history import finding
from generation.studio.history.asking import FilterForm
from generation.studio.places import named


@require_safe
@never_cache
@member
def history(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Everything that a person made, or what the filters in the address leave of it. A fragment is
    what was found; with ``cursor`` it is what comes after."""
    form = FilterForm(actor, request.GET)
    return answer(request, actor, finding.found(request, actor, form))


def answer(
    request: HttpRequest, actor: Actor, context: dict[str, object], status: int = 200
) -> HttpResponse:
    if wants_fragment(request):
        name = "_days.html" if request.GET.get("cursor") else "_found.html"
        return render(request, f"studio/history/{name}", context, status=status)
    context |= {"actor": actor, "balance": quoting.balance_of(actor)}
    return render(request, "studio/history/history.html", context, status=status)


@require_POST
@member
def favourite(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Marks pictures (``ids``) with a heart, or takes it away where ``on`` is 0."""
    what = named(request.POST.getlist("ids"))
    try:
        albums.mark(actor, what.pictures, request.POST.get("on") != "0")
    except TooMany as error:
        return HttpResponse(error.message, status=413)
    if wants_fragment(request):
        return HttpResponse(status=204)
    return redirect(back(request, reverse("studio:history")))


def back(request: HttpRequest, otherwise: str) -> str:
    """The page that a form without scripts came from."""
    came_from = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        came_from, {request.get_host()}, require_https=request.is_secure()
    )
    return came_from if is_ours else otherwise
