"""Rates: how many requests of a tenant, and of a key, may create something in a minute.

Fixed windows of one minute of the clock. A counter is only touched where there is a limit. With
``REDIS_URL`` the counters live in Redis, else in an UNLOGGED table: one UPSERT, no disk wait.
How many tasks run or wait is counted where the tasks are.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from zlib import crc32

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.errors import RateLimited


def check_rate(actor: Actor) -> None:
    """Counts one request. RateLimited, with the seconds to the next window, when it is too many."""
    allowed = _allowed(actor)
    if not allowed:
        return
    now = time.time()
    counted = _count(list(allowed), int(now // 60))
    if any(counted[subject] > limit for subject, limit in allowed.items()):
        raise RateLimited(_("too many requests"), retry_after=max(1.0, 60 - now % 60))


def check_visitor(door: str, address: str, most: int) -> None:
    """Counts one request of somebody who is not asked who he is, by his address. RateLimited as
    above. Addresses share 65536 counters, so that strangers cannot fill the table."""
    now = time.time()
    subject = f"{door}:{crc32(address.encode()) % 65536}"
    if _count([subject], int(now // 60))[subject] > most:
        raise RateLimited(_("too many requests"), retry_after=max(1.0, 60 - now % 60))


def check_tries(subject: str, most: int) -> None:
    """Counts one try of ``subject`` (up to 64 letters). RateLimited: more than ``most`` in this
    minute."""
    now = time.time()
    if _count([subject], int(now // 60))[subject] > most:
        raise RateLimited(_("too many tries"), retry_after=max(1.0, 60 - now % 60))


@dataclass(frozen=True)
class Standing:
    """How one limit stands: ``limit`` requests in a minute, ``left`` of them, new ones in
    ``seconds``."""

    limit: int
    left: int
    seconds: int


def standing(actor: Actor) -> Standing | None:
    """The limit that is nearest to its end; counts nothing. None: there is no limit."""
    allowed = _allowed(actor)
    if not allowed:
        return None
    now = time.time()
    counted = _look(list(allowed), int(now // 60))
    left, limit = min(
        (max(0, limit - counted.get(subject, 0)), limit) for subject, limit in allowed.items()
    )
    return Standing(limit, left, max(1, round(60 - now % 60)))


def check_subject(subject: str, per_minute: int) -> None:
    """Counts one deed of whoever ``subject`` (up to 64 characters) names. RateLimited where it is
    more than ``per_minute``."""
    now = time.time()
    if _count([subject], int(now // 60))[subject] > per_minute:
        raise RateLimited(_("too many requests"), retry_after=max(1.0, 60 - now % 60))


def _allowed(actor: Actor) -> dict[str, int]:
    """Subject → requests a minute."""
    allowed: dict[str, int] = {}
    if actor.limits.rate_per_minute:
        allowed[f"tenant:{actor.tenant_id}"] = actor.limits.rate_per_minute
    if actor.key_id is not None and actor.limits.key_rate_per_minute:
        allowed[f"key:{actor.lineage}"] = actor.limits.key_rate_per_minute
    return allowed


def _look(subjects: list[str], minute: int) -> dict[str, int]:
    if settings.REDIS_URL:
        return {each: int(cache.get(f"rate:{each}:{minute}") or 0) for each in subjects}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject, requests FROM accounts_ratewindow"
            " WHERE subject = ANY (%s) AND minute = %s",
            [subjects, minute],
        )
        return dict(cursor.fetchall())


def _count(subjects: list[str], minute: int) -> dict[str, int]:
    """Adds one to each subject's counter of this minute; returns the counters."""
    if settings.REDIS_URL:
        return {subject: _count_in_cache(f"rate:{subject}:{minute}") for subject in subjects}
    with connection.cursor() as cursor:
        # Sorted: two requests of one key lock tenant and key in the same order.
        rows = [(subject, minute) for subject in sorted(subjects)]
        cursor.execute(
            "INSERT INTO accounts_ratewindow AS w (subject, minute, requests) VALUES "
            + ", ".join(["(%s, %s, 1)"] * len(rows))
            + " ON CONFLICT (subject) DO UPDATE SET minute = excluded.minute,"
            " requests = CASE WHEN w.minute = excluded.minute THEN w.requests + 1 ELSE 1 END"
            " RETURNING subject, requests",
            [value for row in rows for value in row],
        )
        return {row[0]: row[1] for row in cursor.fetchall()}


def _count_in_cache(name: str) -> int:
    cache.add(name, 0, timeout=120)
    return cache.incr(name)
