"""Which price rule holds for a tenant: from the rows of ``Price`` to the pure ``PriceRule``."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from fnmatch import fnmatchcase

from django.utils import timezone

from catalog import snapshot
from catalog.kinds import folded, stem, without_hash
from catalog.models import Price
from catalog.pricing import PriceRule

_OF_THE_ROW = [field.name for field in fields(PriceRule) if field.name != "tenant_percent"]


def price_rule(
    tenant_id: int | None, kind: str = "image", checkpoint: str = "", at: datetime | None = None
) -> PriceRule:
    """The rule for ``kind`` ("image" or a tool's code) with this checkpoint.

    A tenant's rule goes before a global one, a tool's own before the one for every tool, an exact
    name before a pattern before any checkpoint, the latest valid before an earlier one. Where
    nothing matches (somebody deleted the last row) the defaults of ``PriceRule`` hold. The
    tenant's discount is on the list price: a rule of his own is what it says.
    """
    now = at or timezone.now()
    kinds = ("image",) if kind == "image" else (kind, "tool")
    for owner in snapshot.owners(tenant_id):
        rows = [
            row
            for row in snapshot.prices(owner)
            if row.kind in kinds and row.valid_from <= now and _closeness(row, checkpoint) >= (0, 0)
        ]
        if rows:
            row = max(rows, key=lambda row: _rank(row, kinds, checkpoint))
            percent = 100 if owner is not None else snapshot.tenant(tenant_id).price_percent
            return rule_of(row, percent)
    return PriceRule(tenant_percent=snapshot.tenant(tenant_id).price_percent)


def rule_of(row: Price, tenant_percent: int = 100) -> PriceRule:
    return PriceRule(
        tenant_percent=tenant_percent, **{name: getattr(row, name) for name in _OF_THE_ROW}
    )


def _rank(
    row: Price, kinds: tuple[str, ...], checkpoint: str
) -> tuple[int, tuple[int, int], datetime]:
    return -kinds.index(row.kind), _closeness(row, checkpoint), row.valid_from


def _closeness(row: Price, checkpoint: str) -> tuple[int, int]:
    """How closely the row's pattern names the checkpoint; (-1, 0): not at all."""
    wanted, name = folded(row.checkpoint), folded(without_hash(checkpoint))
    if not wanted:
        return (0, 0)
    if wanted in (name, stem(name)):
        return (2, 0)
    if fnmatchcase(name, wanted) or fnmatchcase(stem(name), wanted):
        return (1, len(wanted))
    return (-1, 0)
