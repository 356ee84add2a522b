"""OutgoingMail: a mail on its way to the mail server; the row is the queue."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class OutgoingMail(models.Model):
    """Written with whatever it tells of, sent by short work, deleted once the server took it. One
    that the server never takes becomes a HeldMail (``accounts.post``)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipients = models.CharField(max_length=500)
    subject = models.CharField(max_length=300, blank=True)
    message_sealed = models.TextField(editable=False)  # its links open accounts
    attempt = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField(default=timezone.now)
    lease_token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("mail on its way")
        verbose_name_plural = _("mails on their way")

    def __str__(self) -> str:
        return f"{self.recipients}: {self.subject}"
