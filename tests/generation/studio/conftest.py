from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from django.apps import apps
from django.test import Client

from catalog import access as catalog
from catalog.examples import install as install_examples
from catalog.intake import Listing, take_in
from catalog.models import Alias
from generation.models import Backend
from generation.needs import offers_of
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


@dataclass(frozen=True)
class Held:
    """What a server says of one thing."""

    name: str
    title: str = ""
    sha256: str = ""
    base_model: str = ""
    description: str = ""
    trigger_words: str = ""
    licence: str = ""


@pytest.fixture
def stocked(db: None) -> Iterator[Backend]:
    """A server that is up and has two checkpoints and a LoRA; nobody ever asks it. For what needs
    no picture: such a test is rolled back, which costs less than a house."""
    if not Alias.objects.exists():
        install_examples(apps)
    checkpoints = [CHECKPOINT, "fake-v2.safetensors"]
    offers = offers_of(
        features=["txt2img", "hires", "subseed", "clip_skip"],
        checkpoints=checkpoints,
        loras=["fakeStyle"],
        vaes=[],
        controlnets=[],
        max_side=2048,
    )
    backend = Backend.objects.create(
        name="stocked", kind="sdwebui", url="http://stocked.test", is_up=True, offers=offers
    )
    has = Listing(checkpoints=[Held(name) for name in checkpoints], loras=[Held("fakeStyle")])
    take_in(backend.pk, None, has)
    yield backend
    catalog.invalidate()


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
