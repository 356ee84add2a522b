"""Grid: one request, varied along two axes; each cell of the sheet is a task of its own."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant, User
from generation.models.task import random_id


class GridQuerySet(models.QuerySet["Grid"]):
    def for_tenant(self, tenant_id: int) -> Self:
        return self.filter(tenant_id=tenant_id)

    def shown(self) -> Self:
        """Not hidden by an undoable deletion."""
        return self.filter(hidden_at__isnull=True)


class Grid(models.Model):
    """``x`` and ``y`` are axes as ``generation.axes`` writes them; without ``y`` the sheet has one
    row. ``request`` is what every cell begins from, with its seed drawn."""

    id = models.UUIDField(primary_key=True, default=random_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    lineage = models.UUIDField(_("key lineage"))
    idempotency_key = models.CharField(max_length=128, null=True)
    request = models.JSONField()  # ImageRequest, names as they were given
    x = models.JSONField()
    y = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=models.functions.Now())
    hidden_at = models.DateTimeField(null=True)

    objects = GridQuerySet.as_manager()

    class Meta:
        verbose_name = _("grid")
        verbose_name_plural = _("grids")
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="grid_history"),
            models.Index(
                fields=["hidden_at"],
                name="grid_hidden",  # sheets.purge_hidden
                condition=models.Q(hidden_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["lineage", "idempotency_key"],
                name="grid_idempotent",
                condition=models.Q(idempotency_key__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"grid {self.id}"

    @property
    def columns(self) -> int:
        return _length(self.x)

    @property
    def rows(self) -> int:
        return _length(self.y) if self.y else 1

    @property
    def cells(self) -> int:
        return self.columns * self.rows


def _length(axis: dict[str, Any]) -> int:
    return len(axis["values"])
