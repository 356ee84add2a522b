"""Callbacks as they go over the wire."""

from __future__ import annotations

import time

import pytest
from django.conf import LazySettings

from generation import egress
from generation.errors import EgressRefused, FetchFailed
from tests.generation.receivers import Receiver, Says, drip, raw_server

BODY = '{"a":"画"}'.encode()
pytestmark = pytest.mark.usefixtures("loopback")


def test_json_goes_out_and_the_answer_comes_back() -> None:
    with Receiver() as there:
        answer = egress.post_json(
            f"{there.url}/in?a=1", b'{"a":"\xe7\x94\xbb"}', {"X-Callback-Id": "7"}
        )
    assert (answer.status, answer.body) == (200, b'{"code": "200"}')
    assert answer.seconds < 5
    (seen,) = there.seen
    assert (seen.method, seen.path, seen.body) == ("POST", "/in?a=1", BODY)
    assert seen.headers["content-type"] == "application/json;charset=UTF-8"
    assert seen.headers["x-callback-id"] == "7"


def test_a_redirect_is_an_answer() -> None:
    with Receiver(Says(307, b"", (("Location", "/elsewhere"),))) as there:
        assert egress.post_json(there.url, b"{}", {}).status == 307
    assert len(there.seen) == 1


def test_a_long_answer_is_cut() -> None:
    with Receiver(Says(body=b"x" * 200_000)) as there:
        assert len(egress.post_json(there.url, b"{}", {}).body) == egress.MAX_ANSWER


def test_an_answer_that_drips_is_cut_in_time() -> None:
    began = time.monotonic()
    with raw_server(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")) as port:
        with pytest.raises(FetchFailed, match="timed out"):
            egress.post_json(f"http://127.0.0.1:{port}/", b"{}", {}, timeout=0.5)
    assert time.monotonic() - began < 4


def test_a_receiver_that_does_not_read_is_cut_in_time() -> None:
    began = time.monotonic()
    with raw_server(lambda caller: time.sleep(5)) as port:
        with pytest.raises(FetchFailed):
            egress.post_json(f"http://127.0.0.1:{port}/", b"x" * 40_000_000, {}, timeout=0.5)
    assert time.monotonic() - began < 4


def test_no_header_of_ones_own_making() -> None:
    with Receiver() as there, pytest.raises(FetchFailed):
        egress.post_json(there.url, b"{}", {"X-Evil": "a\r\nX-More: b"})
    assert there.seen == []


def test_inside_is_refused(settings: LazySettings) -> None:
    settings.EASEL_EGRESS_ALLOW = []
    with Receiver() as there, pytest.raises(EgressRefused):
        egress.post_json(there.url, b"{}", {})
    assert there.seen == []
