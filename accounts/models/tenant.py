"""Tenant: an organisation, and what the operator allows it."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.fields import validate_time_zone


class PreviewPolicy(models.TextChoices):
    """What happens to a preview before it is shown."""

    AUDIT = "audit", _("audited like an output")
    BLUR = "blur", _("always blurred")
    OFF = "off", _("no previews")


class TenantQuerySet(models.QuerySet["Tenant"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def of_user(self, user_id: int) -> Self:
        """The tenants that the user is a member of."""
        return self.filter(memberships__user_id=user_id)


class Tenant(models.Model):
    """An organisation: it owns every row, file, key and credit below it."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=60, unique=True)
    is_active = models.BooleanField(
        default=True, help_text=_("Off: nobody acts for this tenant any more.")
    )
    plan = models.ForeignKey(
        "accounts.Plan", models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    weight = models.FloatField(
        default=1.0, help_text=_("Share of the backends, in relation to the other tenants.")
    )
    max_concurrent = models.PositiveIntegerField(
        default=16, help_text=_("Tasks that may run at the same time.")
    )
    max_queued = models.PositiveIntegerField(
        default=1000, help_text=_("Unfinished tasks; one more is refused.")
    )
    rate_per_minute = models.PositiveIntegerField(
        default=0, help_text=_("Requests that create something; 0: no limit.")
    )
    max_side = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Longest side in pixels; empty: no limit of its own.")
    )
    max_images = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Images of one task; empty: no limit of its own.")
    )
    price_percent = models.PositiveIntegerField(
        default=100, help_text=_("Of the list price: 80 is a discount of a fifth.")
    )
    default_checkpoint = models.CharField(max_length=255, blank=True)
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        validators=[validate_time_zone],
        help_text=_("Empty: the installation's."),
    )
    visible_mark = models.BooleanField(
        default=False, help_text=_("Stamp outputs as made by AI, visibly.")
    )
    preview_policy = models.CharField(
        max_length=8, choices=PreviewPolicy, default=PreviewPolicy.AUDIT
    )
    allows_adult = models.BooleanField(
        default=True,
        help_text=_("Off: models that are marked as adult content do not exist for this tenant."),
    )
    strict = models.BooleanField(default=False, help_text=_("No value is coerced: it is refused."))
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    """Deleted on that day: only the number is left, which its books are kept under."""

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        indexes = [
            models.Index(OpClass(Upper("name"), "text_pattern_ops"), name="tenant_name_begins"),
            models.Index(fields=["slug"], condition=Q(is_active=False), name="tenant_inactive"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(weight__gt=0), name="tenant_weight_positive"),
            models.CheckConstraint(
                condition=Q(preview_policy__in=PreviewPolicy.values), name="tenant_preview_policy"
            ),
        ]

    def __str__(self) -> str:
        return self.name
