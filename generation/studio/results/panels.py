"""The parts of the result page that are asked for when they are opened."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.actor import Actor
from generation.studio import quoting
from generation.studio.doors import wants_fragment
from generation.studio.results.found import Found


def panel(
    request: HttpRequest, actor: Actor, found: Found, name: str, context: dict[str, Any]
) -> HttpResponse:
    """A part of the result page by itself: a fragment, or without scripts a page."""
    context |= {"task_id": found.task.id, "index": found.output.index}
    if wants_fragment(request):
        return render(request, f"studio/results/_{name}.html", context)
    context |= {
        "actor": actor,
        "balance": quoting.balance_of(actor),
        "panel": f"studio/results/_{name}.html",
    }
    return render(request, "studio/results/panel.html", context)
