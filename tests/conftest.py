"""Fixtures that all tests share."""

from __future__ import annotations

import pytest
from django.conf import LazySettings

pytest_plugins = ["tests.people", "tests.generation.house", "tests.generation.sketching"]


@pytest.fixture(autouse=True)
def static_files_as_they_are(settings: LazySettings) -> None:
    """Pages name static files; nothing is collected for a test, so no manifest is there."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
