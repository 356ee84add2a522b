"""The engine's HTTP: one thread a connection, bodies up to 64 MB, errors in WebUI's shape.

The standard library's server: a generation holds its connection for seconds to minutes, a handful
of callers at a time, so threads cost nothing here and the process needs no event loop.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hmac
import logging
import select
import socket
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from generation.dialects.sdwebui.wire import ErrorBody
from generation.engine import routes
from generation.engine.engine import Engine
from generation.engine.options import NAME
from generation.engine.refusal import Refusal

log = logging.getLogger(__name__)

MAX_BODY = 64 * 1024 * 1024
IDLE_SECONDS = 60.0  # a connection that sends nothing for so long is closed
MAX_CONNECTIONS = 128


class EngineServer(ThreadingHTTPServer):
    """``token``: what a caller must know, as Bearer or as Basic password; "" lets everyone in."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], engine: Engine, token: str = "") -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        self.engine = engine
        self.token = token
        self._places = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__(address, _Handler)

    @property
    def url(self) -> str:
        host, port = str(self.server_address[0]), self.server_address[1]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def server_bind(self) -> None:
        # Not HTTPServer's own: it asks DNS for the machine's name, which can take seconds.
        socketserver.TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        """One thread a connection; the one too many is closed, not queued."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.info("connection lost", exc_info=True)

    def server_close(self) -> None:
        self.engine.close()
        super().server_close()


class _Handler(BaseHTTPRequestHandler):
    server: EngineServer
    protocol_version = "HTTP/1.1"
    server_version = "Easel-engine"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True

    def _handle(self) -> None:
        began = time.monotonic()
        url = urlsplit(self.path)
        try:
            body = self._body()
            self._check_credential(url.path)
            status, answer = 200, routes.answer(self.command, url.path, self._call(url.query, body))
        except Refusal as refusal:
            status, answer = refusal.status, refusal.body.model_dump()
        except (ConnectionError, TimeoutError):
            self.close_connection = True
            return
        except Exception as error:
            # A defect of ours ends one call, never the process.
            log.exception("%s %s failed", self.command, url.path)
            status, answer = (
                500,
                ErrorBody(error=type(error).__name__, errors=str(error)).model_dump(),
            )
        seconds = time.monotonic() - began
        if isinstance(answer, routes.Plain):
            self._send(status, answer.text.encode(), seconds, answer.content_type)
        else:
            self._send(status, orjson.dumps(answer), seconds)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _handle

    def _body(self) -> bytes:
        """Raises Refusal. The connection is closed where its body was not read to the end."""
        if self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            raise Refusal(411, "a body needs a Content-Length")
        text = self.headers.get("Content-Length") or "0"
        length = int(text) if text.isascii() and text.isdigit() else -1
        if length < 0 or length > MAX_BODY:
            self.close_connection = True
            status = 400 if length < 0 else 413
            raise Refusal(status, f"a body has at most {MAX_BODY} bytes")
        data = self.rfile.read(length)
        if len(data) < length:
            raise ConnectionError("the body was cut")
        return data

    def _call(self, query: str, body: bytes) -> routes.Call:
        try:
            parsed = orjson.loads(body) if body.strip() else None
        except orjson.JSONDecodeError as error:
            raise Refusal(422, f"not JSON: {error}", field="body") from error
        return routes.Call(
            engine=self.server.engine,
            query=dict(parse_qsl(query)),
            body=parsed,
            is_connected=self._is_connected,
        )

    def _check_credential(self, path: str) -> None:
        token = self.server.token
        if not token or path in routes.OPEN:
            return
        # http.server reads headers as Latin-1; what was sent is UTF-8.
        scheme, _, text = self.headers.get("Authorization", "").partition(" ")
        given = text.strip().encode("latin-1", "replace")
        if scheme.lower() == "basic":
            with contextlib.suppress(binascii.Error):
                given = base64.b64decode(given, validate=True).partition(b":")[2]
        if not hmac.compare_digest(given, token.encode()):
            raise Refusal(401, "Incorrect username or password")

    def _is_connected(self) -> bool:
        """False once the caller closed its side: a read would answer nothing."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        if not readable:
            return True
        try:
            return bool(self.connection.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

    def _send(
        self, status: int, data: bytes, seconds: float, content_type: str = "application/json"
    ) -> None:
        head = (
            f"HTTP/1.1 {status} {self.responses.get(status, ('',))[0]}\r\n"
            f"Server: {self.server_version}\r\n"
            f"Content-Type: {content_type}\r\n"
            f"Content-Length: {len(data)}\r\n"
            f"X-Process-Time: {seconds:.4f}\r\n"
            f"X-Easel-Engine: {NAME}\r\n"
        )
        if status == 401:
            head += 'WWW-Authenticate: Basic realm="sdapi"\r\n'
        if self.close_connection:
            head += "Connection: close\r\n"
        self._log_call(status, seconds)
        try:
            self.wfile.write(head.encode("latin-1") + b"\r\n" + data)  # one write, one packet
        except OSError:
            self.close_connection = True

    def _log_call(self, status: int, seconds: float) -> None:
        """Generations and faults; polls, two a second for each job, only when debugging."""
        level = logging.INFO if status >= 400 or self.path in routes.SLOW else logging.DEBUG
        request_id = self.headers.get("X-Request-Id", "-")
        log.log(level, "%s %s %s %.3f s %s", self.command, self.path, status, seconds, request_id)

    def log_message(self, format: str, *args: Any) -> None:
        """Only what the parser refused: calls are logged by ``_send``."""
        log.info(format, *args)
