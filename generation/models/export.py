from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant, User
from generation.models.task import random_id


class ExportState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("being written")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")
    EXPIRED = "expired", _("deleted")


class DataExportQuerySet(models.QuerySet["DataExport"]):
    def for_tenant(self, tenant_id: int) -> Self:
        return self.filter(tenant_id=tenant_id)

    def unfinished(self) -> Self:
        return self.filter(state__in=(ExportState.WAITING, ExportState.RUNNING))

    def expired(self, at: datetime) -> Self:
        return self.filter(state=ExportState.READY, expires_at__lte=at)


class DataExport(models.Model):
    """Everything of one member in an organisation, or of the whole organisation, as one ZIP file.
    Written by short work (``generation.exporting``) under a lease that the writer renews."""

    id = models.UUIDField(primary_key=True, default=random_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    whole_tenant = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=ExportState.choices, default=ExportState.WAITING)
    done = models.IntegerField(default=0)  # tasks written so far
    total = models.IntegerField(default=0)
    file = models.CharField(max_length=255, blank=True)  # key in the default storage
    size = models.BigIntegerField(default=0)
    problem = models.CharField(max_length=255, blank=True)
    strikes = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    cluster = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=models.functions.Now())
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)  # its owner was told that it is ready

    objects = DataExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("data export")
        verbose_name_plural = _("data exports")
        indexes = [
            models.Index(
                fields=["created_at"],
                name="export_unfinished",  # exporting.claim
                condition=Q(state__in=("waiting", "running")),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "user"],
                name="export_one_at_a_time",
                condition=Q(state__in=("waiting", "running")),
            ),
            models.CheckConstraint(
                condition=Q(state="ready", expires_at__isnull=False) | ~Q(state="ready"),
                name="export_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"export {self.id}"
