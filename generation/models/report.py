from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant, User
from generation.models.output import Output
from generation.models.task import random_id


class Category(models.TextChoices):
    MINORS = "minors", _("Minors in a sexual context")
    SEXUAL = "sexual", _("Nudity or sexual content")
    VIOLENCE = "violence", _("Violence or gore")
    HATE = "hate", _("Hate or harassment")
    LIKENESS = "likeness", _("A real person, without consent")
    RIGHTS = "rights", _("Copyright or trademark")
    OTHER = "other", _("Something else")


class ReportState(models.TextChoices):
    OPEN = "open", _("open")
    UPHELD = "upheld", _("upheld")  # the picture was blocked
    REJECTED = "rejected", _("rejected")  # it stays


class AppealState(models.TextChoices):
    OPEN = "open", _("open")
    GRANTED = "granted", _("granted")  # the picture may be seen
    DENIED = "denied", _("denied")


class ReportQuerySet(models.QuerySet["Report"]):
    def open(self) -> Self:
        return self.filter(state=ReportState.OPEN)


class Report(models.Model):
    """Somebody says that a picture must not be shown. One a picture and reporter: a second one
    replaces the words of the first while that is open. ``reporter`` names who it was:
    ``user:<id>``, or ``address:<hash>`` for somebody who did not sign in."""

    id = models.UUIDField(primary_key=True, default=random_id, editable=False)
    output = models.ForeignKey(Output, on_delete=models.CASCADE, related_name="reports")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")  # the picture's
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    reporter = models.CharField(max_length=64)
    category = models.CharField(_("category"), max_length=10, choices=Category)
    text = models.CharField(_("what is wrong"), max_length=2000, blank=True)
    times = models.PositiveIntegerField(_("times"), default=1)
    state = models.CharField(
        _("state"), max_length=8, choices=ReportState, default=ReportState.OPEN
    )
    answer = models.CharField(_("answer"), max_length=1000, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=models.functions.Now())

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("abuse report")
        verbose_name_plural = _("abuse reports")
        constraints = [
            models.UniqueConstraint(fields=["output", "reporter"], name="report_once_a_reporter"),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True)
                | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="report_decided_iff_closed",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="report_newest"),
            models.Index(fields=["state", "-created_at"], name="report_of_state"),
            models.Index(fields=["created_at"], name="report_open", condition=Q(state="open")),
            models.Index(fields=["reporter"], name="report_open_of", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()}: {self.output_id}"


class AppealQuerySet(models.QuerySet["Appeal"]):
    def open(self) -> Self:
        return self.filter(state=AppealState.OPEN)


class Appeal(models.Model):
    """Who made a blocked picture asks for a person to look at it. One a picture; the answer is
    final."""

    output = models.OneToOneField(
        Output, on_delete=models.CASCADE, primary_key=True, related_name="appeal"
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.CharField(_("why it should be shown"), max_length=2000, blank=True)
    state = models.CharField(
        _("state"), max_length=8, choices=AppealState, default=AppealState.OPEN
    )
    answer = models.CharField(_("answer"), max_length=1000, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=models.functions.Now())

    objects = AppealQuerySet.as_manager()

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True)
                | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="appeal_decided_iff_closed",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="appeal_newest"),
            models.Index(fields=["state", "-created_at"], name="appeal_of_state"),
            models.Index(fields=["created_at"], name="appeal_open", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"appeal for {self.output_id}"
