"""The page's one event stream: which of the person's tasks changed. What changed the page then
asks for, so that the stream carries no content and nothing is lost with it.

    event: task     data: {"id": "<task>", "seq": 0}    seq 0: its state; else its progress
    event: gone     data: {"id": "<task>"}              it was deleted
    event: resync   data: {}                            something may have been missed: look at all
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from accounts.actor import Actor
from generation import access, sheets
from generation.stream import Change, Hub, Waiting, sse
from generation.studio.doors import member

# The browser comes back at once and is asked anew who it is: a session that ended must not go on
# hearing for longer than this.
LIFETIME = 600.0  # seconds
_REMEMBERED = 1000  # tasks


@require_safe
@member
def events(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    grid = _grid(actor, request.GET.get("grid"))

    async def produce(hub: Hub) -> AsyncIterator[bytes]:
        tasks = _Known()
        end = time.monotonic() + LIFETIME
        async with hub.watch(f"tenant:{actor.tenant_id}") as wake:
            yield sse("resync", "{}")
            while (left := end - time.monotonic()) > 0:
                if not await wake.wait(left):
                    return
                changes = wake.take()
                if not changes:
                    yield sse("resync", "{}")
                if unsure := tasks.unsure(changes):
                    tasks.learn(unsure, await hub.run(_own, actor, unsure, grid))
                for change in changes:
                    if piece := tasks.told(change):
                        yield piece

    return Waiting(produce)


class _Known:
    """What one stream remembers of the tasks that it heard of."""

    def __init__(self) -> None:
        self._own: set[str] = set()
        self._gone: set[str] = set()
        self._others: set[str] = set()

    def unsure(self, changes: Sequence[Change]) -> list[str]:
        """Tasks to be looked up. Progress of an own task is told unasked; a new state may be its
        deletion; another member's task is never looked up again."""
        asked = (c.task for c in changes if c.task not in self._others)
        own = {c.task for c in changes if c.seq and c.task in self._own}
        return [task for task in asked if task not in own]

    def learn(self, looked_up: Iterable[str], own: set[str]) -> None:
        asked = set(looked_up)
        self._gone = (asked - own) & self._own
        self._others = _bounded(self._others) | (asked - own)
        self._own = (_bounded(self._own) | own) - self._gone

    def told(self, change: Change) -> bytes:
        if change.task in self._own:
            return sse("task", json.dumps({"id": change.task, "seq": change.seq}))
        if change.task in self._gone:
            return sse("gone", json.dumps({"id": change.task}))
        return b""


def _bounded(tasks: set[str]) -> set[str]:
    """Forgotten when there are too many: then they are looked up again."""
    return tasks if len(tasks) < _REMEMBERED else set()


def _grid(actor: Actor, grid_id: str | None) -> UUID | None:
    """The grid whose cells the page shows; NotFound for none of the person's."""
    return sheets.one(actor, grid_id).pk if grid_id else None


def _own(actor: Actor, task_ids: Iterable[str], grid: UUID | None) -> set[str]:
    """Those that are there and the actor's own: a supervisor's wall shows nobody else's. The cells
    of a grid are told to the page of that grid alone: a hundred cards would bury the wall."""
    found = access.own_tasks(actor).on_the_wall().filter(pk__in=set(task_ids), grid=grid)
    return {str(task_id) for task_id in found.values_list("pk", flat=True)}
