"""One HTTP conversation with a GPU server: every fault becomes an error of our tree.

no connection, reset, cut body     BackendUnavailable
no answer in time                  BackendUnavailable, or TimedOut for the generation itself
401, 403                           BackendRefused: our credentials
"out of memory" at any status      OutOfMemory
409, 429, 503                      BackendBusy
502, 504                           BackendUnavailable: a proxy without its server
other 3xx and 4xx                  BackendRefused, with what the server said
other 5xx, no JSON                 BackendError, with what the server said
"""

from __future__ import annotations

from typing import Any

import orjson
import requests
from requests.auth import HTTPBasicAuth

from generation.backends.base import Target
from generation.errors import (
    BackendBusy,
    BackendError,
    BackendRefused,
    BackendUnavailable,
    OutOfMemory,
    TimedOut,
)

CONNECT_SECONDS = 5.0
MAX_ANSWER = 512 * 1024 * 1024  # bytes; 64 pictures of 2048 x 2048 are about 400 MB of base64
_CHUNK = 256 * 1024
_SAID = 500  # characters of a server's own words that an error repeats


class Peer:
    """``target`` and a session of our own. Safe for one poster and one poller at a time."""

    def __init__(self, target: Target) -> None:
        self._url = target.url.rstrip("/")
        self._session = requests.Session()
        # No proxy and no ~/.netrc of the machine: they would send our password elsewhere.
        self._session.trust_env = False
        if target.username or target.password:
            self._session.auth = HTTPBasicAuth(target.username.encode(), target.password.encode())
        elif target.token:
            self._session.headers["Authorization"] = f"Bearer {target.token}".encode()

    def get(self, path: str, *, seconds: float) -> Any:
        return self._call("GET", path, None, seconds, "")

    def post(self, path: str, body: object, *, seconds: float, request_id: str = "") -> Any:
        return self._call("POST", path, orjson.dumps(body), seconds, request_id)

    def generate(self, path: str, body: object, *, seconds: float, request_id: str) -> Any:
        """Like ``post``; a server that is silent for ``seconds`` is TimedOut, not unavailable."""
        return self._call("POST", path, orjson.dumps(body), seconds, request_id, TimedOut)

    def close(self) -> None:
        self._session.close()

    def _call(
        self,
        method: str,
        path: str,
        body: bytes | None,
        seconds: float,
        request_id: str,
        silent: type[BackendError] = BackendUnavailable,
    ) -> Any:
        headers = {"X-Request-Id": request_id} if request_id else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            with self._session.request(
                method,
                self._url + path,
                data=body,
                headers=headers,
                timeout=(min(CONNECT_SECONDS, seconds), seconds),
                allow_redirects=False,
                stream=True,
            ) as response:
                answer = _content(path, response)
        except requests.ReadTimeout as error:
            raise silent(f"{path}: no answer within {seconds:g} s") from error
        except _BAD_ADDRESS as error:
            raise BackendRefused(f"{self._url} is not an http address") from error
        except requests.RequestException as error:
            raise BackendUnavailable(f"{path}: no connection ({_cause(error)})") from error
        if response.status_code != 200:
            raise _failure(path, response.status_code, answer)
        return _json(path, answer)


_BAD_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)


def _content(path: str, response: requests.Response) -> bytes:
    """The whole body. Raises BackendError where it does not end within ``MAX_ANSWER``."""
    chunks, size = [], 0
    for chunk in response.iter_content(_CHUNK):
        size += len(chunk)
        if size > MAX_ANSWER:
            raise BackendError(f"{path}: the answer is longer than {MAX_ANSWER} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def _json(path: str, answer: bytes) -> Any:
    try:
        return orjson.loads(answer)
    except ValueError as error:
        raise BackendError(f"{path}: the answer is not JSON") from error


def _failure(path: str, status: int, answer: bytes) -> BackendError:
    said = _words(answer)
    message = f"{path}: {status} {said}".strip()
    if "out of memory" in said.lower() or "outofmemory" in said.lower():
        return OutOfMemory(message)
    if status in (401, 403):
        return BackendRefused(f"{path}: the server does not accept our credentials ({status})")
    if status in (409, 429, 503):
        return BackendBusy(message)
    if status in (502, 504):
        return BackendUnavailable(message)
    if status < 500:
        return BackendRefused(message)
    return BackendError(message)


def _words(answer: bytes) -> str:
    """What the server said: WebUI's ``error``, ``detail`` and ``errors``, or the plain text."""
    try:
        body = orjson.loads(answer)
    except ValueError:
        return answer[:_SAID].decode("utf-8", "replace").strip()
    if not isinstance(body, dict):
        return str(body)[:_SAID]
    words = (body.get(key) for key in ("error", "errors", "detail"))
    return " · ".join(str(word) for word in words if word)[:_SAID]


def _cause(error: BaseException) -> str:
    """The innermost reason, without the addresses of Python objects around it."""
    reason: BaseException = error
    while reason.__cause__ or reason.__context__:
        reason = reason.__cause__ or reason.__context__ or reason
    return str(reason)[:_SAID] or type(reason).__name__
