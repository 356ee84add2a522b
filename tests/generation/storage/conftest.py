from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.files.storage import Storage, default_storage
from django.test import override_settings

from generation.storage import AiLabel

MEMORY = {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}


@pytest.fixture
def files() -> Iterator[Storage]:
    """An empty default storage, in memory: it has no paths, as S3 has none."""
    with override_settings(STORAGES=MEMORY):
        yield default_storage


@pytest.fixture
def label() -> AiLabel:
    return AiLabel(producer="示例 <AI> & Co", produce_id="task-1")
