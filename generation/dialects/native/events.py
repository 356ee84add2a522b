"""Server-sent events: how a task goes, from where the client last heard of it to its end.

    GET /api/v1/tasks/<id>/events     one task, until it has ended
    GET /api/v1/events                all of the caller's tasks, for LIFETIME seconds at most

    event: state      data: the task, as GET /api/v1/tasks/<id> shows it
    event: progress   data: {"id", "fraction", "step", "steps", "eta", "preview"}
    event: done       data: the task: done, failed or cancelled

The id of an event of one task is "<state>.<number of the progress report>". A client that was cut
off sends it back as Last-Event-ID and hears what is new since; one that has heard ``done`` is told
204, which ends a browser's EventSource for good. The stream of all tasks begins with the unfinished
ones; what ended while nobody listened is in the history.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpResponse, HttpResponseBase
from rest_framework.request import Request

from accounts.actor import Actor
from generation import watch
from generation.dialects.door import base_url
from generation.dialects.native import wire
from generation.dialects.native.schema import describes
from generation.dialects.native.view import NativeView, actor_of
from generation.errors import NotFound
from generation.snapshot import TaskSnapshot
from generation.states import FINAL
from generation.stream import Hub, Waiting, sse

# Whoever listens is asked anew who he is: a key that was revoked hears no more after this.
LIFETIME = 600.0  # seconds
LOOK = 20.0  # seconds: a place in the queue changes without a notice
_ENDED = frozenset(state.value for state in FINAL)


class TaskEventsView(NativeView):
    @describes(
        "Follow a task",
        also={(200, "text/event-stream"): str, 204: None},
        headers={"Last-Event-ID": "Go on after this event."},
        tag="tasks",
    )
    def get(self, request: Request, task_id: UUID) -> HttpResponseBase:
        """Server-sent events until it has ended; 204 where you have heard the end."""
        actor, url = actor_of(request), base_url(request._request)
        shown = watch.task(actor, task_id, base_url=url)
        heard = request.headers.get("Last-Event-ID", "")
        if heard.partition(".")[0] in _ENDED and shown.is_final:
            return HttpResponse(status=204)

        async def produce(hub: Hub) -> AsyncIterator[bytes]:
            said = _Said(heard)
            async with hub.watch(str(task_id)) as wake:
                end = time.monotonic() + LIFETIME
                while (left := end - time.monotonic()) > 0:
                    try:
                        now = await hub.run(watch.task, actor, task_id, base_url=url)
                    except NotFound:
                        return  # deleted; whoever asks again is told so
                    for event in said.news_of(now):
                        yield event
                    if now.is_final:
                        return
                    await wake.wait(min(LOOK, left))

        return Waiting(produce)


class AllEventsView(NativeView):
    @describes("Follow all tasks", also={(200, "text/event-stream"): str}, tag="tasks")
    def get(self, request: Request) -> HttpResponseBase:
        """Server-sent events of all your tasks, for ten minutes at most."""
        actor, url = actor_of(request), base_url(request._request)

        async def produce(hub: Hub) -> AsyncIterator[bytes]:
            said: dict[UUID, _Said] = {}
            async with hub.watch(f"tenant:{actor.tenant_id}") as wake:
                changed: list[UUID] | None = None
                end = time.monotonic() + LIFETIME
                yield b": welcome\n\n"
                while (left := end - time.monotonic()) > 0:
                    for now in await hub.run(_look, actor, changed, url):
                        for event in said.setdefault(now.id, _Said("")).news_of(now):
                            yield event
                        if now.is_final:
                            del said[now.id]
                    if not await wake.wait(left):
                        return
                    # No change named: the line to the database was cut, so look at everything.
                    changed = [UUID(change.task) for change in wake.take()] or None

        return Waiting(produce)


def _look(actor: Actor, changed: list[UUID] | None, url: str) -> list[TaskSnapshot]:
    if changed is None:
        return watch.active(actor, base_url=url)
    return watch.own(actor, changed, base_url=url)


@dataclass
class _Said:
    """What the client knows of one task: the id of the last event that it heard."""

    last: str
    waiting: object = None

    def news_of(self, now: TaskSnapshot) -> Iterator[bytes]:
        at = now.progress
        here = f"{now.state.value}.{at.seq if at else 0}"
        if now.is_final:
            self.last = here
            yield sse("done", _json(wire.task(now)), id=here)
            return
        if self.last.partition(".")[0] != now.state.value or self.waiting != now.waiting:
            # A step towards the front of the queue is told as a change of state, too.
            self.last, self.waiting = f"{now.state.value}.0", now.waiting
            yield sse("state", _json(wire.task(now)), id=self.last)
        if at is not None and here != self.last:
            self.last = here
            yield sse("progress", _json({"id": str(now.id)} | wire.progress(at)), id=here)


def _json(data: dict[str, Any]) -> str:
    return orjson.dumps(data).decode()
