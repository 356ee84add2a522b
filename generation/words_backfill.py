"""Gives their words to tasks that were made before tasks had any. Run by a migration; may be
stopped and run again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from django.db.backends.base.base import BaseDatabaseWrapper
from pydantic import ValidationError

from generation import words
from generation.request import ImageRequest

BATCH = 500


def fill(connection: BaseDatabaseWrapper) -> int:
    """How many tasks were given words."""
    last, count = UUID(int=0), 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_NEXT, [last, BATCH])
            rows = cursor.fetchall()
            if not rows:
                return count
            cursor.executemany(_WRITE, [(_words(row), row[0]) for row in rows])
        last, count = rows[-1][0], count + len(rows)


def _words(row: tuple[Any, ...]) -> list[str]:
    _id, tenant_id, user_id, request = row
    plain = orjson.loads(request) if isinstance(request, str | bytes) else request
    try:
        return words.of_task(ImageRequest.model_validate(plain), tenant_id, user_id)
    except ValidationError:  # of an older shape: its prompt can be read all the same
        prompt = str(plain.get("prompt") or "")[:8000]
        return words.of_task(ImageRequest(prompt=prompt), tenant_id, user_id)


_NEXT = """
SELECT id, tenant_id, user_id, request FROM generation_task
WHERE id > %s AND words IS NULL ORDER BY id LIMIT %s
"""
_WRITE = "UPDATE generation_task SET words = array_to_tsvector(%s::text[]) WHERE id = %s"
