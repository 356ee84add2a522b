"""The studio's one page and its fragments: who, one verb, render.

Each address answers htmx with a fragment that the full page includes too, from the same context.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actor import Actor
from generation import access, albums, watch
from generation.cancel import cancel as cancel_task
from generation.cancel import cancel_all as cancel_all_tasks
from generation.studio import cards, offers, quoting, recall, sources, wall
from generation.studio.doors import member, wants_fragment
from generation.studio.forms import CreateForm, QuoteForm
from generation.studio.notes import notes_of
from generation.studio.page import PaintingPage
from generation.studio.picture import picture as picture_of


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def studio(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    return _PAGE.answer(request, actor)


@require_POST
@member
def quote(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    return _PAGE.quote(request, actor)


@require_safe
@never_cache
@member
def models(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The models to choose from; a page that was opened before the first server was asked what
    it has looks here again. With ``q`` those that it finds."""
    chosen = request.GET.get("checkpoint", "")
    form = QuoteForm(actor, initial={"checkpoint": chosen} if chosen else None)
    cards = offers.model_cards(actor, request.GET.get("q", ""), chosen)
    name = "studio/_model_cards.html" if "q" in request.GET else "studio/_models.html"
    return render(request, name, {"models": cards, "form": form})


@require_safe
@never_cache
@member
def task(request: HttpRequest, actor: Actor, task_id: UUID) -> HttpResponseBase:
    """An unfinished task is its card; a finished one its tiles, and htmx drops the card."""
    return _show(request, actor, task_id)


def _show(request: HttpRequest, actor: Actor, task_id: UUID) -> HttpResponse:
    found = watch.task(actor, task_id, preview=True)
    context: dict[str, Any] = {"actor": actor, "balance": quoting.balance_of(actor)}
    if not found.is_final:
        context["card"] = cards.live_card(found)
    else:
        context["tiles"] = cards.tiles(found)
    if not wants_fragment(request):
        return render(request, "studio/task.html", context)
    if not access.own_tasks(actor).filter(pk=task_id).exists():
        return HttpResponse(status=204)  # a supervisor's own wall shows his own tasks alone
    if not found.is_final:
        return render(request, "studio/_card.html", context)
    answer = render(request, "studio/_finished.html", context)
    answer["HX-Reswap"] = "delete"
    return answer


@require_safe
@member
def picture(request: HttpRequest, actor: Actor, task_id: UUID, index: int) -> HttpResponseBase:
    access.task(actor, task_id)  # logs a supervisor who looks at a member's picture
    found = picture_of(actor, watch.task(actor, task_id), index)
    context = {"actor": actor, "picture": found, "balance": quoting.balance_of(actor)}
    context |= {
        "place": f"{task_id}/{index}",
        "marked": albums.is_marked(actor, (task_id, index)),
    }
    name = "studio/_picture.html" if wants_fragment(request) else "studio/picture.html"
    return render(request, name, context)


@require_safe
@never_cache
@member
def active(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The cards of all unfinished tasks: what a page looks at after a gap."""
    return render(request, "studio/_active.html", {"live": wall.live(actor)})


@require_POST
@member
def cancel(request: HttpRequest, actor: Actor, task_id: UUID) -> HttpResponseBase:
    cancel_task(actor, task_id)
    if not wants_fragment(request):
        return redirect("studio:studio")
    return _show(request, actor, task_id)


@require_POST
@member
def cancel_all(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """All that the person has in work or waiting. What stopped at once leaves the list."""
    cancel_all_tasks(actor)
    if not wants_fragment(request):
        return redirect("studio:studio")
    return render(request, "studio/_active.html", {"live": wall.live(actor)})


def _besides(actor: Actor) -> dict[str, Any]:
    return {
        "ratios": offers.ratios(),
        "examples": offers.examples(),
    }


def _start(actor: Actor, query: Mapping[str, str]) -> dict[str, Any]:
    """The settings of an earlier task, and what the address itself says."""
    values: dict[str, Any] = {}
    if task_id := query.get("again"):
        found = watch.task(actor, task_id)
        values = recall.of_snapshot(actor, found, found.outputs[0] if found.outputs else None)
        values |= sources.again(actor, task_id)
    given = recall.of_query(actor, query)
    values |= {name: value for name, value in given.items() if name != "lora"}
    if tag := given.get("lora"):
        values["prompt"] = f"{values.get('prompt', '')} {tag}".strip()
    return values | {"given": given}


_PAGE = PaintingPage(
    template="studio/studio.html",
    url="studio:studio",
    form=CreateForm,
    draft=QuoteForm,
    start=_start,
    notes=notes_of,
    besides=_besides,
)
