"""The page of grids: the form, its price, the grids that are there."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import Actor
from generation import grids, sheets, watch
from generation.errors import EaselError, InvalidRequest, NotFound
from generation.models import Grid
from generation.request import ImageRequest
from generation.studio import offers, quoting, recall, sources
from generation.studio.doors import member, wants_fragment
from generation.studio.grid import axis_offers, pricing
from generation.studio.grid.examples import examples
from generation.studio.grid.form import GridForm, GridQuoteForm
from generation.studio.grid.showing import lines_of

PAGE = 12


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def page(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The page; with ``cursor`` the grids from there on. POST creates."""
    if request.method == "POST":
        return _create(request, actor)
    context = _listed(actor, request.GET.get("cursor"))
    if wants_fragment(request):
        return render(request, "studio/grid/_list.html", context)
    form = GridQuoteForm(actor, initial=_start(actor, request))
    context |= _context(actor, form) | {"deleted": _deleted(actor, request.GET.get("deleted"))}
    return render(request, "studio/grid/page.html", context)


@require_POST
@member
def quote(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    form = GridQuoteForm(actor, request.POST)
    context = {"form": form, "price": pricing.price_of(actor, form)}
    return render(request, "studio/grid/_quoted.html", context)


def _create(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = GridForm(actor, request.POST)
    if form.is_valid():
        try:
            grid = grids.create(form.to_wish(actor))
            return _to_sheet(request, grid)
        except EaselError as error:
            form.refuse(error)
    if wants_fragment(request):
        context = {"form": form, "price": pricing.price_of(actor, form)}
        return render(request, "studio/grid/_quoted.html", context)
    context = _listed(actor, None) | _context(actor, form)
    return render(request, "studio/grid/page.html", context)


def _to_sheet(request: HttpRequest, grid: Grid) -> HttpResponse:
    if wants_fragment(request):
        where = resolve_url("studio:grid_sheet", grid.pk)
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    return redirect("studio:grid_sheet", grid.pk)


def _listed(actor: Actor, cursor: str | None) -> dict[str, Any]:
    try:
        found = sheets.listed(actor, cursor, PAGE)
    except InvalidRequest as error:
        raise NotFound("no such page") from error
    return {"lines": lines_of(found.items), "next_cursor": found.next_cursor}


def _context(actor: Actor, form: GridForm) -> dict[str, Any]:
    sent = form if form.is_bound else GridQuoteForm(actor, _as_sent(form))
    return {
        "actor": actor,
        "balance": quoting.balance_of(actor),
        "form": form,
        "price": pricing.price_of(actor, sent),
        "models": offers.models(actor),
        "axis_offers": {
            name: {"hint": offer.hint, "picks": offer.picks}
            for name, offer in axis_offers.offers(actor).items()
        },
        "examples": examples(actor),
    }


def _as_sent(form: GridForm) -> dict[str, Any]:
    return {name: value for name, value in form.initial.items() if value is not None}


def _start(actor: Actor, request: HttpRequest) -> dict[str, Any]:
    """Of an earlier grid (``from``), of an earlier picture's task (``again``), or a beginning."""
    drawn = {"key": uuid4().hex}
    if grid_id := request.GET.get("from"):
        return _of_grid(actor, sheets.one(actor, grid_id)) | drawn
    values: dict[str, Any] = {"x_values": "8, 16, 24", "y_values": "4, 7, 10"}
    if task_id := request.GET.get("again"):
        found = watch.task(actor, task_id)
        values |= recall.of_snapshot(actor, found, found.outputs[0] if found.outputs else None)
        values |= sources.again(actor, task_id)
    return values | drawn


def _of_grid(actor: Actor, grid: Grid) -> dict[str, Any]:
    values = recall.of_request(grid.request)
    values |= sources.of_request(actor, ImageRequest.model_validate(grid.request))
    for side, axis in zip(("x", "y"), sheets.axes_of(grid), strict=True):
        values[side] = axis.name if axis else ""
        values[f"{side}_values"] = axis.typed if axis else ""
    return values | {"seed": str(grid.request.get("seed") or "")}


def _deleted(actor: Actor, grid_id: str | None) -> str:
    """The grid that was deleted just now and can be brought back; "" without one."""
    if not grid_id:
        return ""
    return str(grid_id) if sheets.is_hidden(actor, grid_id) else ""
