"""What each request of a delivery brought: one row a request, for whoever asks why nothing came."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from generation import egress

_NOTE = """
INSERT INTO generation_deliveryattempt
    (delivery_id, number, sent_at, duration_ms, status, answer, error)
SELECT id, %s, clock_timestamp() - make_interval(secs => %s / 1000.0), %s, %s, %s, %s
FROM generation_delivery WHERE id = %s
"""


def note(
    delivery_id: UUID, number: int, milliseconds: int, answer: egress.Answer | None, error: str
) -> None:
    """``error``: why it is no acknowledgement. Nothing is written where the delivery was deleted
    meanwhile."""
    status, text = (answer.status, shown(answer.body)) if answer else (None, "")
    words = error.replace("\x00", "")[:255]
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTE, [number, milliseconds, milliseconds, status, text, words, delivery_id]
        )


def shown(body: bytes) -> str:
    """The first 2,000 characters of an answer, fit for PostgreSQL."""
    return body[:8000].decode("utf-8", "replace").replace("\x00", "")[:2000]
