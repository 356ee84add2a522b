from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID, uuid5

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from generation.models.task import Task, random_id
from generation.states import OutputState, Verdict


def id_of(task_id: UUID, index: int) -> UUID:
    """The id that a task's picture has, or will have: its address can be told before it is
    there. It opens nothing by itself: an address is signed."""
    return uuid5(task_id, str(index))


class OutputQuerySet(models.QuerySet["Output"]):
    def for_tenant(self, tenant_id: int) -> Self:
        return self.filter(task__tenant_id=tenant_id)

    def visible(self) -> Self:
        return self.filter(state=OutputState.VISIBLE)

    def shown(self) -> Self:
        """Not hidden by an undoable deletion."""
        return self.filter(hidden_at__isnull=True)

    def quarantined_until(self, at: datetime) -> Self:
        """Blocked pictures whose time in quarantine ended before ``at``."""
        return self.filter(state=OutputState.BLOCKED, quarantine_until__lt=at)

    def expired(self, at: datetime) -> Self:
        """Pictures whose month is over."""
        return self.filter(expires_at__lt=at).exclude(state=OutputState.DELETED)


class Output(models.Model):
    """What a task made. Files are keys in the default storage; sizes in pixels and bytes."""

    id = models.UUIDField(primary_key=True, default=random_id, editable=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="outputs")
    index = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, default="image")
    state = models.CharField(
        max_length=8, choices=[(s, s) for s in OutputState], default=OutputState.VISIBLE
    )
    file = models.CharField(max_length=255, blank=True)
    thumbnail = models.CharField(max_length=255, blank=True)  # 256 px WebP
    placeholder = models.TextField(blank=True)  # tiny data: URI shown blurred while loading
    format = models.CharField(max_length=8)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    seed = models.DecimalField(max_digits=20, decimal_places=0)  # up to 2**64 - 1
    infotext = models.TextField(blank=True)
    qr = models.JSONField(null=True)  # of a QR picture: content, is_art, attempts, strength, model
    verdict = models.CharField(max_length=8, choices=[(v, v) for v in Verdict])
    labels = models.JSONField(default=list)  # [{"name": str, "confidence": float | None}]
    created_at = models.DateTimeField(db_default=models.functions.Now())
    expires_at = models.DateTimeField()
    quarantine_until = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)  # deleted, and the undo may still come
    reviewed_at = models.DateTimeField(null=True)  # an operator decided about it

    objects = OutputQuerySet.as_manager()

    class Meta:
        verbose_name = _("output")
        verbose_name_plural = _("outputs")
        constraints = [
            models.UniqueConstraint(fields=["task", "index"], name="output_once"),
            models.CheckConstraint(
                condition=Q(state="blocked", quarantine_until__isnull=False) | ~Q(state="blocked"),
                name="output_quarantine_ends",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], name="output_expiry", condition=~Q(state="deleted")
            ),
            models.Index(
                fields=["quarantine_until"],
                name="output_quarantine",
                condition=Q(state="blocked"),
            ),
            models.Index(
                fields=["hidden_at"],
                name="output_hidden",  # deletion.purge_hidden
                condition=Q(hidden_at__isnull=False),
            ),
            models.Index(
                fields=["verdict", "task"],
                name="output_not_fine",  # history: what the check flagged or blocked
                condition=Q(verdict__in=("flag", "block")),
            ),
            models.Index(
                fields=["-created_at", "-id"],
                name="output_to_review",  # review: what no operator has decided about
                condition=Q(reviewed_at__isnull=True, verdict__in=("flag", "block"))
                & ~Q(state="deleted"),
            ),
        ]
        permissions = [("review_output", _("Can review blocked and flagged pictures"))]

    def __str__(self) -> str:
        return f"{self.kind} {self.index} of {self.task_id}"
