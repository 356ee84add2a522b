from __future__ import annotations

from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant, User
from generation.models.task import random_id

RELEASED, BLOCKED = "image.released", "image.blocked"  # by an operator, after the task's end
EVENTS = ("task.done", "task.failed", "task.cancelled", RELEASED, BLOCKED)


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def for_tenant(self, tenant_id: int) -> Self:
        return self.filter(tenant_id=tenant_id)

    def enabled(self) -> Self:
        return self.filter(disabled_at=None)


class WebhookEndpoint(models.Model):
    """A receiver of a tenant's events (Standard Webhooks). Each event that it takes is a Delivery.

    Secrets are sealed, not hashed: signing needs them. After a rotation the previous one signs
    too, until ``previous_until``, so that the receiver can change over without a gap.
    """

    id = models.UUIDField(primary_key=True, default=random_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="webhooks")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    whole_tenant = models.BooleanField(
        default=False, help_text=_("Tasks of all members; else those of its owner alone.")
    )
    url = models.CharField(max_length=2048)
    description = models.CharField(max_length=200, blank=True)
    events = ArrayField(models.CharField(max_length=32), default=list, blank=True)  # empty: all
    secret_sealed = models.TextField(editable=False)
    previous_sealed = models.TextField(blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, editable=False)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=200, blank=True)
    failures = models.PositiveIntegerField(default=0, editable=False)  # requests in a row
    failing_since = models.DateTimeField(null=True, editable=False)
    last_success_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=models.functions.Now())

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(disabled_at__isnull=False),
                name="webhook_disabled",  # the operators' list
            )
        ]

    def __str__(self) -> str:
        return self.url

    def sealed_secrets(self, at: datetime) -> list[str]:
        """Those that sign at this moment, the newest first."""
        both = self.previous_until is not None and self.previous_until > at
        return [self.secret_sealed, self.previous_sealed] if both else [self.secret_sealed]
