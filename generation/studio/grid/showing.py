"""Grids as the pages show them: plain data for the templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actor import Actor
from generation import sheets, waiting
from generation.models import Grid, Output, Task
from generation.sheets import Cell
from generation.snapshot import TaskSnapshot
from generation.states import OutputState, TaskState
from generation.storage import links
from generation.studio import cards, sentences
from generation.studio.grid.axis_offers import title_of

_PEEKED = 4  # pictures of a grid in the list
Look = Literal["picture", "running", "waiting", "blocked", "failed", "cancelled", "expired", "gone"]


@dataclass(frozen=True, kw_only=True)
class CellView:
    index: int
    x: str
    y: str
    look: Look
    label: str  # for whoever does not see it
    task_id: UUID | None = None
    tile: cards.Tile | None = None
    reason: str = ""
    percent: int | None = None
    preview_url: str = ""
    can_repeat: bool = False

    @property
    def is_unfinished(self) -> bool:
        return self.look in ("running", "waiting")


@dataclass(frozen=True, kw_only=True)
class Row:
    label: str
    cells: list[CellView]


@dataclass(frozen=True, kw_only=True)
class Status:
    id: UUID
    total: int
    painted: int
    unfinished: int
    missing: int  # may be made again
    paid: str
    waits: str  # why nothing of it runs yet
    tasks: list[UUID] = field(default_factory=list)  # with a picture

    @property
    def ended(self) -> int:
        return self.total - self.unfinished


@dataclass(frozen=True, kw_only=True)
class Sheet:
    id: UUID
    prompt: str
    created_at: datetime
    x_title: str
    y_title: str
    columns: list[str]
    rows: list[Row]
    status: Status


@dataclass(frozen=True, kw_only=True)
class Line:
    """A grid in the list."""

    id: UUID
    prompt: str
    created_at: datetime
    axes: str
    total: int
    painted: int
    unfinished: int
    peeks: list[str]
    url: str


def sheet_of(actor: Actor, grid: Grid) -> Sheet:
    found = sheets.cells(actor, grid)
    x, y = sheets.axes_of(grid)
    wide = len(x.values)
    views = [cell_view(cell) for cell in found]
    return Sheet(
        id=grid.pk,
        prompt=str(grid.request.get("prompt") or "") or _("(no prompt)"),
        created_at=grid.created_at,
        x_title=title_of(x),
        y_title=title_of(y) if y else "",
        columns=list(x.values),
        rows=[
            Row(label=label, cells=views[number * wide : (number + 1) * wide])
            for number, label in enumerate(y.values if y else ("",))
        ],
        status=status_of(grid, found),
    )


def status_of(grid: Grid, found: Sequence[Cell]) -> Status:
    tasks = [cell.task for cell in found if cell.task is not None]
    unfinished = [task for task in tasks if not task.is_final]
    return Status(
        id=grid.pk,
        total=len(found),
        painted=sheets.painted(found),
        unfinished=len(unfinished),
        missing=sum(cell.can_repeat for cell in found),
        paid=sentences.credits(sum(task.spent or 0 for task in tasks)),
        waits=_waits(unfinished),
        tasks=[task.id for task in tasks if _is_seen(task)],
    )


def cell_view(cell: Cell) -> CellView:
    label = ", ".join(part for part in (cell.x, cell.y) if part)
    task = cell.task
    if task is None:
        return _cell(cell, "gone", _("deleted"))
    if not task.is_final:
        return _unfinished(cell, task)
    tiles = cards.tiles(task)
    tile = next((tile for tile in tiles if tile.kind == "picture"), tiles[0])
    if tile.kind == "picture":
        return _cell(cell, "picture", label, tile=tile)
    reason = ""
    if tile.kind == "failed":
        reason = sentences.of_code(task.error_code, task.error_message)
    return _cell(cell, tile.kind, tile.title, tile=tile, reason=reason)


def lines_of(found: Sequence[Grid]) -> list[Line]:
    """Three queries, however many grids."""
    ids = [grid.pk for grid in found]
    counts = _counts(ids)
    peeks = _peeks(ids)
    return [
        Line(
            id=grid.pk,
            prompt=str(grid.request.get("prompt") or "") or _("(no prompt)"),
            created_at=grid.created_at,
            axes=_axes_text(grid),
            total=grid.cells,
            painted=counts.get(grid.pk, (0, 0))[0],
            unfinished=counts.get(grid.pk, (0, 0))[1],
            peeks=peeks.get(grid.pk, []),
            url=reverse("studio:grid_sheet", args=[grid.pk]),
        )
        for grid in found
    ]


def _cell(cell: Cell, look: Look, what: str, **more: Any) -> CellView:
    where = ", ".join(part for part in (cell.x, cell.y) if part)
    return CellView(
        index=cell.index,
        x=cell.x,
        y=cell.y,
        look=look,
        label=where if what == where else f"{where}: {what}",
        task_id=cell.task.id if cell.task else None,
        can_repeat=cell.can_repeat,
        **more,
    )


def _unfinished(cell: Cell, task: TaskSnapshot) -> CellView:
    card = cards.live_card(task)
    if task.state == TaskState.RUNNING or task.cancel_requested:
        preview = card.preview_url
        return _cell(cell, "running", card.headline, percent=card.percent, preview_url=preview)
    return _cell(cell, "waiting", _("waiting"))


def _waits(unfinished: Sequence[TaskSnapshot]) -> str:
    """Asked for one task alone: it counts the queue."""
    if not unfinished or any(task.state != TaskState.QUEUED for task in unfinished):
        return ""
    why = waiting.why(unfinished[0].id)
    return str(sentences.REASONS[why.reason]) if why else ""


def _is_seen(task: TaskSnapshot) -> bool:
    return any(output.state == OutputState.VISIBLE for output in task.outputs)


def _axes_text(grid: Grid) -> str:
    x, y = sheets.axes_of(grid)
    parts = [f"{title_of(axis)} {len(axis.values)}" for axis in (x, y) if axis]
    return " × ".join(parts)


def _counts(ids: list[UUID]) -> dict[UUID, tuple[int, int]]:
    """Painted cells, unfinished cells."""
    rows = (
        Task.objects.filter(grid__in=ids, hidden_at=None)
        .values_list("grid")
        .annotate(
            painted=Count("cell", distinct=True, filter=Q(state=TaskState.DONE)),
            unfinished=Count(
                "cell", distinct=True, filter=~Q(state__in=("done", "failed", "cancelled"))
            ),
        )
    )
    return {grid: (painted, unfinished) for grid, painted, unfinished in rows}


def _peeks(ids: list[UUID]) -> dict[UUID, list[str]]:
    """Addresses of the first thumbnails of each."""
    found: dict[UUID, list[str]] = {}
    rows = (
        Output.objects.visible()
        .filter(task__grid__in=ids, task__cell__lt=_PEEKED * 3, task__hidden_at=None, index=0)
        .order_by("task__grid", "task__cell")
        .values_list("task__grid", "pk", "expires_at")
    )
    for grid, pk, expires_at in rows:
        peeks = found.setdefault(grid, [])
        if len(peeks) < _PEEKED:
            peeks.append(links.sign(pk, "thumbnail", expires_at, "webp"))
    return found
