"""A tenant's books as it reads them, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts import ledger
from accounts.actor import Actor
from accounts.errors import Forbidden
from accounts.models import Entry


@dataclass(frozen=True)
class Statement:
    """``before``: the number to go on from; None at the end."""

    entries: list[Entry]
    before: int | None


def entries(
    actor: Actor,
    *,
    before: int | None,
    limit: int,
    kind: str = "",
    task: UUID | None = None,
    days: tuple[date, date] | None = None,
) -> Statement:
    """For owners and admins; others are Forbidden. ``days``: from the first to the last, both
    included, in the tenant's time zone."""
    if not actor.can("admin"):
        raise Forbidden(_("only owners and admins may read the books"))
    rows = Entry.objects.for_tenant(actor.tenant_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    if kind:
        rows = rows.filter(kind=kind)
    if task is not None:
        rows = rows.of_task(task)
    if days is not None:
        zone = ZoneInfo(actor.time_zone)
        begin = datetime.combine(days[0], time.min, zone)
        end = datetime.combine(days[1] + timedelta(days=1), time.min, zone)
        rows = rows.filter(created_at__gte=begin, created_at__lt=end)
    found = list(rows.order_by("-id")[: limit + 1])
    return Statement(found[:limit], found[limit - 1].pk if len(found) > limit else None)


def balances(actor: Actor, entries: list[Entry]) -> dict[int, int]:
    """What there was after each of these entries, which must follow upon each other, newest first.

    From the balance backwards: what is newer than the page is added up, the newest page for
    nothing.
    """
    if not entries:
        return {}
    newer = Entry.objects.for_tenant(actor.tenant_id).filter(pk__gt=entries[0].pk)
    left = ledger.balance(actor.tenant_id) - (newer.aggregate(sum=Sum("amount"))["sum"] or 0)
    after = {}
    for entry in entries:
        after[entry.pk] = left
        left -= entry.amount
    return after
