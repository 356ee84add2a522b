"""Writing the operators' log: who did what to what, why, and how it was before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from accounts import request_id
from accounts.client_ip import client_ip
from accounts.models import Deed, TrailEntry, User


@dataclass(frozen=True, kw_only=True)
class Author:
    """``acted_as``: the number of the user in whose name the operator works just now."""

    operator_id: int | None
    operator: str
    address: str = ""
    acted_as: int | None = None


def author(request: HttpRequest) -> Author:
    """Who signed in, also while he acts as somebody else."""
    operator: User | None = getattr(request, "operator", None)
    who: Any = operator or request.user
    return Author(
        operator_id=who.pk,
        operator=str(who)[:254],
        address=client_ip(request),
        acted_as=request.user.pk if operator is not None else None,
    )


def write(
    who: Author,
    deed: Deed,
    subject: Any = None,
    *,
    tenant_id: int | None = None,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> TrailEntry:
    """One entry, in the transaction of the deed. ``subject`` is a row, or None."""
    return TrailEntry.objects.create(
        operator_id=who.operator_id,
        operator=who.operator,
        acted_as=who.acted_as,
        deed=deed,
        kind=subject._meta.label_lower if subject is not None else "",
        object_id=str(subject.pk)[:64] if subject is not None else "",
        label=str(subject)[:255] if subject is not None else "",
        tenant_id=tenant_id,
        reason=reason[:1000],
        before=before or {},
        after=after or {},
        address=who.address,
        request_id=request_id.current(),
    )
