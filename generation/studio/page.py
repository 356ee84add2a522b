"""A page that paints: a form, its price, and the wall of pictures and tasks beside it.

The studio and the QR page are two of these; each names its forms, and what it shows besides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.actor import Actor
from generation import watch
from generation.errors import EaselError
from generation.studio import cards, quoting, wall
from generation.studio.doors import wants_fragment
from generation.studio.sources import submit, with_files


@dataclass(frozen=True, kw_only=True)
class PaintingPage:
    """``form`` is what is sent, ``draft`` the same while it is being filled in; both are made of
    an actor and data. ``start`` answers the first values from the address's query; ``notes`` what
    is told of the form as it stands, whenever its price is."""

    template: str
    url: str
    form: Callable[..., Any]
    draft: Callable[..., Any]
    start: Callable[[Actor, Mapping[str, str]], dict[str, Any]]
    besides: Callable[[Actor], dict[str, Any]]
    notes: Callable[[Actor, Any], object] | None = None

    def answer(self, request: HttpRequest, actor: Actor) -> HttpResponse:
        """The page; with ``cursor`` the history from there on. POST creates."""
        if request.method == "POST":
            return self._create(request, actor)
        context = wall.history(actor, request.GET.get("cursor"))
        if wants_fragment(request):
            return render(request, "studio/_history.html", context)
        form = self.draft(actor, initial=self.start(actor, request.GET))
        return render(request, self.template, context | self._context(actor, form))

    def quote(self, request: HttpRequest, actor: Actor) -> HttpResponse:
        """The price of what is in the form now, and what is wrong with it so far."""
        form = self.draft(actor, request.POST)
        price = quoting.price_of(actor, form)
        context = {"form": form, "price": price, "notes": self._notes(actor, form)}
        return render(request, "studio/_quoted.html", context)

    def _create(self, request: HttpRequest, actor: Actor) -> HttpResponse:
        sent, problems = with_files(actor, request)
        form = self.form(actor, sent)
        card = None
        for field, text in problems.items():
            form.add_error(field if field in form.fields else None, text)
        if form.is_valid():
            try:
                receipt = submit(quoting.order_of(actor, form))
                card = cards.live_card(watch.task(actor, receipt.task_id))
            except EaselError as error:
                form.refuse(error)
        if wants_fragment(request):
            context = {"form": form, "card": card, "balance": quoting.balance_of(actor)}
            context["price"] = quoting.price_of(actor, form)
            return render(request, "studio/_created.html", context)
        if card:
            return redirect(self.url)
        context = wall.history(actor, None) | self._context(actor, form)
        return render(request, self.template, context)

    def _context(self, actor: Actor, form: Any) -> dict[str, Any]:
        """All that the full page shows besides the history; the price is that of the form as it
        would be sent."""
        sent = form if form.is_bound else self.draft(actor, form.initial)
        return {
            "actor": actor,
            "balance": quoting.balance_of(actor),
            "form": form,
            "price": quoting.price_of(actor, sent),
            "notes": self._notes(actor, form),
            "live": wall.live(actor),
            **self.besides(actor),
        }

    def _notes(self, actor: Actor, form: Any) -> object:
        return self.notes(actor, form) if self.notes else None
