"""The QR page: its form beside the same wall of pictures, tasks and events as the studio's."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import Actor
from generation import access, watch
from generation.errors import EaselError
from generation.studio import cards, offers, quoting, wall
from generation.studio.doors import member, wants_fragment
from generation.studio.qr_form import DEFAULTS, STYLES, QrForm, QrQuoteForm
from generation.submit import submit


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def qr(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The page; with ``cursor`` the history from there on. POST creates."""
    if request.method == "POST":
        return _create(request, actor)
    context = wall.history(actor, request.GET.get("cursor"))
    if wants_fragment(request):
        return render(request, "studio/_history.html", context)
    form = QrQuoteForm(actor, initial=_again(actor, request.GET.get("again")))
    return render(request, "studio/qr.html", context | _page(actor, form))


def _create(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = QrForm(actor, request.POST)
    card = None
    if form.is_valid():
        try:
            receipt = submit(quoting.order_of(actor, form))
            card = cards.live_card(watch.task(actor, receipt.task_id))
        except EaselError as error:
            form.refuse(error)
    if wants_fragment(request):
        context = {"form": form, "card": card, "balance": quoting.balance_of(actor)}
        return render(
            request, "studio/_created.html", context | {"price": quoting.price_of(actor, form)}
        )
    if card:
        return redirect("studio:qr")
    return render(request, "studio/qr.html", wall.history(actor, None) | _page(actor, form))


@require_POST
@member
def quote(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The price of what is in the form now, and what is wrong with it so far."""
    form = QrQuoteForm(actor, request.POST)
    price = quoting.price_of(actor, form)
    return render(request, "studio/_quoted.html", {"form": form, "price": price})


def _page(actor: Actor, form: QrForm) -> dict[str, Any]:
    """All that the full page shows besides the history."""
    sent = form if form.is_bound else QrQuoteForm(actor, form.initial)
    return {
        "actor": actor,
        "balance": quoting.balance_of(actor),
        "form": form,
        "styles": STYLES,
        "price": quoting.price_of(actor, sent),
        "examples": offers.qr_examples(),
        "live": wall.live(actor),
    }


def _again(actor: Actor, task_id: str | None) -> dict[str, object]:
    """What was asked for with an earlier task; nothing without one. The task's own prompt has the
    style's words in it already, so what the person wrote goes before it."""
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
