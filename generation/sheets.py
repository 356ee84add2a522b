"""Grids that are there: which an actor has, what their cells look like, and how they go.

A grid's cells are ordinary tasks; the newest task of a cell is the one that counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from accounts.actor import Actor
from generation import access, deletion, keyset, storage, watch
from generation.axes import Axis
from generation.errors import NotFound
from generation.models import Grid, Task
from generation.models.grid import GridQuerySet
from generation.request import ImageRequest
from generation.snapshot import TaskSnapshot
from generation.states import OutputState, TaskState

_BATCH = 100  # grids deleted in one call


@dataclass(frozen=True, kw_only=True)
class Cell:
    """``task`` None: it was deleted."""

    index: int
    x: str
    y: str
    task: TaskSnapshot | None

    @property
    def can_repeat(self) -> bool:
        """Whether it has no picture and none is on its way. A blocked one would be blocked
        again."""
        if self.task is None:
            return True
        return self.task.is_final and not self.task.outputs


def one(actor: Actor, grid_id: str | UUID) -> Grid:
    """The actor's own grid; NotFound for any other, and for one that was deleted."""
    found = _own(actor).filter(pk=access.parse_id(grid_id)).first()
    if found is None:
        raise NotFound("no such grid")
    return found


def listed(actor: Actor, cursor: str | None, limit: int) -> keyset.Page[Grid]:
    """The actor's grids, newest first. InvalidRequest for a cursor that is none of ours."""
    return keyset.newest_first(_own(actor), cursor, limit)


def axes_of(grid: Grid) -> tuple[Axis, Axis | None]:
    return Axis.from_json(grid.x), Axis.from_json(grid.y) if grid.y else None


def cells(actor: Actor, grid: Grid, index: int | None = None, *, base_url: str = "") -> list[Cell]:
    """Every cell with its newest task, row by row; two queries. With ``index`` that cell alone,
    none where there is none."""
    newest = (
        Task.objects.filter(grid=grid, **({} if index is None else {"cell": index}))
        .order_by("cell", "-created_at", "-id")
        .distinct("cell")
        .values_list("cell", "pk", "hidden_at")
    )
    ids = {cell: pk for cell, pk, hidden_at in newest if hidden_at is None}
    found = {
        task.id: task for task in watch.own(actor, list(ids.values()), base_url=base_url, why=False)
    }
    x, y = axes_of(grid)
    rows = y.values if y else ("",)
    return [
        Cell(
            index=at,
            x=x.values[at % len(x.values)],
            y=rows[at // len(x.values)],
            task=found.get(ids[at]) if at in ids else None,
        )
        for at in range(len(x.values) * len(rows))
        if index in (None, at)
    ]


def is_whole(found: Sequence[Cell]) -> bool:
    """Whether nothing of it waits or runs."""
    return all(cell.task is None or cell.task.is_final for cell in found)


def painted(found: Iterable[Cell]) -> int:
    """Cells with a picture that may be seen."""
    return sum(
        cell.task is not None
        and cell.task.state == TaskState.DONE
        and any(output.state == OutputState.VISIBLE for output in cell.task.outputs)
        for cell in found
    )


def hide(actor: Actor, grid_id: str | UUID) -> Grid:
    """Takes the grid with all its tasks away; undone by ``unhide`` for 10 s, then it is deleted.
    TaskConflict while one of them waits or runs; Forbidden to a viewer."""
    grid = one(actor, grid_id)
    with transaction.atomic():
        deletion.hide(actor, Task.objects.filter(grid=grid).values_list("pk", flat=True))
        Grid.objects.filter(pk=grid.pk).update(hidden_at=Now())
    return grid


def unhide(actor: Actor, grid_id: str | UUID) -> Grid:
    """NotFound where the time for it is over and it is deleted already."""
    grid = _mine(actor).filter(pk=access.parse_id(grid_id)).first()
    if grid is None:
        raise NotFound("no such grid")
    with transaction.atomic():
        deletion.unhide(actor, Task.objects.filter(grid=grid).values_list("pk", flat=True))
        Grid.objects.filter(pk=grid.pk).update(hidden_at=None)
    return grid


def is_hidden(actor: Actor, grid_id: str | UUID) -> bool:
    """Whether it was deleted and can still be brought back. NotFound for what is no id."""
    return _mine(actor).filter(pk=access.parse_id(grid_id), hidden_at__isnull=False).exists()


def delete(actor: Actor, grid_id: str | UUID) -> None:
    """With all its tasks and pictures, at once. TaskConflict while one of them waits or runs;
    Forbidden to a viewer."""
    grid = one(actor, grid_id)
    deletion.delete_many(actor, Task.objects.filter(grid=grid).values_list("pk", flat=True))
    _erase([grid])


def purge_hidden(at: datetime) -> int:
    """Deletes the grids whose undo is over and whose tasks are gone. Called by the reaper, after
    ``deletion.purge_hidden``."""
    over = Grid.objects.filter(hidden_at__lt=at - deletion.UNDO, tasks__isnull=True)
    return _erase(list(over[:_BATCH]))


def _erase(found: Sequence[Grid]) -> int:
    """Rows and input pictures of grids whose tasks are gone."""
    for grid in found:
        request = ImageRequest.model_validate(grid.request)
        storage.remove(ref.stored for ref in request.inputs.values())
    Grid.objects.filter(pk__in=[grid.pk for grid in found]).delete()
    return len(found)


def _mine(actor: Actor) -> GridQuerySet:
    mine = Q(lineage=actor.lineage)
    if actor.user_id is not None:
        mine |= Q(user_id=actor.user_id)
    return Grid.objects.for_tenant(actor.tenant_id).filter(mine)


def _own(actor: Actor) -> GridQuerySet:
    return _mine(actor).shown()
