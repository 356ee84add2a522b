from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant


class AuditThresholds(models.Model):
    """From which confidence (0 to 1; above 1: never) a tenant's pictures are flagged and blocked.
    A tenant without a row has the defaults of ``audit.base.AuditPolicy``."""

    tenant = models.OneToOneField(
        Tenant, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    flag_at = models.FloatField(_("flagged from"), default=0.6, validators=[MinValueValidator(0)])
    block_at = models.FloatField(_("blocked from"), default=0.85, validators=[MinValueValidator(0)])

    class Meta:
        verbose_name = _("audit thresholds")
        verbose_name_plural = _("audit thresholds")
        constraints = [
            models.CheckConstraint(
                condition=Q(flag_at__gte=0, block_at__gte=F("flag_at")),
                name="audit_thresholds_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.flag_at} / {self.block_at}"
