"""The two pure halves: when to try again, and what counts as received."""

from __future__ import annotations

import pytest

from generation.callbacks.acknowledge import problem
from generation.callbacks.ladder import MOST_REQUESTS, wait_before_next


def test_the_published_ladder() -> None:
    waits = [wait_before_next(attempts) for attempts in range(1, 12)]
    assert waits == [3, 5, 15, 30, 60, 600, 3600, 3600, 3600, 3600, None]


def test_eleven_requests_in_15113_seconds() -> None:
    assert MOST_REQUESTS == 11
    assert sum(wait_before_next(attempts) or 0 for attempts in range(1, 11)) == 15113


def test_time_can_be_compressed() -> None:
    assert wait_before_next(6, 0.001) == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b'{"code": "200"}'),
        (200, b'{"code": 200}'),
        (201, b' {"msg": "x", "code": "200", "data": {}}\n'),
        (204, b'{"code":"200"}'),
    ],
)
def test_received(status: int, body: bytes) -> None:
    assert problem(status, body) == ""


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (500, b'{"code": "200"}', "HTTP 500"),
        (302, b'{"code": "200"}', "HTTP 302"),
        (199, b'{"code": "200"}', "HTTP 199"),
        (200, b"", "empty answer"),
        (200, b" \n", "empty answer"),
        (200, b"success", "the answer is not JSON"),
        (200, b'{"code": "200"', "the answer is not JSON"),
        (200, b"\xff\xfe", "the answer is not JSON"),
        (200, b"[" * 50_000, "the answer is not JSON"),
        (200, b"200", "the answer is not a JSON object"),
        (200, b'["200"]', "the answer is not a JSON object"),
        (200, b"null", "the answer is not a JSON object"),
        (200, b"{}", "code None in the answer"),
        (200, b'{"code": "400"}', "code '400' in the answer"),
        (200, b'{"code": " 200"}', "code ' 200' in the answer"),
        (200, b'{"code": 200.0}', "code 200.0 in the answer"),
        (200, b'{"code": true}', "code True in the answer"),
        (200, b'{"data": {"code": "200"}}', "code None in the answer"),
    ],
)
def test_not_received(status: int, body: bytes, why: str) -> None:
    assert problem(status, body) == why
