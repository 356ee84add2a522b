from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, connection

from generation import steady
from generation.steady import steadily

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steady, "PAUSE", 0.001)


def failing(times: int, error: Exception) -> Callable[[int], int]:
    left = iter([error] * times)

    def work(number: int) -> int:
        for found in left:
            raise found
        return number

    return work


def test_what_works_is_done_once() -> None:
    assert steadily(failing(0, OperationalError()), 7) == 7


@pytest.mark.parametrize("error", [OperationalError("away"), InterfaceError("closed")])
def test_a_database_that_is_back_is_asked_again(error: Exception) -> None:
    assert steadily(failing(3, error), 7) == 7


def test_a_connection_that_was_killed_is_replaced() -> None:
    def select() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return int(cursor.fetchone()[0])

    with connection.cursor() as cursor:
        before = select()
        with pytest.raises(OperationalError):
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert steadily(select) != before


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
def test_a_database_that_stays_away_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steady, "PATIENCE", 0.02)
    with pytest.raises(OperationalError):
        steadily(failing(10_000, OperationalError("away")), 7)


def test_another_error_is_not_tried_again() -> None:
    work = failing(1, IntegrityError("twice"))
    with pytest.raises(IntegrityError):
        steadily(work, 7)
    assert work(7) == 7
