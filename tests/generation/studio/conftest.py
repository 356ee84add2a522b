from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from django.test import Client

from tests.generation.house import CHECKPOINT, House
from tests.people import Person

FRAGMENT = {"HX-Request": "true"}
SignIn = Callable[[Person], Client]


@pytest.fixture
def sign_in() -> SignIn:
    def opened(person: Person) -> Client:
        client = Client()
        client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return opened


@pytest.fixture
def paint(sign_in: SignIn, house: House) -> Callable[..., UUID]:
    """A task that a person made in the browser, finished unless ``work`` is False."""

    def painted(person: Person, work: bool = True, **fields: object) -> UUID:
        form = {"prompt": "a red apple", "checkpoint": CHECKPOINT, "steps": "4"} | fields
        answer = sign_in(person).post("/", form, headers=FRAGMENT)
        assert b"data-task" in answer.content, answer.content.decode()
        if work:
            house.work()
        return UUID(answer.content.decode().partition('data-task="')[2][:36])

    return painted
