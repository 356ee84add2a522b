"""What submit lets through as an address for callbacks and inputs."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest
from django.conf import LazySettings

from generation import egress
from generation.errors import EgressRefused, InvalidRequest

Names = Callable[..., list[str]]


@pytest.mark.parametrize(
    "url",
    [
        "http://receiver.example/",
        "https://receiver.example:8443/a%20b?c=%E4%BD%A0",
        "http://receiver.example/画 一?q",
        "HTTP://Receiver.Example",
    ],
)
def test_a_public_address(url: str, names: Names) -> None:
    names(("receiver.example", ["93.184.216.34"]))
    egress.check_url(url, field="callback_url")


def test_a_chinese_name(names: Names) -> None:
    asked = names(("xn--fsqu00a.example", ["93.184.216.34"]))
    egress.check_url("http://例子.example/", field="url")
    assert asked == ["xn--fsqu00a.example"]


def test_what_the_operator_allows(settings: LazySettings, names: Names) -> None:
    settings.EASEL_EGRESS_ALLOW = ["inside.example:8080"]
    names(("inside.example", ["10.0.0.1"]))
    egress.check_url("http://inside.example:8080/", field="url")
    with pytest.raises(EgressRefused):
        egress.check_url("http://inside.example:8081/", field="url")


def test_a_resolver_that_does_not_answer_refuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(egress, "look_up", away)
    egress.check_url("http://receiver.example/", field="url")


def test_a_resolver_that_hangs_holds_a_submit_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(egress, "look_up", lambda host, port: time.sleep(4) or [])
    began = time.monotonic()
    egress.check_url("http://receiver.example/", field="url")
    assert time.monotonic() - began < 3.5


def test_a_name_that_does_not_exist(names: Names) -> None:
    names()
    with pytest.raises(InvalidRequest) as refusal:
        egress.check_url("http://nowhere.example/", field="callback_url")
    assert refusal.value.field == "callback_url"


@pytest.mark.parametrize(
    "url",
    [
        "", "receiver.example", "//receiver.example/", "http:///path", "http://", "http://:80/",
        "ftp://receiver.example/", "file:///etc/passwd", "gopher://receiver.example/",
        "javascript:alert(1)", "http://receiver.example:0/", "http://receiver.example:99999/",
        "http://receiver.example:port/", "http://[::1/", "http://re ceiver.example/",
        "http://receiver.example/\r\nX-Evil: 1", "http://receiver\t.example/", "http://a\x00b/",
        "http://user@receiver.example/", "http://user:secret@receiver.example/",
        "http://receiver.example\\@127.0.0.1/", "http://receiver.example\\.evil/",
        "http://" + "a" * 64 + ".example/", "http://receiver.example/" + "a" * 2048,
    ],
)  # fmt: skip
def test_no_address(url: str, names: Names) -> None:
    names(("receiver.example", ["93.184.216.34"]))
    with pytest.raises(InvalidRequest) as refusal:
        egress.check_url(url, field="callback_url")
    assert refusal.value.field == "callback_url"
    assert refusal.value.message.startswith("callback_url: ")


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0",
        "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.1", "0",
        "localhost", "10.0.0.1", "192.168.0.1", "[fe80::1%25lo]", "[64:ff9b::7f00:1]",
    ],
)  # fmt: skip
def test_inside_in_any_spelling(host: str) -> None:
    with pytest.raises((EgressRefused, InvalidRequest)) as refusal:
        egress.check_url(f"http://{host}/", field="callback_url")
    assert refusal.value.field == "callback_url"


def test_a_name_that_leads_inside(names: Names) -> None:
    names(("sneaky.example", ["10.0.0.1", "fd00::1"]))
    with pytest.raises(EgressRefused):
        egress.check_url("http://sneaky.example/", field="url")
