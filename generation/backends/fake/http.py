"""The fake's HTTP: it can cut an answer and reset a connection, as a dying process does."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol


@dataclass(frozen=True)
class Call:
    """One request that came in. ``body`` is None where there was no JSON."""

    method: str
    path: str
    body: Any
    headers: Mapping[str, str]


class Dead(Exception):
    """The connection is to be reset without an answer."""


@dataclass(frozen=True)
class Cut:
    """An answer whose second half is never sent."""

    answer: Any


class Answers(Protocol):
    def answer(self, call: Call) -> tuple[int, Any]:
        """Status and JSON. Raises ``Dead`` where the connection is to be reset."""


class Listener(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], fake: Answers) -> None:
        self.fake = fake
        self._open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._open.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away is no news here."""

    def reset_all(self) -> None:
        for connection in list(self._open):
            reset(connection)


def reset(connection: socket.socket) -> None:
    """Closes with RST, as the death of a process does."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RD)
    with contextlib.suppress(OSError):
        connection.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Listener

    def _handle(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = None
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = self.path.partition("?")[0]
        try:
            status, answer = self.server.fake.answer(Call(self.command, path, body, headers))
        except Dead:
            reset(self.connection)
            self.close_connection = True
            return
        self._send(status, answer)

    do_GET = do_POST = _handle

    def _send(self, status: int, answer: Any) -> None:
        cut = isinstance(answer, Cut)
        data = json.dumps(answer.answer if isinstance(answer, Cut) else answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if cut else data)
        if cut:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: a test reads ``calls``."""
