"""What a tenant used, by day, model or key: from the books, so that deleting a task changes no
figure. Only the model of a deleted task is no longer known: ""."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import ApiKey
from generation.errors import InvalidRequest

MOST_DAYS = 366
BY = {
    "day": "((e.created_at AT TIME ZONE %(zone)s)::date)::text",
    "model": "coalesce(t.checkpoint, '')",
    "key": "coalesce(e.lineage::text, '')",
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """``key``: a day ("2026-11-21"), a checkpoint, or a key's lineage ("" = people in the
    browser). ``images``: delivered, of tasks that are still there. ``spent``: millicredits."""

    key: str
    name: str
    tasks: int
    images: int
    spent: int


def report(actor: Actor, by: str, first: date, last: date) -> list[Line]:
    """From the first to the last day, both included, in the tenant's time zone. Members see what
    they themselves used; owners and admins the whole."""
    if last < first:
        raise InvalidRequest(_("to: before from"), field="to")
    if (last - first).days >= MOST_DAYS:
        text = _("at most %(most)d days at once") % {"most": MOST_DAYS}
        raise InvalidRequest(text, field="from")
    with connection.cursor() as cursor:
        cursor.execute(
            _REPORT.format(group=BY[by]),
            {
                "tenant": actor.tenant_id,
                "user": actor.user_id,
                "lineages": _lineages(actor),
                "all": actor.can("admin"),
                "zone": actor.time_zone,
                "first": first,
                "end": last + timedelta(days=1),
            },
        )
        rows = cursor.fetchall()
    names = _names(actor) if by == "key" else {}
    return [
        Line(key=key, name=names.get(key, ""), tasks=tasks, images=images, spent=int(spent))
        for key, tasks, images, spent in rows
    ]


def today(actor: Actor) -> date:
    return timezone.localdate(timezone=zoneinfo.ZoneInfo(actor.time_zone))


def _lineages(actor: Actor) -> list[object]:
    keys = ApiKey.objects.for_tenant(actor.tenant_id).filter(user_id=actor.user_id or 0)
    return [actor.lineage, *keys.values_list("lineage", flat=True)]


def _names(actor: Actor) -> dict[str, str]:
    rows = ApiKey.objects.for_tenant(actor.tenant_id).order_by("id")
    return {str(key.lineage): key.name or key.public_id for key in rows}


# A task's money counts on the day of each movement: a refund may come after midnight.
_REPORT = """
SELECT {group} AS key, count(*) FILTER (WHERE e.kind = 'reserve'),
       coalesce(sum(CASE WHEN e.kind = 'reserve' THEN (
           SELECT count(*) FROM generation_output o
           WHERE o.task_id = t.id AND o.state <> 'blocked') END), 0)::bigint,
       -coalesce(sum(e.amount), 0)
FROM accounts_entry e LEFT JOIN generation_task t ON t.id = e.task
WHERE e.tenant_id = %(tenant)s AND e.kind IN ('reserve', 'refund')
  AND e.created_at >= (%(first)s::timestamp AT TIME ZONE %(zone)s)
  AND e.created_at < (%(end)s::timestamp AT TIME ZONE %(zone)s)
  AND (%(all)s OR e.lineage = ANY (%(lineages)s::uuid[]) OR t.user_id = %(user)s)
GROUP BY 1 ORDER BY 1
"""
