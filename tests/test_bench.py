"""What the bench promises of its references and of its load."""

from __future__ import annotations

import ast
import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from bench import load

BENCH = Path(settings.BASE_DIR) / "bench"


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append(json.loads(body)["n"])  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        return


@contextmanager
def echo() -> Iterator[tuple[int, list[str]]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.seen = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port, server.seen  # type: ignore[attr-defined]
    server.shutdown()
    thread.join()
    server.server_close()


def fire(port: int, expect: str) -> dict[str, Any]:
    request = {"method": "POST", "path": "/", "headers": {}, "body": '{"n": "{n}"}'}
    plan = {"port": port, "connections": 2, "seconds": 0.5, "first": 5, "requests": [request]}
    return asyncio.run(load.fire(plan | {"expect": expect}))


@pytest.mark.parametrize("name", ["plain.py", "drf.py"])
def test_a_reference_view_has_at_most_twenty_lines(name: str) -> None:
    tree = ast.parse((BENCH / name).read_text(encoding="utf-8"))
    views = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert len(views) >= 2
    assert all((view.end_lineno or 0) - view.lineno < 20 for view in views)


def test_no_two_requests_have_the_same_number() -> None:
    with echo() as (port, seen):
        found = fire(port, '"n"')
    assert found["count"] == len(seen) == len(set(seen)) > 1  # a stalled machine sends few
    assert found["rate"] > 0 and found["p97"] >= found["p50"] > 0


def test_an_answer_without_what_was_expected_is_counted_as_bad() -> None:
    with echo() as (port, _):
        found = fire(port, "not there")
    assert found["bad"] == found["count"]
    assert "200" in found["example"]
