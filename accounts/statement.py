"""A tenant's books as it reads them, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.errors import Forbidden
from accounts.models import Entry


@dataclass(frozen=True)
class Statement:
    """``before``: the number to go on from; None at the end."""

    entries: list[Entry]
    before: int | None


def entries(
    actor: Actor, *, before: int | None, limit: int, kind: str = "", task: UUID | None = None
) -> Statement:
    """For owners and admins; others are Forbidden."""
    if not actor.can("admin"):
        raise Forbidden(_("only owners and admins may read the books"))
    rows = Entry.objects.for_tenant(actor.tenant_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    if kind:
        rows = rows.filter(kind=kind)
    if task is not None:
        rows = rows.of_task(task)
    found = list(rows.order_by("-id")[: limit + 1])
    return Statement(found[:limit], found[limit - 1].pk if len(found) > limit else None)
