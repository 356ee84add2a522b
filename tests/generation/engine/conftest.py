from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from generation.engine.engine import Engine
from generation.engine.server import EngineServer
from tests.generation.engine.gradients import Gradients


@dataclass
class Running:
    """An engine on a port, its painter, and a session to call it with."""

    server: EngineServer
    painter: Gradients
    session: requests.Session = field(default_factory=requests.Session)
    calls: list[threading.Thread] = field(default_factory=list)

    @property
    def engine(self) -> Engine:
        return self.server.engine

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.session.get(self.server.url + path, timeout=10, **options)

    def post(self, path: str, body: object = None, **options: Any) -> requests.Response:
        return self.session.post(self.server.url + path, json=body, timeout=10, **options)

    def txt2img(self, **fields: object) -> requests.Response:
        small = {"prompt": "a cat", "steps": 2, "width": 64, "height": 64, "seed": 5}
        return self.post("/sdapi/v1/txt2img", small | fields)

    def img2img(self, **fields: object) -> requests.Response:
        small = {"prompt": "a cat", "steps": 2, "width": 64, "height": 64, "seed": 5}
        return self.post("/sdapi/v1/img2img", small | fields)

    def later(self, **fields: object) -> tuple[threading.Thread, list[requests.Response]]:
        """txt2img in a thread of its own, and where its answer will be."""
        answers: list[requests.Response] = []
        call = threading.Thread(target=lambda: answers.append(self.txt2img(**fields)))
        call.start()
        self.calls.append(call)
        return call, answers


@pytest.fixture
def run() -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start(
        step: float = 0.001, token: str = "", painter: Gradients | None = None, **engine: Any
    ) -> Running:
        painter = painter or Gradients(step)
        made = Engine(engine.pop("open_painter", lambda: painter), **engine)
        running = Running(EngineServer(("127.0.0.1", 0), made, token), painter)
        made.start()
        threading.Thread(target=running.server.serve_forever, args=(0.02,), daemon=True).start()
        started.append(running)
        return running

    yield start
    for running in started:
        if any(call.is_alive() for call in running.calls):
            running.engine.queue.interrupt()
        for call in running.calls:
            call.join()
        running.session.close()
        running.server.shutdown()
        running.server.server_close()
