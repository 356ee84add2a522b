"""The page of models and the page of one of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.actor import Actor
from catalog import access as catalog
from catalog.kinds import Kind
from generation.errors import NotFound
from generation.studio import quoting
from generation.studio.doors import member, wants_fragment
from generation.studio.model_wall.cards import KINDS, cards_of, detail_of
from generation.studio.model_wall.covering import may_cover

PAGE = 60
_LONGEST = 200  # of a search


@require_safe
@never_cache
@member
def wall(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Search, kind and family stand in the address; ``page`` is asked for by the page itself."""
    context = _found(actor, request.GET)
    if wants_fragment(request):
        is_more = "page" in request.GET
        name = "studio/models/_cards.html" if is_more else "studio/models/_found.html"
        return render(request, name, context)
    context |= {"actor": actor, "balance": quoting.balance_of(actor)}
    return render(request, "studio/models/wall.html", context)


@require_safe
@never_cache
@member
def model(request: HttpRequest, actor: Actor, kind: str, number: int) -> HttpResponseBase:
    found = catalog.numbered(_kind(kind), actor.tenant_id, number)
    if found is None:
        raise NotFound("no such model")
    context = {
        "actor": actor,
        "balance": quoting.balance_of(actor),
        "detail": detail_of(actor, found),
        "kind_title": KINDS[found.KIND],
        "back": urlencode({"kind": found.KIND.value}),
        "may_cover": may_cover(request, actor, found),
    }
    return render(request, "studio/models/model.html", context)


def _kind(text: str) -> Kind:
    """NotFound for a word that is no kind of the page."""
    if text not in KINDS:
        raise NotFound("no such kind")
    return Kind(text)


def _page(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 7):
        raise NotFound("no such page")
    return int(text)


def _found(actor: Actor, asked: QueryDict) -> dict[str, Any]:
    kind = _kind(asked.get("kind") or Kind.CHECKPOINT.value)
    said, family = asked.get("q", "").strip()[:_LONGEST], asked.get("base", "")[:_LONGEST]
    with_absent = asked.get("absent") == "1"
    number = _page(asked.get("page") or "1")
    filters = {"says": said, "base_model": family}
    rows = catalog.rows(
        kind,
        actor.tenant_id,
        filters,
        catalog.Page(number, PAGE),
        online_only=True,
        present_only=not with_absent,
        present_first=True,
    )
    kept = {"kind": kind.value, "q": said, "base": family, "absent": "1" if with_absent else ""}
    context = {
        "cards": cards_of(actor, kind, rows.rows),
        "asked": kept,
        "more": urlencode(kept | {"page": str(number + 1)}) if number * PAGE < rows.total else "",
    }
    if number > 1:
        return context
    return context | {
        "total": rows.total,
        "tabs": _tabs(actor, kind, filters, with_absent, rows.total),
        "families": catalog.base_models(kind, actor.tenant_id),
        "absent_count": 0 if with_absent else _absent(actor, kind, filters, rows.total),
    }


def _absent(actor: Actor, kind: Kind, filters: dict[str, str], present: int) -> int:
    """How many more there are that no server has."""
    every = catalog.rows(kind, actor.tenant_id, filters, catalog.Page(1, 1), online_only=True)
    return every.total - present


def _tabs(
    actor: Actor, chosen: Kind, filters: dict[str, str], with_absent: bool, total: int
) -> list[dict[str, object]]:
    """Each kind with how many match the search, so that it shows where to look."""
    said = {"says": filters["says"]}
    return [
        {
            "kind": kind.value,
            "title": title,
            "is_chosen": kind == chosen,
            "count": total
            if kind == chosen
            else catalog.rows(
                kind,
                actor.tenant_id,
                said,
                catalog.Page(1, 1),
                online_only=True,
                present_only=not with_absent,
            ).total,
        }
        for kind, title in KINDS.items()
    ]
