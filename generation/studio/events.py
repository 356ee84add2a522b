"""The page's one event stream: which of the person's tasks changed. What changed the page then
asks for, so that the stream carries no content and nothing is lost with it.

    event: task     data: {"id": "<task>", "seq": 0}    seq 0: its state; else its progress
    event: resync   data: {}                            something may have been missed: look at all
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterable
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_GET

from accounts.actor import Actor
from generation import access
from generation.stream import Hub, Waiting, sse
from generation.studio.doors import member

# The browser comes back at once and is asked anew who it is: a session that ended must not go on
# hearing for longer than this.
LIFETIME = 600.0  # seconds
_REMEMBERED = 1000  # tasks


@require_GET
@member
def events(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    async def produce(hub: Hub) -> AsyncIterator[bytes]:
        known: dict[str, bool] = {}
        end = time.monotonic() + LIFETIME
        async with hub.watch(f"tenant:{actor.tenant_id}") as wake:
            yield sse("resync", "{}")
            while (left := end - time.monotonic()) > 0:
                if not await wake.wait(left):
                    return
                changes = wake.take()
                if not changes:
                    yield sse("resync", "{}")
                    continue
                if new := [change.task for change in changes if change.task not in known]:
                    if len(known) > _REMEMBERED:
                        known.clear()
                        new = [change.task for change in changes]
                    known |= await hub.run(_whose, actor, new)
                for change in changes:
                    if known[change.task]:
                        yield sse("task", json.dumps({"id": change.task, "seq": change.seq}))

    return Waiting(produce)


def _whose(actor: Actor, task_ids: Iterable[str]) -> dict[str, bool]:
    """Whether each task is the actor's own: a supervisor's wall shows nobody else's."""
    ids = {UUID(task_id) for task_id in task_ids}
    own = set(access.own_tasks(actor).filter(pk__in=ids).values_list("pk", flat=True))
    return {str(task_id): task_id in own for task_id in ids}
