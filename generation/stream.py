"""Requests that wait, without a thread: event streams, long polls, answers that carry a picture.

A view decides who asks and whether he may, and returns one of two responses that the front door
(``config.front``) runs in its event loop:

    return Waiting(produce)      # produce(hub) -> AsyncIterator[bytes]: chunks as they come
    return Later(answer)         # answer(hub) -> HttpResponse: known only at the end

    async def produce(hub: Hub) -> AsyncIterator[bytes]:
        async with hub.watch(str(task_id)) as wake:     # watch FIRST, then look: nothing is missed
            while True:
                shown = await hub.run(watch.task, actor, task_id)
                yield sse("task", render(shown), id=shown.seq)
                if shown.is_final:
                    return
                await wake.wait(20.0)

Keys: a task's id, or ``"tenant:<tenant id>"`` for everything in a tenant. A wake-up is a hint to
look at the rows; after PostgreSQL came back every watcher is woken once. The generator is cancelled
when the client goes. No database access in it but through ``hub.run``.

In tests there is no event loop: ``response.collect(limit)`` drains a ``Waiting`` and
``response.answer()`` resolves a ``Later``, with ``hub.run`` executed in the calling thread (and so
in the test's own transaction) and every ``wake.wait`` over at once.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import queue
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, ParamSpec, Protocol, TypeVar

import psycopg
from django.db import close_old_connections, connection
from django.http import HttpResponse

from generation.channels import TASK

P = ParamSpec("P")
T = TypeVar("T")

PING_SECONDS = 15.0
_RECONNECT_SECONDS = 0.5
_DATABASE_THREADS = 2  # of their own: a thousand streams that wake do not keep a page waiting
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Change:
    task: str
    tenant: int
    seq: int  # 0 = the state changed, else the number of a progress report


class Wake:
    """One watcher's bell."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._changes: dict[str, Change] = {}

    def ring(self, change: Change | None = None) -> None:
        if change is not None:
            self._changes[change.task] = change
        self._rung.set()

    async def wait(self, timeout: float) -> bool:
        """True when something changed, False after ``timeout`` seconds."""
        try:
            await asyncio.wait_for(self._rung.wait(), timeout)
        except TimeoutError:
            return False
        self._rung.clear()
        return True

    def take(self) -> list[Change]:
        """The latest change of each task since the last call. Empty after a wake-up: look at
        everything, the line to the database was cut meanwhile."""
        changes, self._changes = list(self._changes.values()), {}
        return changes


class Hub(Protocol):
    """What a waiting request may do."""

    def watch(self, key: str) -> AbstractAsyncContextManager[Wake]: ...

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a short synchronous function (the ORM) in a thread."""
        ...


class LiveHub:
    """One LISTEN connection and the watchers of one process. Lives in one event loop."""

    def __init__(self) -> None:
        self._watchers: dict[str, set[Wake]] = {}
        self._threads = ThreadPoolExecutor(_DATABASE_THREADS, thread_name_prefix="hub")
        self._listener: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    @asynccontextmanager
    async def watch(self, key: str) -> AsyncIterator[Wake]:
        """From its beginning to its end no change of ``key`` is missed."""
        wake = Wake()
        self._watchers.setdefault(key, set()).add(wake)
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen_for_ever())
        try:
            with suppress(TimeoutError):  # no database now: the wake-up comes when it is back
                await asyncio.wait_for(self._listening.wait(), 5.0)
            yield wake
        finally:
            left = self._watchers[key]
            left.discard(wake)
            if not left:
                del self._watchers[key]

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()

        def call() -> T:
            return _with_connection(function, *args, **kwargs)

        return await loop.run_in_executor(self._threads, context.run, call)

    async def close(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener
        self._threads.shutdown(wait=False)

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                log.warning("event streams lost the database: %s", error)
            self._listening.clear()
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(**_parameters(), autocommit=True) as line:
            await line.execute(f"LISTEN {TASK}")
            self._listening.set()
            for wakes in self._watchers.values():
                for wake in wakes:
                    wake.ring()
            async for notice in line.notifies():
                self._spread(notice.payload)

    def _spread(self, payload: str) -> None:
        task, tenant, seq = payload.split(":")
        change = Change(task, int(tenant), int(seq))
        for key in (task, f"tenant:{tenant}"):
            for wake in self._watchers.get(key, ()):
                wake.ring(change)


def _with_connection(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """As Django does around a request: expired and broken connections are not used."""
    close_old_connections()
    try:
        return function(*args, **kwargs)
    finally:
        close_old_connections()


def _parameters() -> dict[str, Any]:
    """Django's own connection parameters, less what only Django understands."""
    found = connection.get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold", "pool"):
        found.pop(name, None)
    return found | {"keepalives_idle": 15, "connect_timeout": 5}


class Waiting(HttpResponse):
    """A response whose body comes in pieces: ``produce(hub)`` is an async generator of bytes."""

    def __init__(
        self,
        produce: Callable[[Hub], AsyncIterator[bytes]],
        *,
        content_type: str = "text/event-stream",
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(content_type=content_type, status=status, headers=headers)
        self.produce = produce
        self.is_events = content_type.startswith("text/event-stream")
        if self.is_events:
            self.headers.setdefault("Cache-Control", "no-store")
            self.headers.setdefault("X-Accel-Buffering", "no")  # nginx would hold events back

    def ready(self) -> None:
        """Before its headers go out: CommonMiddleware took it for an empty answer."""
        del self.headers["Content-Length"]

    async def chunks(self, hub: Hub) -> AsyncIterator[bytes]:
        """The pieces; a comment each 15 s of silence keeps an event stream's connection open."""
        source = self.produce(hub)
        upcoming: asyncio.Task[bytes] | None = None
        try:
            while True:
                upcoming = upcoming or asyncio.ensure_future(_next(source))
                timeout = PING_SECONDS if self.is_events else None
                await asyncio.wait([upcoming], timeout=timeout)
                if not upcoming.done():
                    yield b": ping\n\n"
                    continue
                done, upcoming = upcoming, None
                try:
                    chunk = done.result()
                except StopAsyncIteration:
                    return
                yield chunk
        finally:
            if upcoming is not None:
                upcoming.cancel()
                with suppress(asyncio.CancelledError, StopAsyncIteration):
                    await upcoming
            if closing := getattr(source, "aclose", None):
                await closing()

    def collect(self, limit: int = 100) -> list[bytes]:
        """At most ``limit`` pieces, for tests."""

        async def drain(hub: Hub) -> list[bytes]:
            found: list[bytes] = []
            source = self.produce(hub)
            async for chunk in source:
                found.append(chunk)
                if len(found) >= limit:
                    break
            if closing := getattr(source, "aclose", None):
                await closing()
            return found

        return _run_here(drain)


class Later(HttpResponse):
    """A response that is known only at the end: ``resolve(hub)`` makes it. Headers that middleware
    set on this one are added to it."""

    def __init__(self, resolve: Callable[[Hub], Awaitable[HttpResponse]]) -> None:
        super().__init__()
        del self.headers["Content-Type"]
        self._resolve = resolve

    async def resolve(self, hub: Hub) -> HttpResponse:
        response = await self._resolve(hub)
        for name, value in self.headers.items():
            if name != "Content-Length":  # CommonMiddleware counted this one's empty body
                response.headers.setdefault(name, value)
        response.cookies.update(self.cookies)
        return response

    def answer(self) -> HttpResponse:
        """The response itself, for tests."""
        return _run_here(self.resolve)


def sse(event: str, data: str, id: str | int | None = None) -> bytes:
    """One server-sent event. ``data`` may have several lines."""
    lines = [] if id is None else [f"id: {id}"]
    lines += [f"event: {event}", *(f"data: {line}" for line in data.splitlines() or [""])]
    return ("\n".join(lines) + "\n\n").encode()


async def _next(source: AsyncIterator[bytes]) -> bytes:
    return await anext(source)


class _InlineHub:
    """The hub of ``collect`` and ``answer``: each call goes back to the thread that asked, each
    wait is over at once, so that what is tested is the looking, not the waiting."""

    def __init__(self, calls: queue.Queue[Callable[[], None] | None]) -> None:
        self._calls = calls

    @asynccontextmanager
    async def watch(self, key: str) -> AsyncIterator[Wake]:
        wake = Wake()
        wake.ring()

        async def at_once(timeout: float) -> bool:
            await asyncio.sleep(0)
            return True

        wake.wait = at_once  # type: ignore[method-assign]
        yield wake

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        future: Future[T] = Future()

        def call() -> None:
            try:
                future.set_result(function(*args, **kwargs))
            except BaseException as error:
                future.set_exception(error)

        self._calls.put(call)
        return await asyncio.wrap_future(future)


def _run_here(work: Callable[[Hub], Awaitable[T]]) -> T:
    """Runs ``work`` in an event loop of another thread and its calls in this one."""
    calls: queue.Queue[Callable[[], None] | None] = queue.Queue()
    outcome: Future[T] = Future()

    async def main() -> T:
        return await work(_InlineHub(calls))

    def loop() -> None:
        try:
            outcome.set_result(asyncio.run(main()))
        except BaseException as error:
            outcome.set_exception(error)
        finally:
            calls.put(None)

    threading.Thread(target=loop, daemon=True).start()
    while (call := calls.get()) is not None:
        call()
    return outcome.result()
