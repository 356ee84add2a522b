from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant


class CallerOptionsQuerySet(models.QuerySet["CallerOptions"]):
    def of(self, tenant_id: int, lineage: uuid.UUID) -> dict[str, Any]:
        """What this caller has set; {} where nothing."""
        found = self.filter(tenant_id=tenant_id, lineage=lineage).values_list("values", flat=True)
        return found.first() or {}


class CallerOptions(models.Model):
    """The defaults that one key (and those that it replaced) set for its own calls."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    lineage = models.UUIDField(_("key lineage"))
    values = models.JSONField(default=dict)  # WebUI's names of settings → values
    updated_at = models.DateTimeField(auto_now=True)

    objects = CallerOptionsQuerySet.as_manager()

    class Meta:
        verbose_name = _("options of a caller")
        verbose_name_plural = _("options of callers")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "lineage"], name="caller_options_once")
        ]

    def __str__(self) -> str:
        return f"options of {self.lineage}"
