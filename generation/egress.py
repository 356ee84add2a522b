"""The only file that opens connections to addresses that a caller chose: input pictures and
callbacks.

An address is judged when it is connected to, after the name was resolved, and the connection goes
to the very address that was judged: a name that answers differently a moment later gains nothing.
Everything that is not a public unicast address is refused, also inside IPv6 forms that carry an
IPv4 address. ``EASEL_EGRESS_ALLOW`` names hosts, networks or host:port that may be reached all
the same.

Each call has one deadline for everything, from the look-up to the last byte: a server that sends
a byte a second holds nobody. No proxies, no cookies, no decompression, no retries.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import urllib3
from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from generation.errors import EgressRefused, FetchFailed, InvalidRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
MAX_URL = 2048
MAX_INPUT = 20 * 1024 * 1024  # bytes of an input picture
MAX_ANSWER = 64 * 1024  # bytes of an answer to a callback that are read
TIMEOUT = 10.0  # seconds for a whole call
RESOLVE_SECONDS = 1.0  # a submit waits no longer for a name; connecting judges it anyhow
MAX_REDIRECTS = 3
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_resolvers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="resolve")


@dataclass(frozen=True, kw_only=True)
class Fetched:
    data: bytes
    content_type: str
    url: str  # after redirects


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    body: bytes  # the first MAX_ANSWER bytes
    seconds: float


# ── Judging ──────────────────────────────────────────────────────────────────────────────────
def check_url(url: str, *, field: str) -> None:
    """The form of an address, and where it leads if that can be told quickly.

    InvalidRequest for the form, EgressRefused for a place that we do not connect to, both naming
    ``field``. A name that cannot be resolved now passes: it is judged again on connecting.
    """
    try:
        parts = _parse(url)
        _judge_host(parts.hostname or "", _port(parts))
    except (EgressRefused, InvalidRequest) as error:
        raise type(error)(f"{field}: {error.message}", field=field) from error


def _parse(url: str) -> SplitResult:
    if len(url) > MAX_URL:
        raise InvalidRequest(f"an address has at most {MAX_URL} characters")
    if any(ord(letter) < 33 for letter in url):
        raise InvalidRequest("an address has no blanks and no control characters")
    try:
        parts = urlsplit(url)
        _port(parts)
    except ValueError as error:
        raise InvalidRequest("not an address") from error
    if parts.scheme not in ("http", "https"):
        raise InvalidRequest("only http and https addresses")
    if not parts.hostname:
        raise InvalidRequest("an address without a host")
    if parts.username is not None or parts.password is not None:
        raise InvalidRequest("an address without user name and password, please")
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _judge_host(host: str, port: int) -> None:
    if _allowed_by_name(host, port):
        return
    try:
        found = _resolvers.submit(_resolve, host, port).result(RESOLVE_SECONDS)
    except (OSError, Late, UnicodeError):
        return
    for address in found:
        _judge(address, host, port)


def _resolve(host: str, port: int) -> list[Address]:
    infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in infos]


def _judge(address: Address, host: str, port: int) -> None:
    """EgressRefused unless ``address`` is public or allowed by the operator."""
    if _allowed_by_name(host, port) or _allowed_by_network(address):
        return
    if not all(_is_public(each) for each in (address, *_embedded(address))):
        raise EgressRefused("this address is not reachable from here")


def _is_public(address: Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _embedded(address: Address) -> Iterator[Address]:
    """The IPv4 addresses that an IPv6 address stands for."""
    if not isinstance(address, ipaddress.IPv6Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if address in _NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _allowed_by_name(host: str, port: int) -> bool:
    allowed = {entry.lower() for entry in settings.EASEL_EGRESS_ALLOW}
    return host.lower() in allowed or f"{host.lower()}:{port}" in allowed


def _allowed_by_network(address: Address) -> bool:
    for entry in settings.EASEL_EGRESS_ALLOW:
        try:
            if address in ipaddress.ip_network(entry, strict=False):
                return True
        except ValueError:
            continue  # a host name
    return False


# ── Connecting ───────────────────────────────────────────────────────────────────────────────
class _Deadline:
    """Ends a call when its time is over, wherever it hangs: the socket is shut from outside."""

    def __init__(self, seconds: float) -> None:
        self.at = time.monotonic() + seconds
        self.over = False
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def left(self) -> float:
        left = self.at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time is over")
        return left

    def watch(self, connected: socket.socket) -> None:
        self._sockets.append(connected)

    def _end(self) -> None:
        self.over = True
        for connected in self._sockets:
            try:
                connected.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # closed already

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


_deadline: ContextVar[_Deadline] = ContextVar("deadline")


class _Judged:
    """A urllib3 connection that goes to the address that was judged. The host name stays what
    TLS and the Host header see."""

    def _new_conn(self) -> socket.socket:
        host, port = self._dns_host, self.port  # type: ignore[attr-defined]
        deadline = _deadline.get()
        problem: Exception = OSError("the name has no address")
        for address in _resolve(host, port):
            _judge(address, host, port)
            try:
                connected = socket.create_connection((str(address), port), deadline.left())
            except OSError as error:
                problem = error
                continue
            deadline.watch(connected)
            return connected
        raise problem


class _HTTP(_Judged, HTTPConnection):
    pass


class _HTTPS(_Judged, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPS


@contextmanager
def _exchange(method: str, url: str, **how: Any) -> Iterator[urllib3.BaseHTTPResponse]:
    """One request on a connection of its own. EgressRefused, InvalidRequest or FetchFailed."""
    parts = _parse(url)
    pool_class = _HTTPSPool if parts.scheme == "https" else _HTTPPool
    deadline = _deadline.get()
    try:
        pool = pool_class(parts.hostname or "", _port(parts), timeout=deadline.left())
        with pool:
            target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
            headers = {"Host": parts.netloc, "User-Agent": "Easel", "Accept-Encoding": "identity"}
            yield pool.urlopen(
                method,
                target if target.startswith("/") else f"/{target}",
                headers=headers | how.pop("headers", {}),
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
                **how,
            )
    except (urllib3.exceptions.HTTPError, OSError, UnicodeError, ValueError) as error:
        if deadline.over:
            raise FetchFailed("no complete answer in time") from error
        raise FetchFailed(f"no answer: {type(error).__name__}") from error


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    with _Deadline(seconds) as deadline:
        token = _deadline.set(deadline)
        try:
            yield
        finally:
            _deadline.reset(token)


def _read(response: urllib3.BaseHTTPResponse, most: int) -> bytes:
    """Up to ``most`` + 1 bytes, as they come."""
    parts: list[bytes] = []
    size = 0
    while size <= most:
        _deadline.get().left()
        part = response.read(min(65536, most + 1 - size))
        if not part:
            break
        parts.append(part)
        size += len(part)
    return b"".join(parts)


# ── The two uses ─────────────────────────────────────────────────────────────────────────────
def fetch(url: str, *, max_bytes: int = MAX_INPUT, timeout: float = TIMEOUT) -> Fetched:
    """An input picture: at most ``max_bytes``, ``timeout`` seconds, three redirects, each judged.

    EgressRefused, InvalidRequest, FetchFailed. What the bytes are is for the caller to check.
    """
    with _within(timeout):
        for _ in range(MAX_REDIRECTS + 1):
            with _exchange("GET", url) as response:
                if response.status in (301, 302, 303, 307, 308) and "Location" in response.headers:
                    url = urljoin(url, response.headers["Location"])
                    continue
                return _fetched(response, url, max_bytes)
    raise FetchFailed("too many redirects")


def _fetched(response: urllib3.BaseHTTPResponse, url: str, max_bytes: int) -> Fetched:
    if response.status != 200:
        raise FetchFailed(f"answered {response.status}")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise FetchFailed("sent compressed although asked not to")
    declared = response.headers.get("Content-Length", "0")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise FetchFailed(f"larger than {max_bytes} bytes")
    data = _read(response, max_bytes)
    if len(data) > max_bytes:
        raise FetchFailed(f"larger than {max_bytes} bytes")
    return Fetched(data=data, content_type=response.headers.get("Content-Type", ""), url=url)


def post_json(
    url: str, body: bytes, headers: dict[str, str], *, timeout: float = TIMEOUT
) -> Answer:
    """A callback. A redirect is an answer like any other: it is not followed.

    EgressRefused, InvalidRequest, FetchFailed.
    """
    start = time.monotonic()
    sent = {"Content-Type": "application/json;charset=UTF-8"} | headers
    with _within(timeout), _exchange("POST", url, body=body, headers=sent) as response:
        answer = _read(response, MAX_ANSWER)[:MAX_ANSWER]
        return Answer(status=response.status, body=answer, seconds=time.monotonic() - start)
