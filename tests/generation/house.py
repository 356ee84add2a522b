"""A house with a backend: a real sdapi peer, its row, a storage folder, and the red-is-bad auditor.

``house.draw(person)`` submits and ``house.work()`` does what a cluster would: claim, run, until
nothing is left. Needs ``django_db(transaction=True)``: the heart of an attempt has a connection of
its own.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.core.files.storage import storages

from catalog import access as catalog
from catalog.examples import install as install_examples
from generation import probes, worker
from generation.audit import default_rules, prompt
from generation.audit import registry as auditors
from generation.backends.fake import FakeServer
from generation.models import Backend, ClusterBeat, FairShare, Task
from generation.request import ImageRequest
from generation.scheduling import claim
from generation.submit import Order, Receipt, submit
from tests.generation.furniture import furnished
from tests.people import Person

CHECKPOINT = "fake-v1.safetensors"


@dataclass
class House:
    server: FakeServer
    backend: Backend
    cluster: uuid.UUID = field(default_factory=uuid.uuid4)

    def order(self, person: Person, prompt: str = "a red apple", **order: Any) -> Order:
        """``with_``: changes to the request; ``request``: another one; the rest is the order's."""
        asked = ImageRequest(prompt=prompt, checkpoint=CHECKPOINT, steps=4)
        request = order.pop("request", asked.model_copy(update=order.pop("with_", {})))
        return Order(actor=person.actor, request=request, dialect="native", **order)

    def draw(self, person: Person, prompt: str = "a red apple", **order: Any) -> Receipt:
        return submit(self.order(person, prompt, **order))

    def claim(self) -> claim.Claim | None:
        return claim.claim_one(self.cluster, start_seconds=2.0)

    def work(self, most: int = 100) -> int:
        """How many attempts were made."""
        for attempts in range(most):
            found = self.claim()
            if found is None:
                return attempts
            self.run(found)
        return most

    def run(self, found: claim.Claim) -> None:
        worker.run(str(found.task_id), str(found.lease_token))

    def task(self, receipt: Receipt) -> Task:
        return Task.objects.get(pk=receipt.task_id)


def _furnish(url: str) -> None:
    install_examples(apps)
    probes.probe(Backend.objects.create(name="fake", kind="sdwebui", url=url))


@pytest.fixture
def house(transactional_db: None, settings: LazySettings, tmp_path: Path) -> Iterator[House]:
    settings.EASEL_AUDITOR = "fake"
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path, "base_url": None},
        }
    }
    auditors._made.cache_clear()
    # transactional tests truncate: what the migrations wrote is written again
    FairShare.objects.get_or_create(tenant=None)
    prompt.install(apps, default_rules.RULES)
    prompt.invalidate()
    with FakeServer(seconds_per_step=0.0) as server:
        backend = furnished(server.url, _furnish)
        catalog.invalidate()
        made = House(server, backend)
        ClusterBeat.objects.create(
            id=made.cluster, kind="generation", host="here", pid=os.getpid(), workers=4
        )
        yield made
    catalog.invalidate()
    storages.__dict__.pop("backends", None)
