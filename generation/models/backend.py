from __future__ import annotations

from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant


class BackendQuerySet(models.QuerySet["Backend"]):
    def serving(self, tenant_id: int) -> Self:
        """Backends that may ever work for this tenant, whether they are up or not."""
        return self.filter(Q(tenant_id__isnull=True) | Q(tenant_id=tenant_id), enabled=True)

    def reachable(self, at: datetime) -> Self:
        """Those that may be given a task now."""
        return self.filter(
            Q(open_until__isnull=True) | Q(open_until__lt=at),
            enabled=True,
            draining=False,
            is_up=True,
        )


class Backend(models.Model):
    """One GPU server that we call. ``offers`` are the words that a task's ``needs`` must be among:
    features ("hires"), and what it has loaded from ("checkpoint:photon_v1.safetensors", lower
    case)."""

    name = models.CharField(max_length=64, unique=True)
    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(max_length=16)
    url = models.CharField(max_length=512)
    username = models.CharField(max_length=128, blank=True)
    password_sealed = models.TextField(blank=True, editable=False)  # accounts.sealing
    token_sealed = models.TextField(blank=True, editable=False)
    slots = models.PositiveSmallIntegerField(default=1)
    enabled = models.BooleanField(default=True)
    draining = models.BooleanField(default=False)

    is_up = models.BooleanField(default=False)
    failures = models.PositiveIntegerField(default=0)  # in a row
    open_until = models.DateTimeField(null=True, blank=True)  # the breaker: no task before
    problem = models.TextField(blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    loaded_checkpoint = models.CharField(max_length=255, blank=True)
    offers = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    max_side = models.PositiveIntegerField(default=2048)
    capabilities = models.JSONField(default=dict, blank=True)  # backends.base.Capabilities
    # An operator wishes the catalog to be read again: the next probe does it and says what came.
    read_asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    read_at = models.DateTimeField(null=True, blank=True, editable=False)
    read_result = models.JSONField(default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(db_default=models.functions.Now())

    objects = BackendQuerySet.as_manager()

    class Meta:
        verbose_name = _("backend")
        verbose_name_plural = _("backends")
        constraints = [
            models.CheckConstraint(condition=Q(slots__gte=1), name="backend_has_a_slot"),
        ]

    def __str__(self) -> str:
        return self.name


CONDEMNED = 0


class ClusterBeat(models.Model):
    """A django-q2 cluster that is alive: how many workers it has, and which process to end when
    it claims tasks that it never starts. ``workers`` CONDEMNED: it is to end itself."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=16)  # the queue it serves: "generation", "delivery"
    host = models.CharField(max_length=255)
    pid = models.IntegerField()
    workers = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField(db_default=models.functions.Now())
    beat_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        verbose_name = _("cluster")
        verbose_name_plural = _("clusters")

    def __str__(self) -> str:
        return f"{self.kind} {self.host}:{self.pid}"


class FairShare(models.Model):
    """Start-time fair queueing: how far each tenant has been served, in cost ÷ weight.

    The row without a tenant is the clock: the start tag of the task that was served last. A
    tenant who was idle begins at the clock, so that nobody saves up turns.
    """

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, null=True, related_name="+")
    finish = models.FloatField(default=0)

    class Meta:
        verbose_name = _("fair share")
        verbose_name_plural = _("fair shares")

    def __str__(self) -> str:
        return f"{self.tenant_id or 'clock'}: {self.finish:g}"
