"""Fixtures that all tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.utils import translation

pytest_plugins = ["tests.people", "tests.generation.house", "tests.generation.sketching"]


@pytest.fixture(autouse=True)
def static_files_as_they_are(settings: LazySettings) -> None:
    """Pages name static files; nothing is collected for a test, so no manifest is there."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(autouse=True)
def the_language_of_a_page_ends_with_its_test() -> Iterator[None]:
    """A page that a test opens leaves its language to the thread."""
    yield
    translation.deactivate()
