from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant
from generation.models.task import Task, random_id
from generation.models.webhook import WebhookEndpoint


class DeliveryState(models.TextChoices):
    DUE = "due", _("due")
    SENDING = "sending", _("sending")
    DELIVERED = "delivered", _("delivered")
    GIVEN_UP = "given_up", _("given up")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def for_tenant(self, tenant_id: int) -> Self:
        return self.filter(tenant_id=tenant_id)

    def due(self, at: datetime) -> Self:
        return self.filter(state=DeliveryState.DUE, due_at__lte=at)

    def lapsed(self, at: datetime) -> Self:
        """Being sent on a lease that ran out: the sender died."""
        return self.filter(state=DeliveryState.SENDING, lease_until__lt=at)

    def send_again(self) -> int:
        """delivered or given up → due, from the first attempt, under the same id: somebody's wish,
        the one road past a recorded confirmation. How many."""
        ended = self.filter(state__in=(DeliveryState.DELIVERED, DeliveryState.GIVEN_UP))
        return ended.update(
            state=DeliveryState.DUE, due_at=models.functions.Now(), attempt=0, finished_at=None
        )

    def give_up(self, why: str) -> int:
        """due → given up, where nobody listens any more. How many."""
        return self.filter(state=DeliveryState.DUE).update(
            state=DeliveryState.GIVEN_UP, finished_at=models.functions.Now(), last_error=why
        )


class Delivery(models.Model):
    """One callback to one receiver. The body is rendered once, by the task's own dialect, so each
    attempt sends the same bytes. The id goes along as X-Callback-Id."""

    id = models.UUIDField(primary_key=True, default=random_id, editable=False)
    # No index of its own: those below begin with it.
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    # null: a test event, which is about no task
    task = models.ForeignKey(
        Task, on_delete=models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    dialect = models.CharField(max_length=16)  # whose ladder and acknowledgement
    # Of a webhook: its receiver, which also holds the secret; null for a task's own callback.
    endpoint = models.ForeignKey(
        WebhookEndpoint,
        on_delete=models.CASCADE,
        null=True,
        related_name="deliveries",
        db_index=False,
    )
    event = models.CharField(max_length=32, blank=True, db_default="")
    url = models.CharField(max_length=2048)
    body = models.JSONField(null=True)  # rendered by announce before the first attempt
    state = models.CharField(
        max_length=10, choices=DeliveryState.choices, default=DeliveryState.DUE
    )
    attempt = models.PositiveSmallIntegerField(default=0)  # requests sent so far
    due_at = models.DateTimeField(db_default=models.functions.Now())
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    cluster = models.UUIDField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    last_answer = models.TextField(blank=True)  # the first 2,000 characters
    last_error = models.CharField(max_length=255, blank=True)
    lateness_ms = models.IntegerField(null=True)  # of the last attempt: sent minus due
    created_at = models.DateTimeField(db_default=models.functions.Now())
    finished_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [
            models.Index(
                fields=["due_at"], name="delivery_due", condition=Q(state="due")
            ),  # callbacks.claim
            models.Index(
                fields=["lease_until"], name="delivery_sending", condition=Q(state="sending")
            ),
            models.Index(
                fields=["endpoint", "-created_at", "-id"],
                name="delivery_log",  # an endpoint's log
                condition=Q(endpoint__isnull=False),
            ),
            models.Index(
                fields=["tenant", "-created_at", "-id"],
                name="delivery_callbacks",  # a tenant's callbacks
                condition=Q(endpoint__isnull=True),
            ),
            models.Index(fields=["tenant"], name="delivery_of_tenant"),  # its deletion
            models.Index(fields=["-created_at"], name="delivery_newest"),  # the operators' list
            models.Index(
                fields=["-created_at"],
                name="delivery_given_up",  # the operators' list and dashboard
                condition=Q(state="given_up"),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "task", "event"],
                name="delivery_once_an_endpoint",  # a task ends once
                condition=Q(endpoint__isnull=False, event__startswith="task."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.url} ({self.state})"


class DeliveryAttempt(models.Model):
    """One request of a delivery and what came of it. ``status``: null where no answer came."""

    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, related_name="attempts", db_index=False
    )
    number = models.PositiveSmallIntegerField()  # from 1; begins again when it is sent again
    sent_at = models.DateTimeField(db_default=models.functions.Now())
    duration_ms = models.IntegerField(null=True)  # null: the sender died
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.TextField(blank=True)  # the first 2,000 characters
    error = models.CharField(max_length=255, blank=True)  # "": acknowledged

    class Meta:
        verbose_name = _("request of a delivery")
        verbose_name_plural = _("requests of deliveries")
        indexes = [models.Index(fields=["delivery", "-id"], name="delivery_attempt_log")]

    def __str__(self) -> str:
        return f"{self.delivery_id}: {self.number}"
