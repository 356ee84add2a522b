"""Adding up usage: quarter after quarter of an hour, out of the books, once it is over.

A quarter is written whole, and what was written for it before is deleted, so that doing it twice
changes nothing. LAG: an entry has the time at which its transaction began, and transactions that
write the books last for moments, not minutes.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from accounts.models import Entry
from generation.models import UsageMark
from generation.usage import MOVES

QUARTER = timedelta(minutes=15)
LAG = timedelta(minutes=5)
STEP = timedelta(days=1)  # added up by one statement
PATIENCE = 2.0  # seconds of one call: the reaper has other work
_INSERT = f"""
INSERT INTO generation_usagequarter
    (tenant_id, at, user_id, lineage, model, tasks, images, spent)
SELECT tenant_id, date_bin('15 minutes', at, 'epoch'), user_id, lineage, model,
       sum(tasks), sum(images), sum(spent)
FROM ({MOVES} AND e.created_at >= %(first)s AND e.created_at < %(until)s) moves
WHERE tenant_id NOT IN (SELECT id FROM accounts_tenant WHERE closed_at IS NOT NULL)
GROUP BY 1, 2, 3, 4, 5
"""


def sweep(at: datetime) -> None:
    """Adds up what is over; a backlog goes on at the next call."""
    end = time.monotonic() + PATIENCE
    while _step(at) and time.monotonic() < end:
        pass


def _step(at: datetime) -> bool:
    """One STEP; False: nothing more to do, or another reaper is at it."""
    settled = floor(at - LAG)
    with transaction.atomic():
        mark = UsageMark.objects.select_for_update(skip_locked=True).first() or _first_mark()
        if mark is None or mark.until >= settled:
            return False
        until = min(settled, mark.until + STEP)
        span = {"first": mark.until, "until": until}
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM generation_usagequarter WHERE at >= %(first)s AND at < %(until)s", span
            )
            cursor.execute(_INSERT, span)
        UsageMark.objects.filter(pk=mark.pk).update(until=until)
    return until < settled


def _first_mark() -> UsageMark | None:
    """Where the books begin; None: there are none yet, or another has the mark just now."""
    first = Entry.objects.order_by("id").values_list("created_at", flat=True).first()
    if first is None or UsageMark.objects.exists():
        return None
    mark, made = UsageMark.objects.get_or_create(pk=1, defaults={"until": floor(first)})
    return mark if made else None


def floor(at: datetime) -> datetime:
    """The beginning of the quarter; days of every time zone begin with one."""
    seconds = int(at.timestamp()) // 900 * 900
    return datetime.fromtimestamp(seconds, UTC)
