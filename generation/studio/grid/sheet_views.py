"""The page of one grid: its sheet, its cells as they are painted, and what can be done with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.actor import Actor
from generation import grids, sheets
from generation.errors import EaselError, Forbidden, NotFound, TaskConflict
from generation.studio import quoting, sentences
from generation.studio.doors import member, wants_fragment
from generation.studio.grid import sheet_picture
from generation.studio.grid.showing import cell_view, sheet_of, status_of


@require_safe
@never_cache
@member
def sheet(request: HttpRequest, actor: Actor, grid_id: UUID) -> HttpResponseBase:
    return _show(request, actor, grid_id)


@require_safe
@never_cache
@member
def cell(request: HttpRequest, actor: Actor, grid_id: UUID, index: int) -> HttpResponseBase:
    """One cell as it is now; 404 for a place that the grid does not have."""
    found = sheets.cells(actor, sheets.one(actor, grid_id), index)
    if not found:
        raise NotFound("no such cell")
    context = {"cell": cell_view(found[0]), "sheet": {"id": grid_id}}
    return render(request, "studio/grid/_cell.html", context)


@require_safe
@never_cache
@member
def status(request: HttpRequest, actor: Actor, grid_id: UUID) -> HttpResponseBase:
    grid = sheets.one(actor, grid_id)
    context = {
        "status": status_of(grid, sheets.cells(actor, grid)),
        "balance": quoting.balance_of(actor),
    }
    return render(request, "studio/grid/_status_now.html", context)


@require_POST
@member
def cancel(request: HttpRequest, actor: Actor, grid_id: UUID) -> HttpResponseBase:
    grids.cancel(actor, grid_id)
    return _after(request, actor, grid_id)


@require_POST
@member
def again(request: HttpRequest, actor: Actor, grid_id: UUID) -> HttpResponseBase:
    """All cells without a picture, or the one that ``cell`` names."""
    text = request.POST.get("cell", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 5):
        raise NotFound("no such cell")
    try:
        grids.again(actor, grid_id, int(text) if text else None)
    except (NotFound, Forbidden):
        raise
    except EaselError as error:
        return _show(request, actor, grid_id, problem=sentences.of_error(error))
    return _after(request, actor, grid_id)


@require_POST
@member
def delete(request: HttpRequest, actor: Actor, grid_id: UUID) -> HttpResponseBase:
    """Takes the grid with all its pictures away; the list offers to bring it back."""
    try:
        sheets.hide(actor, grid_id)
    except TaskConflict as error:
        return _show(request, actor, grid_id, problem=sentences.of_error(error))
    return redirect(f"{resolve_url('studio:grid')}?deleted={grid_id}")


@require_POST
@member
def restore(request: HttpRequest, actor: Actor, grid_id: UUID) -> HttpResponseBase:
    sheets.unhide(actor, grid_id)
    return redirect("studio:grid_sheet", grid_id)


@require_safe
@never_cache
@member
def picture(request: HttpRequest, actor: Actor, grid_id: UUID) -> HttpResponseBase:
    """The sheet as one labelled picture."""
    grid = sheets.one(actor, grid_id)
    answer = HttpResponse(sheet_picture.jpeg(actor, grid), content_type="image/jpeg")
    name = f"easel-grid-{grid.created_at:%Y%m%d-%H%M%S}.jpg"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _after(request: HttpRequest, actor: Actor, grid_id: UUID) -> HttpResponse:
    if wants_fragment(request):
        return _show(request, actor, grid_id)
    return redirect("studio:grid_sheet", grid_id)


def _show(request: HttpRequest, actor: Actor, grid_id: UUID, problem: str = "") -> HttpResponse:
    context: dict[str, Any] = {
        "sheet": sheet_of(actor, sheets.one(actor, grid_id)),
        "problem": problem,
        "actor": actor,
        "balance": quoting.balance_of(actor),
    }
    name = "studio/grid/_sheet.html" if wants_fragment(request) else "studio/grid/sheet.html"
    return render(request, name, context)
