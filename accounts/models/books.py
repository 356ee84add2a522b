"""Balance and Entry: a tenant's books. Amounts are whole millicredits (1 credit = 1000).

Written by ``accounts.ledger`` only; a trigger (migration 0002) refuses to change or delete entries.
"""

from __future__ import annotations

import uuid
from typing import Self

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.tenant import Tenant


class Balance(models.Model):
    """What a tenant has left: always the sum of its entries, never below zero."""

    tenant = models.OneToOneField(
        Tenant, models.CASCADE, primary_key=True, related_name="balance", db_index=False
    )
    amount = models.BigIntegerField(db_default=0, help_text=_("Millicredits."))
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="balance_never_negative")
        ]

    def __str__(self) -> str:
        return f"{self.amount / 1000:g}"


class EntryKind(models.TextChoices):
    GRANT = "grant", _("grant")
    RESERVE = "reserve", _("reservation")
    SETTLE = "settle", _("settlement")
    REFUND = "refund", _("refund")
    ADJUST = "adjust", _("adjustment")
    REVIEW = "review", _("review")


class EntryQuerySet(models.QuerySet["Entry"]):
    def for_tenant(self, tenant: Tenant | int) -> Self:
        return self.filter(tenant=tenant)

    def of_task(self, task_id: uuid.UUID) -> Self:
        return self.filter(task=task_id)


class Entry(models.Model):
    """One line of a tenant's books. Append-only: a trigger refuses UPDATE and DELETE.

    A task's money: ``reserve`` takes the price at submit; ``settle`` (amount 0, its unique
    constraint is the "exactly once") closes the reservation; what was not spent comes back in the
    same statement as one ``refund``. ``review``: an operator allowed a picture that was blocked
    (taken), or blocked one that was delivered (given back).
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="entries", db_index=False)
    kind = models.CharField(max_length=8, choices=EntryKind)
    amount = models.BigIntegerField(help_text=_("Millicredits; negative: taken."))
    task = models.UUIDField(null=True, blank=True)
    """The task's id. No foreign key: the books outlive a deleted task."""
    lineage = models.UUIDField(null=True, blank=True)
    """The key (by lineage) that spent it; null for a person in the browser."""
    reason = models.CharField(max_length=32, blank=True, db_default="")
    """Of a refund, a stable word: remainder, failed, cancelled, blocked, …"""
    note = models.CharField(max_length=200, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = _("entries")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=EntryKind.GRANT, amount__gt=0, task=None)
                | Q(kind=EntryKind.ADJUST, task=None)
                | Q(kind=EntryKind.RESERVE, amount__lte=0, task__isnull=False)
                | Q(kind=EntryKind.SETTLE, amount=0, task__isnull=False)
                | Q(kind=EntryKind.REFUND, amount__gt=0, task__isnull=False)
                | Q(kind=EntryKind.REVIEW, task__isnull=False),
                name="entry_amount_fits_kind",
            ),
            models.UniqueConstraint(
                fields=["task"], condition=Q(kind=EntryKind.RESERVE), name="entry_one_reserve"
            ),
            models.UniqueConstraint(
                fields=["task"], condition=Q(kind=EntryKind.SETTLE), name="entry_one_settle"
            ),
            models.UniqueConstraint(
                fields=["task", "reason"],
                condition=Q(kind=EntryKind.REFUND),
                name="entry_one_refund_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-id"], name="entry_statement"),
            models.Index(fields=["task"], condition=Q(task__isnull=False), name="entry_of_task"),
            models.Index(
                fields=["-id"],
                condition=Q(kind__in=("grant", "adjust", "review")),
                name="entry_by_hand",  # what operators did to the books
            ),
            # Appended in the order of time: ranges of pages say which minutes they hold, and
            # writing costs next to nothing (generation.usage, the last quarter of an hour).
            BrinIndex(
                fields=["created_at"], autosummarize=True, pages_per_range=32, name="entry_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount / 1000:+g}"
