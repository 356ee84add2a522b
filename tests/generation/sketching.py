"""A house whose backend is Easel's own engine with the sketch painter, in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from catalog import access as catalog
from catalog.intake import forget
from generation import probes
from generation.engine.engine import Engine
from generation.engine.server import EngineServer
from generation.engine.sketch.painter import SketchPainter
from generation.models import Backend
from tests.generation.house import House


@contextmanager
def engine() -> Iterator[str]:
    """The address of an engine that is ready."""
    made = Engine(SketchPainter)
    server = EngineServer(("127.0.0.1", 0), made)
    made.start()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        server.server_close()
        made.close()
        thread.join(5)


@pytest.fixture(scope="session")
def sketch_url() -> Iterator[str]:
    with engine() as url:
        yield url


@pytest.fixture
def sketch_house(house: House, sketch_url: str) -> House:
    """The house's own backend gives way to the engine."""
    forget(house.backend.pk)
    house.backend.delete()
    backend = Backend.objects.create(name="sketch", kind="sdwebui", url=sketch_url)
    probes.probe(backend)
    backend.refresh_from_db()
    catalog.invalidate()
    house.backend = backend
    return house
