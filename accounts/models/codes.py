"""RedemptionCode and Redemption: credit that an operator gives away as a line of text."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.books import Entry
from accounts.models.people import User
from accounts.models.tenant import Tenant


class RedemptionCodeQuerySet(models.QuerySet["RedemptionCode"]):
    def open(self, at: datetime) -> Self:
        """Those that somebody may still redeem."""
        return self.filter(disabled_at=None, redeemed__lt=F("max_redemptions")).filter(
            Q(valid_until=None) | Q(valid_until__gt=at)
        )


class RedemptionCode(models.Model):
    """A code that gives a tenant credit, once. The code itself (80 random bits) is kept nowhere:
    one SHA-256 recognises it, and ``hint`` (its last four letters) tells it from its neighbours.

    Written by ``accounts.redemption`` only.
    """

    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(_("ends in"), max_length=4, editable=False)
    batch = models.CharField(_("batch"), max_length=100, blank=True, db_index=True)
    amount = models.BigIntegerField(_("amount"), help_text=_("Millicredits."))
    max_redemptions = models.PositiveIntegerField(
        _("redemptions allowed"), default=1, help_text=_("By different organisations.")
    )
    redeemed = models.PositiveIntegerField(_("redeemed"), default=0, editable=False)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    disabled_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    made_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = RedemptionCodeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("redemption code")
        verbose_name_plural = _("redemption codes")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="redemption_code_gives"),
            models.CheckConstraint(
                condition=Q(redeemed__lte=F("max_redemptions")), name="redemption_code_not_over"
            ),
            models.CheckConstraint(
                condition=Q(code_hash__regex=r"^[0-9a-f]{64}$"), name="redemption_code_is_hashed"
            ),
        ]

    def __str__(self) -> str:
        return f"…{self.hint}"


class Redemption(models.Model):
    """One tenant redeemed one code: with the entry of the books in one transaction."""

    code = models.ForeignKey(RedemptionCode, models.PROTECT, related_name="redemptions")
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    entry = models.OneToOneField(Entry, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")
        constraints = [
            models.UniqueConstraint(fields=["code", "tenant"], name="redemption_once_a_tenant")
        ]

    def __str__(self) -> str:
        return f"{self.code_id} by {self.tenant_id}"
