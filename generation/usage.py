"""What a tenant used, by day, model, member or key: from the books, so that deleting a task changes
no figure.

A year of a busy tenant is millions of entries. So what is older than a quarter of an hour is added
up once (``UsageQuarter``, by ``generation.usage_sums``), and only what came since is read from the
books themselves; both by one statement. Of a task that was deleted before it was added up the model
and the member are no longer known: "".
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import ApiKey, User
from generation.errors import InvalidRequest
from generation.models import UsageMark

MOST_DAYS = 366
GROUPS = ("day", "model", "key", "member")


@dataclass(frozen=True, kw_only=True)
class Line:
    """``key``: a day ("2026-11-21"), a checkpoint, a key's lineage ("" = people in the browser), or
    a member's number ("" = nobody who is still there). ``images``: delivered. ``spent``:
    millicredits."""

    key: str
    name: str
    tasks: int
    images: int
    spent: int


def report(actor: Actor, by: str, first: date, last: date) -> list[Line]:
    """From the first to the last day, both included, in the tenant's time zone. Members see what
    they themselves used; owners and admins the whole."""
    return reports(actor, (by,), first, last)[by]


def reports(actor: Actor, by: Iterable[str], first: date, last: date) -> dict[str, list[Line]]:
    """Several at once: what there is to read is read once."""
    if last < first:
        raise InvalidRequest(_("to: before from"), field="to")
    if (last - first).days >= MOST_DAYS:
        text = _("at most %(most)d days at once") % {"most": MOST_DAYS}
        raise InvalidRequest(text, field="from")
    wanted = tuple(by)
    with connection.cursor() as cursor:
        cursor.execute(_sql(wanted), _parameters(actor, first, last))
        rows = cursor.fetchall()
    found: dict[str, list[Line]] = {each: [] for each in wanted}
    names = _names(actor, wanted, rows)
    for group, key, tasks, images, spent in rows:
        name = names.get((group, key), "")
        line = Line(key=key, name=name, tasks=tasks, images=images, spent=int(spent))
        found[group].append(line)
    return found


def today(actor: Actor) -> date:
    return timezone.localdate(timezone=zoneinfo.ZoneInfo(actor.time_zone))


def _parameters(actor: Actor, first: date, last: date) -> dict[str, Any]:
    zone = zoneinfo.ZoneInfo(actor.time_zone)
    begin = datetime.combine(first, time.min, zone)
    end = datetime.combine(last + timedelta(days=1), time.min, zone)
    mark = UsageMark.objects.values_list("until", flat=True).first()
    return {
        "tenant": actor.tenant_id,
        "user": actor.user_id,
        "lineages": _lineages(actor),
        "all": actor.can("admin"),
        "zone": actor.time_zone,
        "first": begin,
        "end": end,
        # Literals, not a sub-query: the planner must see that hardly anything is left to read.
        "mark": min(max(mark, begin), end) if mark else begin,
    }


def _lineages(actor: Actor) -> list[object]:
    keys = ApiKey.objects.for_tenant(actor.tenant_id).filter(user_id=actor.user_id or 0)
    return [actor.lineage, *keys.values_list("lineage", flat=True)]


def _names(
    actor: Actor, wanted: tuple[str, ...], rows: list[tuple[Any, ...]]
) -> dict[tuple[str, str], str]:
    names = {}
    if "key" in wanted:
        for key in ApiKey.objects.for_tenant(actor.tenant_id).order_by("id"):
            names["key", str(key.lineage)] = key.name or key.public_id
    if "member" in wanted:
        ids = [int(key) for group, key, *_figures in rows if group == "member" and key]
        for user in User.objects.filter(pk__in=ids):
            names["member", str(user.pk)] = user.get_full_name()
    return names


# A task's money counts on the day of each movement: a refund may come after midnight. Pictures
# count when the task ends, for only then are there any.
MOVES = """
SELECT e.tenant_id, e.created_at AS at, coalesce(t.user_id, k.user_id) AS user_id, e.lineage,
       coalesce(t.checkpoint, '') AS model, (e.kind = 'reserve')::int AS tasks,
       CASE WHEN e.kind = 'settle' THEN (
           SELECT count(*) FROM generation_output o
           WHERE o.task_id = t.id AND o.state <> 'blocked') ELSE 0 END AS images,
       -e.amount AS spent
FROM accounts_entry e
LEFT JOIN generation_task t ON t.id = e.task
LEFT JOIN accounts_apikey k ON k.lineage = e.lineage AND k.revoked_at IS NULL
WHERE e.kind IN ('reserve', 'settle', 'refund', 'review')
"""
_COLUMNS = {
    "day": "((at AT TIME ZONE %(zone)s)::date)::text",
    "model": "model",
    "key": "coalesce(lineage::text, '')",
    "member": "coalesce(user_id::text, '')",
}


def _sql(by: tuple[str, ...]) -> str:
    """One line a group and key. ``by``: of GROUPS."""
    keys = ", ".join(f"{_COLUMNS[each]} AS {each}" for each in by)
    sets = ", ".join(f"({each})" for each in by)
    which = " ".join(f"WHEN grouping({each}) = 0 THEN '{each}'" for each in by)
    return f"""
WITH used AS (
    SELECT at, user_id, lineage, model, tasks, images, spent
    FROM generation_usagequarter
    WHERE tenant_id = %(tenant)s AND at >= %(first)s AND at < %(mark)s
    UNION ALL
    SELECT at, user_id, lineage, model, tasks, images, spent FROM ({MOVES}
      AND e.tenant_id = %(tenant)s
      AND e.created_at >= %(mark)s AND e.created_at < %(end)s) lately
), named AS (
    SELECT {keys}, tasks, images, spent FROM used
    WHERE %(all)s OR user_id = %(user)s OR lineage = ANY (%(lineages)s::uuid[])
)
SELECT CASE {which} END, coalesce({", ".join(by)}), sum(tasks)::bigint, sum(images)::bigint,
       sum(spent)
FROM named GROUP BY GROUPING SETS ({sets}) ORDER BY 1, 2
"""
