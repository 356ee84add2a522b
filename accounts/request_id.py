"""The id of the request in whose course something is done: in every log line, on the task, and as
X-Request-Id towards the backend. The lowest layer holds it, so that all others can say it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """The id, or "" outside any request and task."""
    return _current.get()


@contextmanager
def use(request_id: str) -> Iterator[None]:
    token = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(token)
