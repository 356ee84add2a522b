"""TrailEntry: what operators did, and looked at. Written by ``accounts.trail`` only."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Deed(models.TextChoices):
    LOOKED = "looked", _("looked at a blocked picture")
    ALLOWED = "allowed", _("allowed a picture")
    BLOCKED = "blocked", _("blocked a picture")
    REPORT_UPHELD = "upheld", _("upheld a report")
    REPORT_REJECTED = "rejected", _("rejected a report")
    APPEAL_GRANTED = "granted", _("granted an appeal")
    APPEAL_DENIED = "denied", _("denied an appeal")
    CREDITED = "credited", _("changed credits")
    SWITCHED = "switched", _("switched")
    TASKS = "tasks", _("changed a task")
    ACTED_AS = "acted_as", _("began to act as somebody")
    REQUESTED = "requested", _("did something as somebody")
    ENDED = "ended", _("stopped acting as somebody")


class TrailEntryQuerySet(models.QuerySet["TrailEntry"]):
    def about(self, kind: str, object_id: object) -> Self:
        return self.filter(kind=kind, object_id=str(object_id))


class TrailEntry(models.Model):
    """One deed of one operator. Append-only: a trigger refuses UPDATE and DELETE.

    No foreign keys: the trail outlives what it is about. Of the person acted as it keeps the
    number alone, so that a deleted account leaves no name here.
    """

    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)
    operator_id = models.BigIntegerField(_("operator"), null=True)
    operator = models.CharField(_("who"), max_length=254)  # e-mail, as it was
    acted_as = models.BigIntegerField(_("acting as user"), null=True)
    deed = models.CharField(_("what"), max_length=12, choices=Deed)
    kind = models.CharField(_("about"), max_length=64, blank=True)  # "generation.output"
    object_id = models.CharField(_("id"), max_length=64, blank=True)
    label = models.CharField(_("name"), max_length=255, blank=True)
    tenant_id = models.BigIntegerField(_("tenant"), null=True)
    reason = models.CharField(_("why"), max_length=1000, blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    address = models.CharField(_("address"), max_length=64, blank=True)
    request_id = models.CharField(_("request id"), max_length=64, blank=True)

    objects = TrailEntryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        verbose_name = _("operators' log entry")
        verbose_name_plural = _("operators' log")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["kind", "object_id", "-id"], name="trail_about"),
            models.Index(fields=["operator", "-id"], name="trail_of_operator"),
            models.Index(
                fields=["acted_as", "-id"],
                name="trail_acted_as",
                condition=models.Q(acted_as__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator}: {self.deed} {self.label}"
