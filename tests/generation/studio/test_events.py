"""The stream: it tells of the person's own tasks, and of nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import Client

from generation.stream import Change, Waiting, Wake
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


class Bell:
    """A hub with one watcher, rung by the test."""

    def __init__(self, *changes: Change) -> None:
        self.wake = Wake()
        self.watched: list[str] = []
        self.then: Callable[[], None] = lambda: None  # what happens after the first look
        for change in changes:
            self.wake.ring(change)

    @asynccontextmanager
    async def watch(self, key: str) -> AsyncIterator[Wake]:
        self.watched.append(key)
        yield self.wake

    async def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        def called() -> Any:
            try:
                found = function(*args, **kwargs)
                then, self.then = self.then, lambda: None
                then()
                return found
            finally:
                connection.close()

        return await sync_to_async(called)()


def heard(response: Waiting, bell: Bell, pieces: int) -> str:
    async def listen() -> str:
        text = b""
        source = response.produce(bell)
        try:
            for _ in range(pieces):
                text += await asyncio.wait_for(anext(source), 5)
        except TimeoutError:
            pass
        await source.aclose()
        return text.decode()

    return asyncio.run(listen())


def test_a_change_of_an_own_task_is_told(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice)
    bell = Bell(Change(str(task_id), alice.tenant.pk, 4))
    text = heard(sign_in(alice).get("/studio/events"), bell, 2)
    assert f'event: task\ndata: {{"id": "{task_id}", "seq": 4}}' in text
    assert bell.watched == [f"tenant:{alice.tenant.pk}"]


def test_a_team_mates_task_is_not_told(alice: Person, bob: Person, sign_in, paint) -> None:
    theirs, own = paint(bob), paint(alice)
    changes = [Change(str(pk), alice.tenant.pk, 0) for pk in (theirs, own)]
    text = heard(sign_in(alice).get("/studio/events"), Bell(*changes), 2)
    assert str(own) in text
    assert str(theirs) not in text


def test_a_deletion_is_told(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice)
    client = sign_in(alice)
    bell = Bell(Change(str(task_id), alice.tenant.pk, 2))
    stream = client.get("/studio/events")

    def deleted() -> None:
        client.post("/studio/purge", {"ids": [task_id]})
        bell.wake.ring(Change(str(task_id), alice.tenant.pk, 0))

    bell.then = deleted
    text = heard(stream, bell, 3)
    assert "event: task" in text
    assert f'event: gone\ndata: {{"id": "{task_id}"}}' in text


def test_a_strangers_deletion_is_not_told(alice: Person, bob: Person, sign_in, paint) -> None:
    gone, own = paint(bob), paint(alice)
    sign_in(bob).post("/studio/purge", {"ids": [gone]})
    changes = [Change(str(pk), alice.tenant.pk, 0) for pk in (gone, own)]
    assert str(gone) not in heard(sign_in(alice).get("/studio/events"), Bell(*changes), 2)


def test_after_a_gap_the_page_is_told_to_look(alice: Person, house, sign_in) -> None:
    bell = Bell()
    bell.wake.ring()
    text = heard(sign_in(alice).get("/studio/events"), bell, 2)
    assert text.count("event: resync") == 2


def test_nobody_hears_nothing(db: None) -> None:
    assert Client().get("/studio/events").status_code == 302
