"""Inputs by address: what comes in, what is refused, and how long it may take."""

from __future__ import annotations

import gzip
import socket
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import LazySettings

from generation import egress
from generation.errors import EgressRefused, FetchFailed
from tests.generation.receivers import Receiver, Says, Seen, drip, raw_server, say

Names = Callable[..., list[str]]
PNG = (("Content-Type", "image/png"),)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"
pytestmark = pytest.mark.usefixtures("loopback")


def test_a_picture_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with Receiver(Says(body=b"bytes", headers=(("Content-Type", "Image/PNG; x=1"),))) as there:
        found = egress.fetch(f"{there.url}/a%20b%e4?c=%2F d")
    assert (found.data, found.content_type) == (b"bytes", "image/png")
    (seen,) = there.seen
    assert seen.path == "/a%20b%e4?c=%2F%20d"
    assert seen.headers["user-agent"] == "Easel"
    assert seen.headers["accept-encoding"] == "identity"
    assert seen.headers["host"] == there.url.removeprefix("http://")
    assert "cookie" not in seen.headers


def test_the_name_stays_in_the_host_header(names: Names, settings: LazySettings) -> None:
    names(("pictures.example", ["127.0.0.1"]))
    settings.EASEL_EGRESS_ALLOW = ["pictures.example"]
    with Receiver(Says(headers=PNG)) as there:
        port = there.url.rpartition(":")[2]
        egress.fetch(f"http://pictures.example:{port}/")
    assert there.seen[0].headers["host"] == f"pictures.example:{port}"


def test_a_name_is_resolved_once_for_a_connection(names: Names) -> None:
    with Receiver(Says(headers=PNG)) as there:
        asked = names(("pictures.example", ["127.0.0.1"]))
        egress.fetch(there.url.replace("127.0.0.1", "pictures.example"))
    assert asked == ["pictures.example"]


def test_the_next_address_where_the_first_is_dead(names: Names, settings: LazySettings) -> None:
    settings.EASEL_EGRESS_ALLOW = ["127.0.0.0/8"]
    names(("pictures.example", ["127.0.0.9", "127.0.0.1"]))
    with Receiver(Says(headers=PNG)) as there:
        assert egress.fetch(there.url.replace("127.0.0.1", "pictures.example")).data


def test_three_redirects_are_followed() -> None:
    def lead(seen: Seen) -> Says:
        hop = int(seen.path[1:])
        return Says(302, b"", (("Location", f"/{hop + 1}"),)) if hop < 3 else Says(headers=PNG)

    with Receiver(lead) as there:
        assert egress.fetch(f"{there.url}/0").url == f"{there.url}/3"


def test_exactly_as_large_as_allowed() -> None:
    with Receiver(Says(body=b"x" * 100, headers=PNG)) as there:
        assert len(egress.fetch(there.url, max_bytes=100).data) == 100


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's context for 127.0.0.1 that egress trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    client = ssl.create_default_context(cafile=str(file))
    monkeypatch.setattr(egress, "_tls", lambda: client)
    return server


def over_tls(
    context: ssl.SSLContext, talk: Callable[[socket.socket], None]
) -> Callable[[socket.socket], None]:
    def wrapped(caller: socket.socket) -> None:
        with context.wrap_socket(caller, server_side=True) as secure:
            talk(secure)

    return wrapped


def test_a_picture_comes_over_tls(tls: ssl.SSLContext) -> None:
    with raw_server(over_tls(tls, say(HEAD + b"Content-Length: 3\r\n\r\nabc"))) as port:
        assert egress.fetch(f"https://127.0.0.1:{port}/").data == b"abc"


def test_a_name_that_the_certificate_does_not_carry(tls: ssl.SSLContext, names: Names) -> None:
    names(("pictures.example", ["127.0.0.1"]))
    with raw_server(over_tls(tls, say(HEAD))) as port, pytest.raises(FetchFailed, match="TLS"):
        egress.fetch(f"https://pictures.example:{port}/")


def test_a_drip_over_tls_ends_in_time(tls: ssl.SSLContext) -> None:
    with raw_server(over_tls(tls, drip(HEAD + b"Content-Length: 9999\r\n\r\n"))) as port:
        too_slow(f"https://127.0.0.1:{port}/")


def too_slow(url: str) -> None:
    began = time.monotonic()
    with pytest.raises(FetchFailed, match="timed out"):
        egress.fetch(url, timeout=0.6)
    assert time.monotonic() - began < 2.5


@pytest.mark.parametrize(
    "first",
    [b"", b"HTTP/1.1 200", HEAD + b"X-Slow: ", HEAD + b"Content-Length: 9999\r\n\r\n"],
    ids=["nothing", "status", "headers", "body"],
)
def test_a_drip_ends_in_time(first: bytes) -> None:
    with raw_server(drip(first)) as port:
        too_slow(f"http://127.0.0.1:{port}/")


def test_a_tls_handshake_that_never_ends_is_cut() -> None:
    with raw_server(lambda caller: time.sleep(3)) as port:
        too_slow(f"https://127.0.0.1:{port}/")


def test_a_resolver_that_hangs_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(egress, "look_up", lambda host, port: time.sleep(3) or [])
    too_slow("http://slow.example/")


def test_redirects_share_one_deadline() -> None:
    with Receiver(Says(302, b"", (("Location", "/"),), after=0.3)) as there:
        too_slow(there.url)


def test_rebinding_gains_nothing(names: Names) -> None:
    names(("turncoat.example", ["93.184.216.34"]), ("turncoat.example", ["10.0.0.1"]))
    egress.check_url("http://turncoat.example/", field="url")
    with pytest.raises(EgressRefused):
        egress.fetch("http://turncoat.example/")


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/latest/", "http://[::1]/", "//10.0.0.1/", "http://2852039166/"],
)
def test_a_redirect_inside_is_refused(target: str) -> None:
    with Receiver(Says(302, b"", (("Location", target),))) as there:
        with pytest.raises(EgressRefused):
            egress.fetch(there.url)


@pytest.mark.parametrize("target", ["ftp://127.0.0.1/", "file:///etc/passwd", "http://u:p@a/"])
def test_a_redirect_to_another_scheme_fails(target: str) -> None:
    with Receiver(Says(302, b"", (("Location", target),))) as there:
        with pytest.raises(FetchFailed):
            egress.fetch(there.url)


def test_a_fourth_redirect_fails() -> None:
    with Receiver(Says(302, b"", (("Location", "/"),))) as there:
        with pytest.raises(FetchFailed, match="redirects"):
            egress.fetch(there.url)
    assert len(there.seen) == 4


@pytest.mark.parametrize("status", [204, 206, 304, 401, 404, 500])
def test_anything_but_200_fails(status: int) -> None:
    with Receiver(Says(status, b"", PNG)) as there:
        with pytest.raises(FetchFailed, match=str(status)):
            egress.fetch(there.url)


def test_three_declared_gigabytes_are_not_read() -> None:
    talk = say(HEAD + b"Content-Length: 3221225472\r\n\r\n")
    with raw_server(talk) as port, pytest.raises(FetchFailed, match="larger"):
        egress.fetch(f"http://127.0.0.1:{port}/")


def endless(caller: socket.socket) -> None:
    caller.recv(65536)
    caller.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        caller.sendall(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")


def test_more_than_was_declared_by_nobody() -> None:
    with raw_server(endless) as port, pytest.raises(FetchFailed, match="larger"):
        egress.fetch(f"http://127.0.0.1:{port}/", max_bytes=100_000)


def test_a_gzip_bomb_is_not_unpacked() -> None:
    bomb = Says(body=gzip.compress(b"0" * 10**7), headers=(*PNG, ("Content-Encoding", "gzip")))
    with Receiver(bomb) as there, pytest.raises(FetchFailed, match="compressed"):
        egress.fetch(there.url)


def test_a_page_is_no_picture() -> None:
    with Receiver(Says(headers=(("Content-Type", "text/html"),))) as there:
        with pytest.raises(FetchFailed, match="text/html"):
            egress.fetch(there.url)


@pytest.mark.parametrize(
    "answer",
    [
        b"rubbish that HTTP/0.9 would call a page",
        b"\x00\xff\x16\x03",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"Content-Length: 50\r\n\r\nonly this",
        b"",
    ],
    ids=["0.9", "bytes", "status", "100 headers", "long header", "chunk", "short", "nothing"],
)  # fmt: skip
def test_what_is_not_http_fails(answer: bytes) -> None:
    with raw_server(say(answer)) as port, pytest.raises(FetchFailed):
        egress.fetch(f"http://127.0.0.1:{port}/", timeout=2)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(FetchFailed, match="connection"):
        egress.fetch(f"http://127.0.0.1:{port}/")


def test_the_loopback_is_refused_where_nobody_allowed_it(settings: LazySettings) -> None:
    settings.EASEL_EGRESS_ALLOW = []
    with Receiver() as there, pytest.raises(EgressRefused):
        egress.fetch(there.url)
    assert there.seen == []
