"""Plan: limits and factors under one name, which tenants are put on."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

APPLIED = (
    "weight",
    "max_concurrent",
    "max_queued",
    "rate_per_minute",
    "max_side",
    "max_images",
    "price_percent",
)
"""Fields of a tenant that a plan sets."""


class Plan(models.Model):
    """Putting a tenant on a plan copies the values: what is agreed with one tenant may differ from
    its plan afterwards, and a changed plan changes nobody until it is applied again."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    weight = models.FloatField(
        _("weight"),
        default=1.0,
        help_text=_("Share of the backends, in relation to the other tenants."),
    )
    max_concurrent = models.PositiveIntegerField(
        _("tasks at once"), default=16, help_text=_("Tasks that may run at the same time.")
    )
    max_queued = models.PositiveIntegerField(
        _("unfinished tasks"), default=1000, help_text=_("Unfinished tasks; one more is refused.")
    )
    rate_per_minute = models.PositiveIntegerField(
        _("requests a minute"),
        default=0,
        help_text=_("Requests that create something; 0: no limit."),
    )
    max_side = models.PositiveIntegerField(
        _("longest side"),
        null=True,
        blank=True,
        help_text=_("Longest side in pixels; empty: no limit of its own."),
    )
    max_images = models.PositiveIntegerField(
        _("pictures of one task"),
        null=True,
        blank=True,
        help_text=_("Images of one task; empty: no limit of its own."),
    )
    price_percent = models.PositiveIntegerField(
        _("price, %"),
        default=100,
        help_text=_("Of the list price: 80 is a discount of a fifth."),
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(weight__gt=0), name="plan_weight_positive"),
        ]

    def __str__(self) -> str:
        return self.name
