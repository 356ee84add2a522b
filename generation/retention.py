"""What has had its time goes: pictures after their month, blocked ones after their quarantine,
progress of tasks that ended, callers' input pictures. (Hidden tasks: ``deletion.purge_hidden``.)

Called by the reaper. Each call does a bounded amount, so that a backlog (a day without a reaper)
never holds anything up; and everything may be done twice, so any number of reapers may call it.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from catalog import weights
from generation import storage, uploads
from generation.models import Output, Progress, Share
from generation.models.output import OutputQuerySet
from generation.states import OutputState

log = logging.getLogger(__name__)
BATCH = 200  # rows of each kind in one call
PROGRESS_KEPT = timedelta(hours=1)
SHARES_KEPT = timedelta(days=30)  # after they ended: a count of views may still be asked for
_EVERY = 3600.0  # seconds; listing a bucket is a request that costs money
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_due: dict[str, float] = {}  # of this process, on the monotonic clock


@dataclass(frozen=True, kw_only=True)
class Swept:
    expired: int = 0
    quarantined: int = 0
    progress: int = 0
    inputs: int = 0
    uploads: int = 0
    weights: int = 0
    shares: int = 0

    @property
    def is_nothing(self) -> bool:
        return self == Swept()


def sweep(at: datetime) -> Swept:
    """Removes up to BATCH of each kind whose time ended before ``at``. StorageFailed: the storage
    is away; nothing is forgotten, the next call goes on."""
    swept = Swept(
        quarantined=_remove_pictures(Output.objects.quarantined_until(at)),
        expired=_remove_pictures(Output.objects.expired(at)),
        progress=_forget_progress(at),
        inputs=_hourly("inputs", sweep_inputs, at),
        weights=_hourly("weights", weights.sweep, at),
        uploads=uploads.sweep(at),
        shares=_hourly("shares", _forget_shares, at),
    )
    if not swept.is_nothing:
        log.info("retention", extra={"swept": vars(swept)})
    return swept


def _remove_pictures(outputs: OutputQuerySet) -> int:
    """Files first: a row that still names a file that is gone is swept once more, a file that no
    row names would stay for ever."""
    rows = list(outputs.values_list("pk", "file", "thumbnail")[:BATCH])
    storage.remove(name for _pk, *names in rows for name in names)
    return Output.objects.filter(pk__in=[pk for pk, *_names in rows]).update(
        state=OutputState.DELETED, file="", thumbnail="", placeholder="", quarantine_until=None
    )


def _forget_shares(at: datetime) -> int:
    ended = Share.objects.ended(at - SHARES_KEPT).values_list("pk", flat=True)
    count, _by_model = Share.objects.filter(pk__in=list(ended[:BATCH])).delete()
    return count


def _forget_progress(at: datetime) -> int:
    old = Progress.objects.filter(updated_at__lt=at - PROGRESS_KEPT).values_list("pk", flat=True)
    count, _by_model = Progress.objects.filter(pk__in=list(old[:BATCH])).delete()
    return count


def _hourly(what: str, sweep_of: Callable[[datetime], int], at: datetime) -> int:
    if time.monotonic() < _due.get(what, 0.0):
        return 0
    removed = sweep_of(at)
    if removed < BATCH:  # else there may be more: go on at the next call
        _due[what] = time.monotonic() + _EVERY
    return removed


def sweep_inputs(at: datetime) -> int:
    """Removes up to BATCH input pictures that are older than outputs may get, and so also those
    whose task was never accepted."""
    last_day = timezone.localdate(at) - timedelta(days=settings.EASEL_FILE_DAYS + 1)
    removed = 0
    for folder in storage.input_days():
        if not _DAY.fullmatch(folder) or date.fromisoformat(folder) >= last_day:
            continue
        removed += storage.clear_input_day(folder, limit=BATCH - removed)
        if removed >= BATCH:
            break
    return removed
