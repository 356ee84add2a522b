"""Writing the operators' log: who did what to what, why, and how it was before and after."""

from __future__ import annotations

from typing import Any, Protocol

from accounts import request_id
from accounts.client_ip import client_ip
from accounts.models import Deed, TrailEntry, User


class _Asked(Protocol):
    """Of a request: who is behind it."""

    META: dict[str, Any]
    user: Any


def write(
    request: _Asked,
    deed: Deed,
    subject: Any = None,
    *,
    tenant_id: int | None = None,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    acted_as: int | None = None,
) -> TrailEntry:
    """One entry, in the transaction of the deed. ``subject`` is a row, or None.

    The operator is who signed in, also while he acts as somebody else.
    """
    operator: User = getattr(request, "operator", None) or request.user
    return TrailEntry.objects.create(
        operator_id=operator.pk,
        operator=str(operator)[:254],
        acted_as=acted_as,
        deed=deed,
        kind=subject._meta.label_lower if subject is not None else "",
        object_id=str(subject.pk)[:64] if subject is not None else "",
        label=str(subject)[:255] if subject is not None else "",
        tenant_id=tenant_id,
        reason=reason[:1000],
        before=before or {},
        after=after or {},
        address=client_ip(request),  # type: ignore[arg-type]
        request_id=request_id.current(),
    )
