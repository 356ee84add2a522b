"""Drawing an account page: the whole of it, or the fragment that the page includes too."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.actor import Actor
from generation.errors import Forbidden
from generation.studio import quoting
from generation.studio.doors import wants_fragment


def show(
    request: HttpRequest,
    actor: Actor,
    tab: str,
    name: str,
    context: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    """``studio/account/<name>.html``, of which ``_<name>.html`` is the fragment."""
    context = context | {"actor": actor, "tab": tab}
    if wants_fragment(request):
        return render(request, f"studio/account/_{name}.html", context, status=status)
    context["balance"] = quoting.balance_of(actor)
    return render(request, f"studio/account/{name}.html", context, status=status)


def ask(
    request: HttpRequest, actor: Actor, tab: str, *, title: str, text: str, yes: str, back: str
) -> HttpResponse:
    """Asks before something that cannot be undone: in the page's dialog, or as a page."""
    context = {"title": title, "text": text, "yes": yes, "back": back}
    return show(request, actor, tab, "ask", context)


def say(request: HttpRequest, text: str) -> None:
    """Told on the page that is shown next."""
    messages.success(request, text)


def warn(request: HttpRequest, text: str) -> None:
    messages.warning(request, text)


def may_change(actor: Actor) -> None:
    if not actor.can("member"):
        raise Forbidden(_("your role may look, not create"))
