"""Pages by key: a cursor is the place of the last row that was shown, so that rows which come or
go meanwhile neither double nor hide another. Opaque to the caller."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet

from generation.errors import InvalidRequest

T = TypeVar("T")
MAX_PAGE = 200


@dataclass(frozen=True)
class Page(Generic[T]):
    items: list[T]
    next_cursor: str | None


def encode(*parts: object) -> str:
    plain = "|".join(str(part) for part in parts)
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def decode(cursor: str, count: int) -> list[str]:
    """The parts of a cursor of ours. InvalidRequest."""
    try:
        plain = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (ValueError, binascii.Error, UnicodeDecodeError) as error:
        raise not_ours() from error
    parts = plain.split("|")
    if len(parts) != count or "\x00" in plain:
        raise not_ours()
    return parts


def not_ours() -> InvalidRequest:
    return InvalidRequest("not a cursor of ours", field="cursor")


def instant(text: str) -> datetime:
    """A time of a cursor; InvalidRequest unless it is one with its zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise not_ours() from error
    if at.tzinfo is None:
        raise not_ours()
    return at


def identity(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise not_ours() from error


def newest_first(rows: QuerySet[Any], cursor: str | None, limit: int) -> Page[Any]:
    """A page of rows that have ``created_at`` and a UUID as ``id``."""
    if cursor:
        at_text, id_text = decode(cursor, 2)
        at, last = instant(at_text), identity(id_text)
        # The first condition alone uses the index; the second cuts off those of the same moment.
        rows = rows.filter(created_at__lte=at).filter(Q(created_at__lt=at) | Q(id__lt=last))
    found = list(rows.order_by("-created_at", "-id")[: limit + 1])
    onward = None
    if len(found) > limit:
        last_row = found[limit - 1]
        onward = encode(last_row.created_at.isoformat(), last_row.id)
    return Page(found[:limit], onward)
