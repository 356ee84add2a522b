from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from django.conf import LazySettings

from generation import egress


@pytest.fixture
def loopback(settings: LazySettings) -> None:
    """The receivers of these tests may be reached."""
    settings.EASEL_EGRESS_ALLOW = ["127.0.0.1"]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """``names(("a", ["8.8.8.8"]), …)``: what the resolver answers, one after another for a name
    that is given twice; the list that comes back says what was asked."""

    def answer(*entries: tuple[str, list[str]]) -> list[str]:
        asked: list[str] = []
        waiting = list(entries)

        def look_up(host: str, port: int) -> list[str]:
            asked.append(host)
            for position, (name, addresses) in enumerate(waiting):
                if name == host:
                    if sum(other == host for other, _ in waiting) > 1:
                        del waiting[position]
                    return addresses
            raise socket.gaierror(socket.EAI_NONAME, "no such name")

        monkeypatch.setattr(egress, "look_up", look_up)
        return asked

    return answer
