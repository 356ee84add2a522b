"""The streams: what is told, where a client that was cut off goes on, and when it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client

from generation.cancel import cancel
from generation.models import Progress, Task
from generation.scheduling import leases
from generation.states import TaskState
from generation.stream import Change, Waiting, Wake
from tests.generation.house import House
from tests.people import Person

Event = tuple[str, str, dict[str, Any]]


class Script:
    """A hub that does the next step of a story each time the stream waits; at its end the
    client is gone."""

    def __init__(self, *steps: Callable[[], Change | None]) -> None:
        self.wake, self.watched = Wake(), [""]
        self._steps = iter(steps)
        self.wake.wait = self._next  # type: ignore[method-assign]

    async def _next(self, timeout: float) -> bool:
        step = next(self._steps, None)
        if step is None:
            raise asyncio.CancelledError
        if change := await self.run(step):
            self.wake.ring(change)
        return True

    @asynccontextmanager
    async def watch(self, key: str) -> AsyncIterator[Wake]:
        self.watched.append(key)
        yield self.wake

    async def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        def called() -> Any:
            try:
                return function(*args, **kwargs)
            finally:
                connection.close()

        return await sync_to_async(called)()


def told(response: Any, *steps: Callable[[], Change | None]) -> list[Event]:
    """(id, event, data) of all that is told while the steps happen."""
    assert isinstance(response, Waiting), response.content

    async def listen() -> bytes:
        text = b""
        try:
            async for piece in response.produce(Script(*steps)):
                text += piece
        except asyncio.CancelledError:
            pass
        return text

    return list(parsed(asyncio.run(listen()).decode()))


def parsed(text: str) -> Iterator[Event]:
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if line[:1] != ":")
        if lines:
            yield lines["id"], lines["event"], json.loads(lines["data"])


def listen(who: Person, task_id: UUID | str = "", last: str = "") -> Any:
    path = f"/api/v1/tasks/{task_id}/events" if task_id else "/api/v1/events"
    headers = who.headers | {"Accept": "text/event-stream"}
    return Client().get(path, headers=headers | ({"Last-Event-ID": last} if last else {}))


class Story:
    """The life of one task in steps."""

    def __init__(self, house: House, who: Person) -> None:
        self.house, self.who = house, who
        self.id = house.draw(who).task_id

    def start(self) -> Change:
        found = self.house.claim()
        assert found is not None
        leases.start(found.task_id, found.lease_token, 5.0)
        return self._change()

    def step(self, number: int) -> Callable[[], Change]:
        def done() -> Change:
            shown = {"fraction": number / 4, "step": number, "steps": 4, "preview": b"\xff\xd8"}
            Progress.objects.update_or_create(task_id=self.id, defaults=shown | {"seq": number})
            return self._change(number)

        return done

    def finish(self) -> Change:
        Task.objects.filter(pk=self.id).update(state="queued", lease_token=None)
        self.house.work()
        return self._change()

    def cancel(self) -> Change:
        cancel(self.who.actor, self.id)
        return self._change()

    def _change(self, seq: int = 0) -> Change:
        return Change(str(self.id), self.who.tenant.pk, seq)


@pytest.fixture
def story(house: House, alice: Person) -> Story:
    return Story(house, alice)


def test_from_the_queue_to_the_picture(story: Story, alice: Person) -> None:
    found = told(listen(alice, story.id), story.start, story.step(1), story.step(2), story.finish)
    assert [(number, event) for number, event, _ in found] == [
        ("queued.0", "state"),
        ("running.0", "state"),
        ("running.1", "progress"),
        ("running.2", "progress"),
        ("done.0", "done"),
    ]
    assert found[2][2] | {"id": str(story.id), "fraction": 0.25, "preview": "/9g="} == found[2][2]
    assert found[-1][2]["outputs"][0]["url"].startswith("http://testserver/files/")


def test_a_client_that_was_cut_off_hears_what_is_new(story: Story, alice: Person) -> None:
    story.start()
    story.step(2)()
    assert told(listen(alice, story.id, "running.2")) == []
    (found,) = told(listen(alice, story.id, "running.1"))
    assert found[:2] == ("running.2", "progress")
    names = [event for _, event, _ in told(listen(alice, story.id, "queued.0"))]
    assert names == ["state", "progress"]


def test_whoever_missed_the_end_hears_it(story: Story, alice: Person) -> None:
    story.finish()
    (found,) = told(listen(alice, story.id, "running.3"))
    assert found[:2] == ("done.0", "done")


def test_whoever_heard_the_end_is_sent_away(story: Story, alice: Person) -> None:
    story.finish()
    assert listen(alice, story.id, "done.0").status_code == 204


def test_a_failed_try_goes_back_to_the_queue(story: Story, alice: Person) -> None:
    def back() -> Change:
        task = Task.objects.get(pk=story.id)
        assert task.lease_token is not None
        leases.give_back(task.pk, task.lease_token, TaskState.RUNNING, strike=True)
        Progress.objects.all().delete()
        return story._change()

    steps = (story.start, story.step(1), back, story.start, story.step(1), story.cancel)
    names = [number for number, _, _ in told(listen(alice, story.id), *steps)]
    again = ["queued.0", "running.0", "running.1"]
    assert [name for name in names if name != "queued.0"] == [*again[1:], *again[1:]]
    assert names.count("queued.0") >= 2


def test_a_place_nearer_to_the_front_is_told(house: House, story: Story, alice: Person) -> None:
    later = house.draw(alice)
    found = told(listen(alice, later.task_id), story.cancel)
    assert [data["waiting"]["position"] for _, _, data in found] == [1, 0]


def test_a_deleted_task_ends_the_stream(story: Story, alice: Person) -> None:
    def gone() -> None:
        Task.objects.all().delete()

    assert len(told(listen(alice, story.id), gone, story.start)) == 1


def test_all_of_the_callers_tasks(house: House, story: Story, alice: Person) -> None:
    second: list[Story] = []

    def one_more() -> Change:
        second.append(Story(house, alice))
        return second[0]._change()

    found = told(listen(alice), story.start, story.step(1), one_more, story.finish)
    about = [(event, data["id"]) for _, event, data in found]
    first = str(story.id)
    assert about[:3] == [("state", first), ("state", first), ("progress", first)]
    assert about[3:] == [("state", str(second[0].id)), ("done", first)]


def test_a_gap_makes_it_look_at_everything(story: Story, alice: Person) -> None:
    def unheard() -> None:
        story.start()

    assert [event for _, event, _ in told(listen(alice), unheard)] == ["state", "state"]


def test_a_preview_that_may_be_seen_is_a_picture(story: Story, alice: Person) -> None:
    story.finish()
    ((_, _, task),) = told(listen(alice, story.id))
    assert task["progress"] is None
    assert default_storage.listdir("outputs")[0] == [str(alice.tenant.pk)]


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
def test_a_supervisor_hears_of_his_own_alone(
    house: House, story: Story, alice: Person, bob: Person
) -> None:
    bobs = Story(house, bob)
    found = told(listen(alice), bobs.cancel, story.start)
    assert {data["id"] for _, _, data in found} == {str(story.id)}
    assert told(listen(bob)) == []


def test_a_stranger_and_nobody(story: Story, charlie: Person) -> None:
    answer = listen(charlie, story.id)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    nobody = Client().get(f"/api/v1/tasks/{story.id}/events")
    assert (nobody.status_code, nobody.json()["code"]) == (401, "unauthenticated")
