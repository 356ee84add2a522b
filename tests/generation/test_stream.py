"""Requests that wait: the hub on a live database, and what tests use in its place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.http import HttpResponse

from generation import stream
from generation.stream import Hub, Later, LiveHub, Waiting, Wake, sse
from tests.config.doors import database_url, notify

pytestmark = pytest.mark.usefixtures("django_db_setup")


def with_hub(work: Any) -> Any:
    async def main() -> Any:
        hub = LiveHub()
        try:
            coroutine: Coroutine[Any, Any, Any] = work(hub)
            return await asyncio.wait_for(coroutine, 20)
        finally:
            await hub.close()

    return asyncio.run(main())


def cut_listeners() -> None:
    with psycopg.connect(database_url(), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE query = 'LISTEN easel_task'"
        )


def test_a_change_wakes_its_watcher() -> None:
    task = str(uuid4())

    async def work(hub: LiveHub) -> Any:
        async with hub.watch(task) as wake:
            wake.take()
            await asyncio.to_thread(notify, f"{task}:7:3")
            return await woken_by(wake)

    assert with_hub(work) == [stream.Change(task, 7, 3)]


async def woken_by(wake: Wake) -> list[stream.Change]:
    """The changes of the next wake-up that brings some: the first comes from the connecting."""
    while not (changes := wake.take()):
        assert await wake.wait(10)
    return changes


def test_the_last_of_many_changes_is_told_once() -> None:
    async def work(hub: LiveHub) -> Any:
        async with hub.watch("tenant:7") as wake:
            for seq in (1, 2, 3):
                await asyncio.to_thread(notify, f"t:7:{seq}")
            await asyncio.sleep(0.3)
            return await woken_by(wake)

    assert with_hub(work) == [stream.Change("t", 7, 3)]


def test_others_sleep_on() -> None:
    async def work(hub: LiveHub) -> Any:
        async with hub.watch("tenant:8") as wake:
            await wake.wait(0.5)  # the connecting
            await asyncio.to_thread(notify, "t:9:1")
            return await wake.wait(0.3)

    assert with_hub(work) is False


def test_a_cut_line_wakes_everybody_and_works_again() -> None:
    async def work(hub: LiveHub) -> Any:
        async with hub.watch("tenant:7") as wake:
            await wake.wait(0.5)
            await asyncio.to_thread(cut_listeners)
            assert await wake.wait(10)
            await asyncio.to_thread(notify, "t:7:5")
            return await woken_by(wake)

    assert with_hub(work) == [stream.Change("t", 7, 5)]


def test_nobody_is_kept_after_the_end() -> None:
    async def work(hub: LiveHub) -> Any:
        async with hub.watch("x"):
            pass
        return hub._watchers

    assert with_hub(work) == {}


def test_silence_is_broken_by_a_comment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PING_SECONDS", 0.05)

    async def produce(hub: Hub) -> AsyncIterator[bytes]:
        await asyncio.sleep(0.2)
        yield b"at last"

    async def work(hub: LiveHub) -> Any:
        return [chunk async for chunk in Waiting(produce).chunks(hub)]

    chunks = with_hub(work)
    assert chunks[0] == b": ping\n\n"
    assert chunks[-1] == b"at last"


def test_who_is_not_an_event_stream_is_not_pinged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PING_SECONDS", 0.05)

    async def produce(hub: Hub) -> AsyncIterator[bytes]:
        await asyncio.sleep(0.2)
        yield b"{}"

    async def work(hub: LiveHub) -> Any:
        response = Waiting(produce, content_type="application/json")
        return [chunk async for chunk in response.chunks(hub)]

    assert with_hub(work) == [b"{}"]


def test_a_client_that_goes_ends_the_generator() -> None:
    ended = []

    async def produce(hub: Hub) -> AsyncIterator[bytes]:
        try:
            yield b"one"
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    async def work(hub: LiveHub) -> Any:
        chunks = Waiting(produce).chunks(hub)
        assert await anext(chunks) == b"one"
        waiting = asyncio.ensure_future(anext(chunks))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    with_hub(work)
    assert ended == [True]


def test_a_test_collects_what_would_be_sent() -> None:
    async def produce(hub: Hub) -> AsyncIterator[bytes]:
        async with hub.watch("x") as wake:
            for number in range(10):
                await wake.wait(60)
                yield str(await hub.run(lambda n=number: n * 2)).encode()

    assert Waiting(produce).collect(3) == [b"0", b"2", b"4"]


def test_a_test_resolves_a_late_answer_with_its_headers() -> None:
    async def answer(hub: Hub) -> HttpResponse:
        return HttpResponse("done", status=201)

    later = Later(answer)
    later["X-Request-Id"] = "r"
    found = later.answer()
    assert (found.status_code, found["X-Request-Id"]) == (201, "r")


def test_what_is_raised_while_waiting_reaches_the_test() -> None:
    async def answer(hub: Hub) -> HttpResponse:
        raise ValueError("no such luck")

    with pytest.raises(ValueError, match="no such luck"):
        Later(answer).answer()


def test_an_event_of_several_lines() -> None:
    assert sse("e", "a\nb", id=3) == b"id: 3\nevent: e\ndata: a\ndata: b\n\n"
