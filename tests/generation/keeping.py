"""Finished tasks with real files, for tests of what happens to them afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.test import override_settings
from django.utils import timezone

from generation import storage
from generation.models import Attempt, Delivery, Output, Progress, Task
from generation.states import FINAL, OutputState, TaskState, Verdict
from tests.generation.painting import encode, picture
from tests.people import Person

MEMORY = {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}


@pytest.fixture
def files() -> Iterator[Storage]:
    """An empty default storage, in memory: it has no paths, as S3 has none."""
    with override_settings(STORAGES=MEMORY):
        yield default_storage


def all_files(folder: str = "") -> list[str]:
    """Every key in the default storage."""
    folders, names = default_storage.listdir(folder)
    prefix = f"{folder}/" if folder else ""
    below = [name for each in folders for name in all_files(prefix + each)]
    return sorted([prefix + name for name in names] + below)


def a_task(
    person: Person, state: TaskState = TaskState.DONE, *, images: int = 1, **changes: Any
) -> Task:
    """A task with all that may hang on one: outputs, an attempt that left a file, an input, a
    preview and a callback."""
    live = state in (TaskState.CLAIMED, TaskState.RUNNING)
    source = storage.store_input(encode(picture(32, 32)))
    fields: dict[str, Any] = {
        "request": {"prompt": "a cat", "init": {"image": {"stored": source, "url": ""}}},
        "finished_at": timezone.now() if state in FINAL else None,
        "lease_token": uuid4() if live else None,
    }
    task = Task.objects.create(
        tenant=person.tenant, user=person.user, key=person.key, lineage=person.key.lineage,
        dialect="native", state=state, images=images, **fields | changes,
    )  # fmt: skip
    left = storage.file_names(f"outputs/{person.tenant.pk}/left-{task.pk}", "png")
    default_storage.save(left[0], ContentFile(b"half a picture"))
    Attempt.objects.create(task=task, lease_token=uuid4(), outcome="lost", files=left)
    Delivery.objects.create(
        tenant=person.tenant, task=task, dialect="native", url="https://example.com/", body={}
    )
    Progress.objects.create(task_id=task.pk, preview=b"jpeg")
    if state == TaskState.DONE:
        for index in range(images):
            an_output(task, index)
    return task


def an_output(task: Task, index: int = 0, **changes: Any) -> Output:
    """An output whose files lie in the storage; ``changes`` to the row."""
    kept = storage.keep(
        encode(picture(seed=index)),
        "png",
        stem=f"outputs/{task.tenant_id}/{task.pk}-{index}",
        parameters="a cat\nSteps: 1",
        label=storage.label_of(task),
    )
    fields = vars(kept) | {"seed": 2**64 - 1 - index, "verdict": Verdict.ALLOW}
    return Output.objects.create(
        task=task, index=index, **fields | {"expires_at": in_days(30)} | changes
    )


def a_blocked_output(task: Task, index: int = 0, *, until: datetime) -> Output:
    return an_output(
        task, index, state=OutputState.BLOCKED, verdict=Verdict.BLOCK, quarantine_until=until
    )


def in_days(days: float) -> datetime:
    return timezone.now() + timedelta(days=days)
