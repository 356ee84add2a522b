"""/api/v1/grids: one request varied along one or two axes, a task a cell."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from generation import axis_values, grids, sheets
from generation.axes import Axis
from generation.dialects.door import base_url
from generation.dialects.native import inputs, wire, wire_grids
from generation.dialects.native.schema import describes
from generation.dialects.native.view import (
    NativeView,
    actor_of,
    answer,
    idempotency_key,
    query,
    raw_body,
    read,
    with_rate,
)
from generation.dialects.native.wire_calls import CreateQuery, Paged
from generation.dialects.native.wire_grids import (
    AxisIn,
    CreateGrid,
    GridCancelledOut,
    GridOut,
    GridPage,
    GridQuoteOut,
    GridRepeatedOut,
    RepeatGrid,
)
from generation.errors import InvalidRequest
from generation.grids import Wish
from generation.models import Grid


class GridsView(NativeView):
    @describes(
        "Create a grid",
        GridOut,
        status=201,
        body=CreateGrid,
        query=CreateQuery,
        also={200: GridQuoteOut},
        headers={"Idempotency-Key": "The same key and body answer the same grid (200)."},
        tag="grids",
    )
    def post(self, request: Request) -> Response:
        """All of its tasks are priced, reserved and queued, or none is. ``dry_run``: every check,
        the price, and nothing is queued."""
        asked = wire_grids.create(raw_body(request))
        if query(CreateQuery, request).dry_run:
            return _quoted(request, asked)
        actor, key = actor_of(request), idempotency_key(request) or ""
        body = json.dumps(inputs.without_pictures(asked), sort_keys=True)
        grid = grids.known(actor, key, body)
        is_new = grid is None
        if grid is None:
            wish = _wish(request, asked, keep=True, key=key, body=body)
            try:
                grid = grids.create(wish)
            finally:
                inputs.forget(wish.request)  # a grid has copies of its own
        response = Response(_shown(request, grid), status=201 if is_new else 200)
        response["Location"] = f"/api/v1/grids/{grid.pk}"
        return with_rate(response, actor)

    @describes("List grids", GridPage, query=Paged, tag="grids")
    def get(self, request: Request) -> Response:
        """Your own, newest first, without their cells."""
        asked = query(Paged, request)
        page = sheets.listed(actor_of(request), asked.cursor, asked.limit)
        items = [_line(grid) for grid in page.items]
        return Response({"items": items, "next_cursor": page.next_cursor})


class GridView(NativeView):
    @describes("Get a grid", GridOut, tag="grids")
    def get(self, request: Request, grid_id: UUID) -> Response:
        """Cells that are painted have their pictures while others still wait."""
        return Response(_shown(request, sheets.one(actor_of(request), grid_id)))

    @describes("Delete a grid", None, status=204, tag="grids")
    def delete(self, request: Request, grid_id: UUID) -> Response:
        """With all its tasks and pictures. An unfinished one is to be cancelled first."""
        sheets.delete(actor_of(request), grid_id)
        return Response(status=204)


class CancelGridView(NativeView):
    @describes("Cancel a grid", GridCancelledOut, tag="grids")
    def post(self, request: Request, grid_id: UUID) -> Response:
        """What of it still waits or runs; what is painted stays."""
        return answer(GridCancelledOut(cancelled=grids.cancel(actor_of(request), grid_id)))


class RepeatGridView(NativeView):
    @describes("Repeat what a grid lacks", GridRepeatedOut, body=RepeatGrid, tag="grids")
    def post(self, request: Request, grid_id: UUID) -> Response:
        """Cells that failed, were cancelled or deleted, at the price of now."""
        asked = read(RepeatGrid, request)
        return answer(
            GridRepeatedOut(queued=grids.again(actor_of(request), grid_id, asked.cell)), 201
        )


def _quoted(request: Request, asked: CreateGrid) -> Response:
    quoted = grids.quote(_wish(request, asked, keep=False))
    return answer(
        GridQuoteOut(
            cells=quoted.cells,
            price=wire.credits(quoted.price),
            balance=wire.credits(quoted.balance),
            warnings=list(quoted.warnings),
        )
    )


def _wish(
    request: Request, asked: CreateGrid, *, keep: bool, key: str = "", body: str = ""
) -> Wish:
    actor = actor_of(request)
    across, down = _axis("x", asked.x), _axis("y", asked.y) if asked.y else None
    return Wish(
        actor=actor,
        request=inputs.with_pictures(actor, asked, keep),
        x=across,
        y=down,
        dialect="native",
        key=key,
        body=body,
        base_url=base_url(request._request),
    )


def _axis(side: str, asked: AxisIn) -> Axis:
    try:
        values = [wire_grids.text_of(value) for value in asked.values]
        return axis_values.listed(asked.name, values, asked.subject)
    except InvalidRequest as error:
        error.field = f"{side}.values"
        raise


def _line(grid: Grid) -> dict[str, Any]:
    x, y = sheets.axes_of(grid)
    return {
        "id": str(grid.pk),
        "created_at": wire.time(grid.created_at),
        "request": grid.request,
        "x": x.to_json(),
        "y": y.to_json() if y else None,
        "total": grid.cells,
    }


def _shown(request: Request, grid: Grid) -> dict[str, Any]:
    found = sheets.cells(actor_of(request), grid, base_url=base_url(request._request))
    tasks = [cell.task for cell in found if cell.task is not None]
    return _line(grid) | {
        "painted": sheets.painted(found),
        "unfinished": sum(not task.is_final for task in tasks),
        "spent": wire.credits(sum(task.spent or 0 for task in tasks)),
        "cells": [
            {
                "index": cell.index,
                "x": cell.x,
                "y": cell.y,
                "can_repeat": cell.can_repeat,
                "task": wire.task(cell.task) if cell.task else None,
            }
            for cell in found
        ],
    }
