"""HeldMail: a mail that this installation could not send, kept for its operator to pass on."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.sealing import unseal


class HeldMailQuerySet(models.QuerySet["HeldMail"]):
    def live(self, at: datetime) -> Self:
        return self.filter(expires_at__gt=at)


class HeldMail(models.Model):
    """The text holds links that open accounts, so it is sealed, and it expires."""

    recipients = models.CharField(max_length=500)
    subject = models.CharField(max_length=300, blank=True)
    body_sealed = models.TextField(editable=False)
    # Why the mail server did not take it; empty where there is no mail server.
    problem = models.CharField(max_length=300, blank=True)
    expires_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = HeldMailQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("mail to pass on")
        verbose_name_plural = _("mails to pass on")

    def __str__(self) -> str:
        return f"{self.recipients}: {self.subject}"

    @property
    def body(self) -> str:
        return unseal(self.body_sealed)
