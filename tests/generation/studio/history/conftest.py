"""Pictures that are there without having been painted: the history reads rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from generation import words
from generation.models import Output, Task
from generation.request import ImageRequest
from tests.people import Person

Keep = Callable[..., UUID]


@pytest.fixture
def keep(db: None) -> Keep:
    """A task of a person that has ended ``ago``; ``count`` pictures, of the verdict and state."""

    def kept(
        person: Person,
        prompt: str = "a red apple",
        *,
        count: int = 1,
        ago: timedelta = timedelta(),
        state: str = "done",
        output: dict[str, Any] | None = None,
        **asked: Any,
    ) -> UUID:
        fields = {"prompt": prompt, "checkpoint": "fake-v1.safetensors", "seed": 1} | asked
        request = ImageRequest.model_validate(fields)
        now = timezone.now()
        task = Task.objects.create(
            tenant=person.tenant,
            user=person.user,
            lineage=person.in_person.lineage,
            dialect="studio",
            request=request.model_dump(mode="json"),
            checkpoint=request.checkpoint,
            state=state,
            images=count,
            created_at=now - ago,
            finished_at=now,
        )
        found = words.of_task(request, person.tenant.pk, person.user.pk)
        with connection.cursor() as cursor:
            text = "UPDATE generation_task SET words = array_to_tsvector(%s::text[]) WHERE id = %s"
            cursor.execute(text, [found, task.pk])
        for index in range(count if state == "done" else 0):
            row = {
                "format": "png",
                "width": request.width,
                "height": request.height,
                "size": 1,
                "sha256": "",
                "seed": index,
                "verdict": "allow",
                "expires_at": now + timedelta(days=30),
            }
            Output.objects.create(task=task, index=index, **row | (output or {}))
        return task.pk

    return kept
