"""Rows for tests of the claim: a house whose servers are never called."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from accounts.models import Tenant
from generation.models import Backend, ClusterBeat, Task
from generation.scheduling import claim
from tests.people import Person

PHOTON, ANIME = "checkpoint:photon.safetensors", "checkpoint:anime.safetensors"


def a_backend(name: str = "gpu", **changes: Any) -> Backend:
    fields: dict[str, Any] = {"kind": "sdwebui", "url": "http://gpu", "is_up": True, "slots": 1}
    return Backend.objects.create(name=name, **fields | {"offers": [PHOTON, ANIME]} | changes)


def a_cluster(workers: int = 100) -> uuid.UUID:
    return ClusterBeat.objects.create(
        id=uuid.uuid4(), kind="generation", host="here", pid=os.getpid(), workers=workers
    ).pk


def a_task(who: Person | Tenant, **changes: Any) -> Task:
    tenant, key = (who.tenant, who.key) if isinstance(who, Person) else (who, None)
    fields: dict[str, Any] = {"dialect": "native", "needs": [PHOTON], "request": {}, "work": 5.0}
    lineage = key.lineage if key else uuid.uuid4()
    return Task.objects.create(tenant=tenant, key=key, lineage=lineage, **fields | changes)


def claimed(cluster: uuid.UUID) -> Task | None:
    found = claim.claim_one(cluster, start_seconds=2.0)
    return Task.objects.get(pk=found.task_id) if found else None


@contextmanager
def connection_of_its_own() -> Iterator[None]:
    """For a thread of a test: its connection is closed at the end, or the database stays."""
    try:
        yield
    finally:
        connection.close()
