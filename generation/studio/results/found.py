"""From an address of the studio to the picture behind it, as whoever signed in may see it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from accounts.actor import Actor
from generation import access, watch
from generation.errors import NotFound
from generation.models import Output, Task
from generation.snapshot import OutputSnapshot, TaskSnapshot
from generation.states import OutputState


@dataclass(frozen=True, kw_only=True)
class Found:
    """A picture that may be shown, with its rows; ``is_own``: the actor made it himself."""

    row: Task
    task: TaskSnapshot
    output: OutputSnapshot
    is_own: bool

    file: Output


def visible(actor: Actor, task_id: UUID, index: int) -> Found:
    """NotFound unless the picture is there, may be seen, and the actor may open it; a supervisor's
    look at a member's picture is logged."""
    row = access.task(actor, task_id)
    if row.hidden_at is not None:
        raise NotFound("no such picture")
    task = watch.task(actor, task_id)
    for output in task.outputs:
        if output.index == index and output.state == OutputState.VISIBLE:
            file = Output.objects.shown().filter(pk=output.id).first()
            if file is None:
                break
            is_own = row.user_id == actor.user_id or row.lineage == actor.lineage
            return Found(row=row, task=task, output=output, file=file, is_own=is_own)
    raise NotFound("no such picture")
