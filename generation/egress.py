"""The only file that opens connections to addresses that a caller chose: input pictures and
callbacks.

A URL from a stranger must not lead into the operator's network. A name is resolved once, each
answer is judged, and the connection goes to the very address that was judged (TLS and Host keep
the name): a name that answers differently a moment later gains nothing. A redirect starts anew.
``EASEL_EGRESS_ALLOW`` names what may be reached all the same.

``timeout`` is the whole time of a call, from the look-up to the last byte, over TLS too: a server
that sends a byte a second holds nobody. No proxies of the environment, no cookies, no
decompression, no retries.
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import quote, urljoin, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from generation.addresses import Address, Exceptions, is_public
from generation.errors import (
    EaselError,
    EgressRefused,
    FetchFailed,
    InputUnusable,
    InvalidRequest,
)

MAX_URL = 2048
MAX_INPUT = 20 * 1024 * 1024  # bytes of an input picture
MAX_ANSWER = 64 * 1024  # bytes of an answer to a callback that are read
TIMEOUT = 10.0  # seconds for a whole call
RESOLVE_SECONDS = 1.0  # a submit waits no longer for a name; connecting judges it anyhow
MAX_REDIRECTS = 3
MAX_ADDRESSES = 4  # tried of one name, in the resolver's order
USER_AGENT = "Easel"
_PORTS = {"http": 80, "https": 443}
_CHUNK = 64 * 1024
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")  # urlsplit would drop some of them in silence
_NOT_IN_HOST = re.compile(r"[\s\\]")


@dataclass(frozen=True, kw_only=True)
class Fetched:
    data: bytes
    content_type: str  # "image/png": lower case, without parameters
    url: str  # after redirects


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    body: bytes  # the first MAX_ANSWER bytes
    seconds: float


@dataclass(frozen=True)
class _Target:
    scheme: str
    host: str  # ASCII, without brackets
    port: int
    path: str  # path and query as they go on the wire

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass
class _Deadline:
    timeout: float
    started: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.started

    def left(self) -> float:
        """Seconds, more than zero. TimeoutError when there are none."""
        left = self.timeout - self.elapsed
        if left <= 0:
            raise TimeoutError(f"no whole answer within {self.timeout:g} s")
        return left


# ── The three uses ───────────────────────────────────────────────────────────────────────────
def check_url(url: str, *, field: str, must_exist: bool = True) -> None:
    """The form of an address, and where it leads if that can be told quickly.

    InvalidRequest for the form and, if it ``must_exist``, for a name that does not; EgressRefused
    for a place that we do not connect to; both naming ``field``. A name that cannot be resolved
    now passes: it is judged again on connecting.
    """
    try:
        target = _parse(url)
        _judged(target, _Deadline(RESOLVE_SECONDS))
    except EaselError as error:
        raise type(error)(f"{field}: {error.message}", field=field) from error
    except socket.gaierror as error:
        if must_exist and error.errno == socket.EAI_NONAME:
            text = _("the host %(host)s does not exist") % {"host": target.host}
            raise InvalidRequest(f"{field}: {text}", field=field) from error
    except TimeoutError:
        return


def fetch(
    url: str,
    *,
    max_bytes: int = MAX_INPUT,
    timeout: float = TIMEOUT,
    content_types: Iterable[str] = ("image/",),
) -> Fetched:
    """GET of a caller's input; ``content_types`` are prefixes of what may come.

    EgressRefused, also for a redirect's target; InputUnusable for what is too large or of another
    type; FetchFailed for everything else that goes wrong: no connection, no 200, too slow,
    compressed.
    """
    deadline = _Deadline(timeout)
    for _hop in range(MAX_REDIRECTS + 1):
        with _Exchange("GET", url, {"Accept": "image/*"}, None, deadline) as response:
            location = response.getheader("Location")
            if response.status in (301, 302, 303, 307, 308) and location:
                url = urljoin(url, location)
                continue
            return _fetched(response, url, max_bytes, tuple(content_types))
    raise FetchFailed(f"more than {MAX_REDIRECTS} redirects")


def post_json(
    url: str, body: bytes, headers: Mapping[str, str], *, timeout: float = TIMEOUT
) -> Answer:
    """A callback. A redirect is an answer like any other: it is not followed. EgressRefused,
    FetchFailed."""
    deadline = _Deadline(timeout)
    sent = {"Content-Type": "application/json;charset=UTF-8", "Accept": "application/json"}
    with _Exchange("POST", url, sent | dict(headers), body, deadline) as response:
        answer = _read(response, MAX_ANSWER)
        return Answer(status=response.status, body=answer, seconds=deadline.elapsed)


def _fetched(
    response: http.client.HTTPResponse, url: str, max_bytes: int, wanted: tuple[str, ...]
) -> Fetched:
    if response.status != HTTPStatus.OK:
        raise FetchFailed(f"the server answered HTTP {response.status}")
    kind = response.headers.get_content_type()
    if not kind.startswith(wanted):
        raise InputUnusable(f"the server sent {kind}")
    if (response.getheader("Content-Encoding") or "identity").lower() != "identity":
        # Asked not to; a few bytes of gzip may be gigabytes of picture.
        raise FetchFailed("the server sent a compressed body")
    if response.length is not None and response.length > max_bytes:
        raise InputUnusable(f"larger than {max_bytes} bytes")
    data = _read(response, max_bytes + 1)
    if len(data) > max_bytes:
        raise InputUnusable(f"larger than {max_bytes} bytes")
    return Fetched(data=data, content_type=kind, url=url)


def _read(response: http.client.HTTPResponse, most: int) -> bytes:
    data = bytearray()
    while len(data) < most:
        part = response.read(min(_CHUNK, most - len(data)))
        if not part:
            break
        data += part
    if len(data) < most and response.length:  # declared, and never came
        raise http.client.IncompleteRead(b"", response.length)
    return bytes(data)


# ── Judging ──────────────────────────────────────────────────────────────────────────────────
def _parse(url: str) -> _Target:
    """InvalidRequest unless this is an http(s) URL that can be asked for."""
    if len(url) > MAX_URL:
        raise InvalidRequest(_("an address has at most %(most)d characters") % {"most": MAX_URL})
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
    except ValueError as error:  # UnicodeError is one
        raise InvalidRequest(_("not an address")) from error
    if parts.scheme not in _PORTS:
        raise InvalidRequest(_("only http and https addresses"))
    if parts.username is not None or parts.password is not None:
        raise InvalidRequest(_("an address without user name and password, please"))
    if not host or port == 0 or _CONTROL.search(url) or _NOT_IN_HOST.search(parts.netloc):
        raise InvalidRequest(_("not an address"))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # Only what cannot stand on the wire is encoded: "%" stays, so nothing is encoded twice.
    target = quote(path, safe="%/:?#[]@!$&'()*+,;=~-._|")
    return _Target(parts.scheme, host, port or _PORTS[parts.scheme], target)


def _judged(target: _Target, deadline: _Deadline) -> list[Address]:
    """The addresses of a target that may be connected to; EgressRefused when there is none."""
    found = _resolve(target.host, target.port, deadline.left())
    allowed = _exceptions(tuple(settings.EASEL_EGRESS_ALLOW))
    usable = [
        address
        for address in found
        if is_public(address) or allowed.cover(target.host, address, target.port)
    ]
    if not usable:
        raise EgressRefused(_("this address is not reachable from here"))
    return usable[:MAX_ADDRESSES]


@cache
def _exceptions(words: tuple[str, ...]) -> Exceptions:
    return Exceptions.parse(words)


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name as text, in the resolver's order. gaierror."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


def _resolve(host: str, port: int, timeout: float) -> list[Address]:
    """As ``look_up``, within ``timeout``: getaddrinfo itself knows no time limit, so it runs in a
    thread that is left behind when it is late. TimeoutError, gaierror."""
    answers: list[str] = []
    errors: list[OSError] = []

    def ask() -> None:
        try:
            answers.extend(look_up(host, port))
        except UnicodeError as error:  # a label over 63 characters
            errors.append(socket.gaierror(socket.EAI_NONAME, str(error)))
        except OSError as error:
            errors.append(error)

    thread = threading.Thread(target=ask, name="look-up", daemon=True)
    thread.start()
    thread.join(timeout)
    if errors:
        raise errors[0]
    if thread.is_alive():
        raise TimeoutError(f"{host} was not resolved in time")
    return [ip_address(answer.partition("%")[0]) for answer in answers]


# ── Connecting ───────────────────────────────────────────────────────────────────────────────
@cache
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _open(target: _Target, deadline: _Deadline) -> socket.socket:
    """A connection to the first judged address that answers."""
    addresses = _judged(target, deadline)
    last: OSError = TimeoutError("no address answered")
    for position, address in enumerate(addresses):
        patience = deadline.left() / (len(addresses) - position)
        try:
            return _connect(target, str(address), patience, deadline)
        except OSError as error:
            last = error
    raise last


def _connect(target: _Target, address: str, patience: float, deadline: _Deadline) -> socket.socket:
    raw = socket.create_connection((address, target.port), timeout=patience)
    if target.scheme == "http":
        return raw
    try:
        raw.settimeout(deadline.left())  # of the handshake as a whole
        return _tls().wrap_socket(raw, server_hostname=target.host)
    except BaseException:
        raw.close()
        raise


class _Reader(io.RawIOBase):
    """Reads a socket; each wait is no longer than what is left of the whole."""

    def __init__(self, raw: socket.socket, deadline: _Deadline) -> None:
        self._raw = raw
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._raw.settimeout(self._deadline.left())
        return self._raw.recv_into(buffer)


class _Wire:
    """What http.client needs of a socket, under a deadline."""

    def __init__(self, raw: socket.socket, deadline: _Deadline) -> None:
        self._raw = raw
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        view = memoryview(data)
        for start in range(0, len(view), _CHUNK):
            self._raw.settimeout(self._deadline.left())
            self._raw.sendall(view[start : start + _CHUNK])

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._raw, self._deadline))

    def close(self) -> None:
        """The exchange closes the socket itself."""


class _Exchange:
    """One request and its answer on a connection of its own. Whatever goes wrong in it comes out
    as FetchFailed or EgressRefused."""

    def __init__(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: _Deadline,
    ) -> None:
        self._ask = (method, url, headers, body)
        self._deadline = deadline
        self._raw: socket.socket | None = None
        self._response: http.client.HTTPResponse | None = None

    def __enter__(self) -> http.client.HTTPResponse:
        try:
            return self._exchange(*self._ask)
        except Exception as error:
            self._close()
            raise _named(error) from error

    def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> http.client.HTTPResponse:
        target = _parse(url)
        self._raw = _open(target, self._deadline)
        connection = http.client.HTTPConnection(target.host, target.port)
        connection.sock = _Wire(self._raw, self._deadline)
        own = {
            "Host": target.authority,
            "User-Agent": USER_AGENT,
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        connection.request(method, target.path, body, own | dict(headers))
        self._response = connection.getresponse()
        return self._response

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._close()
        if isinstance(error, Exception) and not isinstance(error, EaselError):
            raise _named(error) from error

    def _close(self) -> None:
        if self._response is not None:
            self._response.close()
        if self._raw is not None:
            self._raw.close()


_WORDS: tuple[tuple[type[Exception], Callable[[Exception], str]], ...] = (
    (InvalidRequest, lambda error: f"cannot be asked for: {error}"),
    (TimeoutError, lambda error: f"timed out: {error}"),
    (ssl.SSLError, lambda error: f"TLS failed: {error}"),
    (socket.gaierror, lambda error: "the host is not known"),
    (OSError, lambda error: f"connection failed: {error}"),
    (http.client.HTTPException, lambda error: f"not HTTP: {error!r:.200}"),
    (ValueError, lambda error: f"not HTTP: {error!r:.200}"),
)


def _named(error: Exception) -> Exception:
    """The error of our tree for what went wrong."""
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return FetchFailed(words(error))
    return error
