from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant, User


class UsageQuarter(models.Model):
    """What the books say about a quarter of an hour that is over, added up: a year of them is read
    in milliseconds where a million entries are not. Written by ``generation.usage.roll_up``; the
    books stay the truth. A quarter of an hour divides the days of every time zone."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    lineage = models.UUIDField(_("key lineage"), null=True)
    model = models.CharField(max_length=255, blank=True)
    tasks = models.IntegerField()
    images = models.IntegerField()
    spent = models.BigIntegerField(help_text=_("Millicredits."))

    class Meta:
        verbose_name = _("usage")
        verbose_name_plural = _("usage")
        indexes = [
            models.Index(fields=["tenant", "at"], name="usage_quarter_of_tenant"),
            models.Index(fields=["at"], name="usage_quarter_at"),  # to add one up again
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.at:%Y-%m-%d %H:%M}"


class UsageMark(models.Model):
    """One row: what came before ``until`` has been added up."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    until = models.DateTimeField()

    class Meta:
        verbose_name = _("usage mark")
        verbose_name_plural = _("usage marks")

    def __str__(self) -> str:
        return f"{self.until:%Y-%m-%d %H:%M}"
