"""Nonces of signed requests: each may be used once by a key within the signature's life."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from accounts.models import UsedNonce
from accounts.signature import VALID_SECONDS


def use(key_id: int, nonce: str) -> bool:
    """False: this key used it before. One INSERT, so two callers at once cannot both be first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_usednonce (key_id, nonce, used_at)"
            " VALUES (%s, %s, clock_timestamp()) ON CONFLICT DO NOTHING",
            [key_id, nonce],
        )
        return bool(cursor.rowcount == 1)


def forget_old(at: datetime) -> int:
    """Twice the life: a caller's clock may be as far ahead as it may be behind."""
    old = UsedNonce.objects.filter(used_at__lt=at - timedelta(seconds=2 * VALID_SECONDS))
    return old.delete()[0]
