"""How the pages about people answer: a page, a question before a deed, a way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.actor import Actor
from generation.studio import quoting
from generation.studio.doors import wants_fragment


@dataclass(frozen=True, kw_only=True)
class Question:
    """Asked before something is done that cannot be undone. ``back``: the address of No."""

    title: str
    text: str
    yes: str
    back: str
    danger: bool = True


def page(
    request: HttpRequest, actor: Actor, tab: str, template: str, context: dict[str, Any]
) -> HttpResponse:
    frame = {"actor": actor, "tab": tab, "balance": quoting.balance_of(actor)}
    return render(request, f"studio/people/{template}.html", frame | context)


def ask(request: HttpRequest, actor: Actor, tab: str, question: Question) -> HttpResponse:
    """In the dialog of the page that asked, or on a page of its own."""
    if wants_fragment(request):
        return render(request, "studio/people/_ask.html", {"question": question})
    return page(request, actor, tab, "ask", {"question": question})
