from __future__ import annotations

import re

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import RequestFactory

from accounts import request_id
from config.middleware import (
    CompressedPagesMiddleware,
    RequestIdMiddleware,
    SecurityPolicyMiddleware,
)


def current(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request_id.current())


def answered(given: str) -> HttpResponse:
    request = RequestFactory().get("/", headers={"X-Request-Id": given})
    response = RequestIdMiddleware(current)(request)
    assert isinstance(response, HttpResponse)
    return response


def compressed(response: HttpResponseBase) -> str:
    asked = RequestFactory().get("/", headers={"Accept-Encoding": "gzip"})
    found = CompressedPagesMiddleware(lambda request: response)(asked)
    return found.get("Content-Encoding", "")


def test_a_page_is_compressed() -> None:
    assert compressed(HttpResponse(b"word " * 200)) == "gzip"


@pytest.mark.parametrize(
    "answer",
    [
        HttpResponse(b"word " * 200, content_type="image/png"),
        HttpResponse(b"short"),
        StreamingHttpResponse([b"data: 1\n\n" * 40], content_type="text/event-stream"),
        StreamingHttpResponse([b"word " * 200]),
    ],
)
def test_what_is_no_page_goes_as_it_is(answer: HttpResponseBase) -> None:
    assert compressed(answer) == ""


def policy(response: HttpResponse) -> str:
    found = SecurityPolicyMiddleware(lambda request: response)(RequestFactory().get("/"))
    return found["Content-Security-Policy"]


def test_a_sane_request_id_is_taken_over() -> None:
    assert answered("abc-1_2.3")["X-Request-Id"] == "abc-1_2.3"


def test_the_view_knows_it() -> None:
    assert answered("abc").content == b"abc"


def test_nothing_is_left_behind() -> None:
    answered("abc")
    assert request_id.current() == ""


@pytest.mark.parametrize("given", ["", "a b", "a" * 65, "a\x7fb", "é", 'a"b', "{}"])
def test_anything_else_is_replaced(given: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", answered(given)["X-Request-Id"])


def test_no_inline_script_or_style() -> None:
    assert "unsafe" not in policy(HttpResponse())


def test_nobody_frames_us() -> None:
    assert "frame-ancestors 'none'" in policy(HttpResponse())


def test_a_stricter_policy_of_the_view_stays() -> None:
    own = HttpResponse(headers={"Content-Security-Policy": "sandbox"})
    assert policy(own) == "sandbox"
