"""The front door, open on a real port."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import pytest
import requests

from tests.config.doors import front_door, notify


@pytest.fixture(scope="module")
def base(django_db_setup: None) -> Iterator[str]:
    with front_door() as url:
        yield url


@contextmanager
def events(url: str) -> Iterator[Iterator[str]]:
    """The lines of an event stream, past its greeting ("event: hello", the request id, "")."""
    with requests.get(url, stream=True, timeout=20) as stream:
        lines = stream.iter_lines(chunk_size=1, decode_unicode=True)
        greeting = [next(lines) for _ in range(3)]
        assert greeting[0] == "event: hello"
        yield lines


def until(condition: object, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def test_a_page_has_a_session(base: str) -> None:
    assert requests.get(f"{base}/show", timeout=10).json()["session"] is True


def test_an_api_call_has_none(base: str) -> None:
    assert requests.get(f"{base}/api/show", timeout=10).json()["session"] is False


def test_path_query_and_headers_arrive(base: str) -> None:
    shown = requests.get(
        f"{base}/api/%E7%94%BB?a=%E5%A2%A8", headers={"X-Thing": "t"}, timeout=10
    ).json()
    assert (shown["path"], shown["query"], shown["header"]) == ("/api/画", {"a": "墨"}, "t")


def test_a_body_arrives(base: str) -> None:
    shown = requests.post(f"{base}/api/show", json={"a": 1}, timeout=10).json()
    assert (shown["body"], shown["type"]) == ('{"a": 1}', "application/json")


def test_a_chunked_body_arrives(base: str) -> None:
    shown = requests.post(f"{base}/api/show", data=iter([b"ab", b"cd"]), timeout=10).json()
    assert shown["body"] == "abcd"


def test_the_proxys_word_counts_once(base: str) -> None:
    headers = {"X-Forwarded-For": "9.9.9.9, 8.8.8.8", "X-Forwarded-Proto": "https"}
    shown = requests.get(f"{base}/api/show", headers=headers, timeout=10).json()
    assert shown["client"] == "8.8.8.8"
    assert shown["url"].startswith("https://")


def test_a_header_with_an_underscore_is_no_header(base: str) -> None:
    headers = {"X_Forwarded_For": "9.9.9.9", "X-Forwarded-For": "8.8.8.8"}
    shown = requests.get(f"{base}/api/show", headers=headers, timeout=10).json()
    assert shown["client"] == "8.8.8.8"


def test_one_requests_language_is_not_the_next_ones(base: str) -> None:
    for _ in range(4):
        requests.get(f"{base}/show", headers={"Accept-Language": "zh-hans"}, timeout=10)
    shown = [requests.get(f"{base}/api/show", timeout=10).json()["language"] for _ in range(4)]
    assert set(shown) == {"en"}


def test_the_request_id_goes_in_and_out(base: str) -> None:
    answer = requests.get(f"{base}/api/show", headers={"X-Request-Id": "abc-1"}, timeout=10)
    assert answer.headers["X-Request-Id"] == answer.json()["request_id"] == "abc-1"


def test_head_has_the_length_and_no_body(base: str) -> None:
    whole, head = (requests.request(m, f"{base}/picture", timeout=10) for m in ("GET", "HEAD"))
    assert len(whole.content) == 100_000
    assert (head.headers["Content-Length"], head.content) == ("100000", b"")


def test_a_streamed_answer_arrives(base: str) -> None:
    assert requests.get(f"{base}/pieces", timeout=10).text == "one two"


def test_a_connection_is_kept(base: str) -> None:
    connection = http.client.HTTPConnection(base.removeprefix("http://"), timeout=10)
    for method in ("GET", "HEAD", "GET"):
        connection.request(method, "/api/show")
        connection.getresponse().read()
    first = connection.sock
    connection.request("GET", "/api/show")
    connection.getresponse().read()
    assert connection.sock is first
    connection.close()


def test_an_event_follows_its_notification(base: str) -> None:
    task = str(uuid4())
    with events(f"{base}/events/{task}") as lines:
        notify(f"{task}:7:3")
        assert [next(lines) for _ in range(3)] == ["id: 3", "event: change", f"data: {task} 7"]


def test_a_tenants_stream_hears_all_its_tasks(base: str) -> None:
    with events(f"{base}/events/tenant:41") as lines:
        notify("not-mine:40:1")
        notify("mine:41:2")
        assert [next(lines) for _ in range(3)][2] == "data: mine 41"


def test_an_event_stream_knows_its_request(base: str) -> None:
    url, headers = f"{base}/events/x", {"X-Request-Id": "stream-1"}
    with requests.get(url, headers=headers, stream=True, timeout=20) as stream:
        assert b"stream-1" in next(stream.iter_content(200))


def test_who_goes_is_forgotten(base: str) -> None:
    key = str(uuid4())
    running = lambda: key in requests.get(f"{base}/running", timeout=10).json()  # noqa: E731
    with events(f"{base}/events/{key}"):
        assert running()
    until(lambda: not running())


def test_a_late_answer_comes_when_it_is_known(base: str) -> None:
    task = str(uuid4())
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(requests.get, f"{base}/later/{task}", timeout=30)
        deadline = time.monotonic() + 15
        while not asked.done() and time.monotonic() < deadline:
            notify(f"{task}:7:0")
            time.sleep(0.1)
        answer = asked.result()
    assert (answer.status_code, answer.text) == (201, "woken True")
    assert "Content-Security-Policy" in answer.headers


def test_those_who_wait_hold_no_thread(base: str) -> None:
    streams = [requests.get(f"{base}/events/{n}", stream=True, timeout=20) for n in range(8)]
    try:
        assert requests.get(f"{base}/show", timeout=5).status_code == 200
    finally:
        for stream in streams:
            stream.close()


def test_a_broken_wait_is_a_500(base: str) -> None:
    assert requests.get(f"{base}/broken", timeout=10).status_code == 500


@pytest.mark.parametrize("size", [100_001, 2_000_000])
def test_too_large_a_body_is_refused(base: str, size: int) -> None:
    answer = requests.post(f"{base}/api/show", data=b"x" * size, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (413, "body_too_large")


def test_an_unknown_path_is_404(base: str) -> None:
    assert requests.get(f"{base}/nowhere", timeout=10).status_code == 404
