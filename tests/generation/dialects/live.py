"""A house whose doors are open on a real port, for clients that nobody here wrote.

``live.url``: the product behind its front door. A thread works off what is asked, as a cluster
would.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.storage import storages
from django.db import connection

from tests.config.doors import front_door
from tests.generation.house import House


@dataclass(frozen=True)
class Live:
    url: str
    house: House


@pytest.fixture(scope="session")
def door(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """One door for all tests of a process: it takes seconds to open."""
    files = tmp_path_factory.mktemp("files")
    with front_door("tests.config.live_settings", EASEL_TEST_FILES=str(files)) as url:
        yield url, files


@pytest.fixture
def live(door: tuple[str, Path], house: House, settings: LazySettings) -> Iterator[Live]:
    url, files = door
    options = settings.STORAGES["default"] | {"OPTIONS": {"location": files, "base_url": None}}
    settings.STORAGES = settings.STORAGES | {"default": options}
    storages.__dict__.pop("backends", None)
    over = threading.Event()
    worker = threading.Thread(target=_work, args=(house, over))
    worker.start()
    try:
        yield Live(url, house)
    finally:
        over.set()
        worker.join(30)


def _work(house: House, over: threading.Event) -> None:
    try:
        while not over.wait(0.02):
            house.work()
    finally:
        connection.close()
