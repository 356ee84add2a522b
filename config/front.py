"""The front door: one port, one granian RSGI application.

    granian --interface rsgi config.front:app

Each request runs through Django's WSGI handler in a thread pool: granian with it does five times
what Django's ASGI handler does. Paths below ``EASEL_API_PREFIXES`` take a second handler without
session, CSRF and messages. What waits (``generation.stream``) gives its thread back and goes on in
the event loop, so a thread is never held longer than a query takes.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, cast

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402
from django.core import signals  # noqa: E402
from django.core.handlers.exception import convert_exception_to_response  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest  # noqa: E402
from django.http import HttpResponse, HttpResponseBase, JsonResponse  # noqa: E402
from django.http.response import FileResponse, StreamingHttpResponse  # noqa: E402
from django.utils.module_loading import import_string  # noqa: E402

from accounts import request_id  # noqa: E402
from config import environ  # noqa: E402
from config.bind import die_with_parent  # noqa: E402
from generation.stream import Later, LiveHub, Waiting  # noqa: E402

log = logging.getLogger(__name__)
_DRAIN = 4  # times the size cap that is still read, so that the caller hears his 413


class ApiHandler(WSGIHandler):
    """Django's handler with ``EASEL_API_MIDDLEWARE`` in the place of ``MIDDLEWARE``."""

    def load_middleware(self, is_async: bool = False) -> None:
        handler: Any = convert_exception_to_response(cast(Any, self)._get_response)
        for path in reversed(settings.EASEL_API_MIDDLEWARE):
            handler = convert_exception_to_response(import_string(path)(handler))
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        self._middleware_chain = handler


def is_api(path: str) -> bool:
    return any(
        path.startswith(prefix) if prefix.endswith("/") else path in (prefix, f"{prefix}/")
        for prefix in settings.EASEL_API_PREFIXES
    )


class TooLarge(Exception):
    """The request's body is larger than DATA_UPLOAD_MAX_MEMORY_SIZE."""


class Front:
    """The RSGI application. One per process; lives in granian's event loop."""

    def __init__(self) -> None:
        self._pages = WSGIHandler()
        self._api = ApiHandler()
        self._threads = ThreadPoolExecutor(settings.EASEL_WEB_THREADS, thread_name_prefix="web")
        self._hub = LiveHub()
        self._waiting: set[asyncio.Task[None]] = set()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        die_with_parent(os.getppid())  # granian's workers outlive a killed granian otherwise

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        for task in self._waiting:
            task.cancel()

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        if scope.proto != "http":
            protocol.close(404)
            return
        try:
            body = await _read(scope, protocol)
        except TooLarge:
            await self._send(protocol, scope.method, _too_large())
            return
        handler = self._api if is_api(scope.path) else self._pages
        response = await self._in_thread(_respond, handler, environ.build(scope, body))
        if not isinstance(response, Waiting | Later):
            await self._send(protocol, scope.method, response)
            return
        with request_id.use(response.get("X-Request-Id", "")):
            await self._wait(protocol, scope.method, response)

    async def _in_thread(self, function: Any, *args: Any) -> Any:
        """In a context of its own: language and request id of one request are not the next's."""
        context = contextvars.Context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, context.run, function, *args)

    async def _wait(self, protocol: Any, method: str, response: Waiting | Later) -> None:
        """Until the answer is complete or the client has gone."""
        work = asyncio.create_task(self._serve_waiting(protocol, method, response))
        gone = asyncio.ensure_future(protocol.client_disconnect())
        self._waiting.add(work)
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._waiting.discard(work)
            gone.cancel()
            if not work.done():
                work.cancel()
            with suppress(asyncio.CancelledError):
                await work

    async def _serve_waiting(self, protocol: Any, method: str, response: Waiting | Later) -> None:
        try:
            if isinstance(response, Later):
                await self._send(protocol, method, await response.resolve(self._hub))
                return
            response.ready()
            if method == "HEAD":
                protocol.response_empty(response.status_code, _headers(response))
            else:
                await self._stream(protocol, response, response.chunks(self._hub))
        except Exception:
            log.exception("a waiting request failed")
            if isinstance(response, Later):
                await self._send(protocol, method, HttpResponse(b"Server error", status=500))

    async def _send(self, protocol: Any, method: str, response: HttpResponseBase) -> None:
        status, headers = response.status_code, _headers(response)
        if method == "HEAD":
            protocol.response_empty(status, headers)
        elif (path := _whole_file(response)) is not None:
            protocol.response_file(status, headers, path)
        elif isinstance(response, StreamingHttpResponse):
            await self._stream(protocol, response, self._pieces(response))
        else:
            protocol.response_bytes(status, headers, response.content)  # type: ignore[attr-defined]
        if response.streaming:
            await self._in_thread(response.close)

    async def _stream(
        self, protocol: Any, response: HttpResponseBase, pieces: AsyncIterator[bytes]
    ) -> None:
        transport = protocol.response_stream(response.status_code, _headers(response))
        async for piece in pieces:
            try:
                await transport.send_bytes(piece)
            except Exception:  # granian raises its own type when the client has gone
                return

    async def _pieces(self, response: StreamingHttpResponse) -> AsyncIterator[bytes]:
        source: Iterator[bytes] = iter(response)
        while (piece := await self._in_thread(next, source, None)) is not None:
            yield piece


async def _read(scope: Any, protocol: Any) -> bytes:
    """The body, or TooLarge: said before it is read where the length is told."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    told = scope.headers.get("content-length") or ""
    if told.isdigit() and int(told) > limit * _DRAIN:
        raise TooLarge
    if told in ("", "0") and "transfer-encoding" not in scope.headers and scope.method == "GET":
        return b""
    pieces, size = [], 0
    async for piece in protocol:
        size += len(piece)
        if size <= limit:
            pieces.append(piece)
        elif size > limit * _DRAIN:
            raise TooLarge
    if size > limit:
        raise TooLarge
    return b"".join(pieces)


def _too_large() -> HttpResponse:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    detail = f"the request's body is larger than {limit} bytes"
    response = JsonResponse({"error": "body_too_large", "detail": detail}, status=413)
    response["Connection"] = "close"
    return response


def _respond(handler: WSGIHandler, environ: dict[str, Any]) -> HttpResponseBase:
    """Django's own steps around one request (``WSGIHandler.__call__``), in a pool's thread."""
    signals.request_started.send(sender=type(handler), environ=environ)
    response: HttpResponseBase = handler.get_response(WSGIRequest(environ))
    if not response.streaming:
        response.close()
    return response


def _headers(response: HttpResponseBase) -> list[tuple[str, str]]:
    cookies = [("set-cookie", cookie.OutputString()) for cookie in response.cookies.values()]
    return [(name.lower(), value) for name, value in response.headers.items()] + cookies


def _whole_file(response: HttpResponseBase) -> str | None:
    """The path of a file on disk that is the whole answer: granian sends it without Python."""
    if not isinstance(response, FileResponse) or response.status_code != 200:
        return None
    name = getattr(response.file_to_stream, "name", None)
    return name if isinstance(name, str) and os.path.isfile(name) else None


app = Front()
