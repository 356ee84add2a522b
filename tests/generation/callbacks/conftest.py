from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection

from generation.callbacks import claim, send
from generation.models import Delivery, Task
from generation.states import TaskState
from tests.people import Person

BODY = {"code": "200", "msg": "成功", "data": {"status": 2}}


@pytest.fixture
def deliver(transactional_db: None, alice: Person) -> Callable[..., Delivery]:
    """``deliver(url)``: a delivery of a finished task of Alice's, due now."""

    def make(url: str, **changes: Any) -> Delivery:
        task = Task.objects.create(
            tenant=changes.pop("tenant", alice.tenant),
            lineage=uuid.uuid4(),
            dialect="saas",
            request={},
            request_id="request-7",
            state=TaskState.DONE,
            finished_at="2026-01-01T00:00:00Z",
        )
        values = {
            "tenant": task.tenant,
            "task": task,
            "dialect": "saas",
            "url": url,
            "body": BODY,
        } | changes
        delivery = Delivery.objects.create(**values)
        delivery.refresh_from_db()
        return delivery

    return make


@dataclass
class Cluster:
    """Claims and sends as a delivery cluster would."""

    id: uuid.UUID = field(default_factory=uuid.uuid4)
    under_way: list[Future[None]] = field(default_factory=list)

    def step(self) -> bool:
        """Claims one and sends it off; False when there is none to claim."""
        found = claim.claim_one(self.id)
        if found is None:
            return False
        future = send.run(str(found.delivery_id), str(found.lease_token))
        if future is not None:
            self.under_way.append(future)
        return True

    def once(self, delivery: Delivery) -> Delivery:
        """One attempt, to its end."""
        assert self.step()
        self.settle()
        delivery.refresh_from_db()
        return delivery

    def settle(self) -> None:
        while self.under_way:
            self.under_way.pop().result(timeout=30)

    def until(self, over: Callable[[], bool], seconds: float = 30.0) -> None:
        """Works, looking as often as the broker does, until ``over()``."""
        deadline = time.monotonic() + seconds
        while not over():
            assert time.monotonic() < deadline, "not over in time"
            if not self.step():
                patience = claim.seconds_to_next_due()
                time.sleep(min(0.05, 0.05 if patience is None else patience))


@pytest.fixture
def cluster(transactional_db: None, settings: LazySettings) -> Iterator[Cluster]:
    settings.EASEL_EGRESS_ALLOW = ["127.0.0.1"]
    made = Cluster()
    yield made
    made.settle()


@pytest.fixture
def another_process() -> Callable[[Callable[[], Any]], Any]:
    """Runs something on a database connection of its own."""

    def run(work: Callable[[], Any]) -> Any:
        answers: list[Any] = []

        def inside() -> None:
            try:
                answers.append(work())
            finally:
                connection.close()

        thread = threading.Thread(target=inside)
        thread.start()
        thread.join()
        return answers[0]

    return run
