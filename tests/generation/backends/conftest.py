"""Two real HTTP peers for one contract: the fake and Easel's engine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import pytest

from generation.backends import registry
from generation.backends.base import Backend, Target
from generation.backends.fake import FakeServer
from generation.engine.engine import Engine
from generation.engine.server import EngineServer
from tests.generation.engine.gradients import Gradients

TOKEN = "a token 猫"


class Peer(Protocol):
    """What the contract needs of a server, whatever it is."""

    url: str

    def running(self) -> list[str]: ...


class _Fake:
    def __init__(self, server: FakeServer) -> None:
        self.url, self.server = server.url, server

    def running(self) -> list[str]:
        return self.server.running


class _Engine:
    def __init__(self, server: EngineServer) -> None:
        self.url, self._queue = server.url, server.engine.queue

    def running(self) -> list[str]:
        return [self._queue.running.id] if self._queue.running else []


@contextmanager
def _fake(pace: float, token: str) -> Iterator[Peer]:
    with FakeServer(seconds_per_step=pace, token=token) as server:
        yield _Fake(server)


@contextmanager
def _engine(pace: float, token: str) -> Iterator[Peer]:
    engine = Engine(lambda: Gradients(pace))
    server = EngineServer(("127.0.0.1", 0), engine, token)
    engine.start()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield _Engine(server)
    finally:
        server.shutdown()
        server.server_close()


PEERS: dict[str, Callable[[float, str], AbstractContextManager[Peer]]] = {
    "fake": _fake,
    "engine": _engine,
}


@pytest.fixture(params=sorted(PEERS))
def serve(request: pytest.FixtureRequest) -> Iterator[Callable[..., Peer]]:
    """serve(seconds_per_step, token) → a running server; stopped after the test."""
    opened: list[AbstractContextManager[Peer]] = []

    def start(pace: float = 0.001, token: str = "") -> Peer:
        opened.append(PEERS[request.param](pace, token))
        return opened[-1].__enter__()

    yield start
    for context in opened:
        context.__exit__(None, None, None)


@pytest.fixture
def connect() -> Callable[..., Backend]:
    def opened(url: str, **target: object) -> Backend:
        return registry.open("sdwebui", Target(url=url, **target))  # type: ignore[arg-type]

    return opened


@pytest.fixture
def unused_port() -> Iterator[int]:
    """Bound, so that nobody else takes it, and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
