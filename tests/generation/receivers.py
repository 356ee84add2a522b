"""Servers on the loopback that answer callbacks and requests for pictures as they are told."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    at: float  # time.time


@dataclass(frozen=True)
class Says:
    """How to answer; ``after`` seconds."""

    status: int = 200
    body: bytes = b'{"code": "200"}'
    headers: tuple[tuple[str, str], ...] = ()
    after: float = 0.0


Answers = Says | Callable[[Seen], Says]


@dataclass
class Receiver:
    """``with Receiver(Says(500)) as there: … there.url … there.seen``."""

    answers: Answers = field(default_factory=Says)
    seen: list[Seen] = field(default_factory=list)

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                receiver._answer(self)

            do_POST = do_GET

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 512

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # callers that hang up are what is tested

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length", 0))
        names = {name.lower(): value for name, value in handler.headers.items()}
        body = handler.rfile.read(length)
        seen = Seen(handler.command, handler.path, names, body, time.time())
        self.seen.append(seen)
        says = self.answers if isinstance(self.answers, Says) else self.answers(seen)
        time.sleep(says.after)
        handler.send_response(says.status)
        if not any(name == "Content-Length" for name, _ in says.headers):
            handler.send_header("Content-Length", str(len(says.body)))
        for name, value in says.headers:
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(says.body)


@contextmanager
def raw_server(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of a server that speaks bytes of its own after the request's head."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    caller, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=_serve_one, args=(caller, talk), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def _serve_one(caller: socket.socket, talk: Callable[[socket.socket], None]) -> None:
    with caller:
        try:
            talk(caller)
        except OSError:
            pass  # the caller hung up


def drip(first: bytes, pause: float = 0.05) -> Callable[[socket.socket], None]:
    """Says ``first``, then a byte each ``pause`` seconds, for ever."""

    def talk(caller: socket.socket) -> None:
        caller.recv(65536)
        caller.sendall(first)
        while True:
            time.sleep(pause)
            caller.sendall(b"x")

    return talk


def say(answer: bytes) -> Callable[[socket.socket], None]:
    def talk(caller: socket.socket) -> None:
        caller.recv(65536)
        caller.sendall(answer)

    return talk
