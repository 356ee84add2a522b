from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class Maintenance(models.Model):
    """While there is a row, nothing new is accepted, in any dialect (``submit`` looks in its own
    statement); what is queued goes on. At most one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    message = models.CharField(
        _("message"),
        max_length=300,
        blank=True,
        help_text=_("What callers are told. Empty: that new tasks are refused for the moment."),
    )
    since = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        verbose_name = _("maintenance")
        verbose_name_plural = _("maintenance")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="maintenance_is_one"),
        ]

    def __str__(self) -> str:
        return str(self.message)
