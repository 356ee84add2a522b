"""DeletionRequest: a person or an organisation that is to be deleted on a day."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from accounts.models.tenant import Tenant


class DeletionRequestQuerySet(models.QuerySet["DeletionRequest"]):
    def due(self, at: datetime) -> Self:
        return self.filter(due_at__lte=at)


class DeletionRequest(models.Model):
    """Of an account (``user``) or of an organisation (``tenant``). Until ``due_at`` it may be
    taken back, by deleting the row; from then on the reaper carries it out, and the row goes with
    what it names."""

    user = models.OneToOneField(
        User, models.CASCADE, null=True, related_name="deletion_request", db_index=False
    )
    tenant = models.OneToOneField(
        Tenant, models.CASCADE, null=True, related_name="deletion_request", db_index=False
    )
    requested_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    due_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = DeletionRequestQuerySet.as_manager()

    class Meta:
        ordering = ["due_at"]
        verbose_name = _("deletion request")
        verbose_name_plural = _("deletion requests")
        constraints = [
            models.CheckConstraint(
                condition=Q(user=None, tenant__isnull=False) | Q(user__isnull=False, tenant=None),
                name="deletion_request_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id or ''}/{self.tenant_id or ''}"
