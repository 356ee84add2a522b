"""Mails of an installation without a mail server: kept for the operator to pass on.

Bounded: by days (``EASEL_HELD_MAIL_DAYS``), and by number, so that nobody fills the table by asking
for password resets.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from accounts.models import HeldMail
from accounts.sealing import seal

log = logging.getLogger(__name__)
MOST = 500


def is_sent() -> bool:
    """Whether mails leave this installation."""
    return bool(settings.EMAIL_HOST)


class HeldBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        now = timezone.now()
        ends = now + timedelta(days=settings.EASEL_HELD_MAIL_DAYS)
        HeldMail.objects.bulk_create(
            HeldMail(
                recipients=", ".join(mail.recipients())[:500],
                subject=str(mail.subject)[:300],
                body_sealed=seal(str(mail.body)),
                expires_at=ends,
            )
            for mail in email_messages
        )
        prune(now)
        return len(email_messages)


def deliver(message: EmailMessage) -> bool:
    """Sends it; False where the server does not take it: then it is kept for the operator, and the
    page that asked for it is answered as ever."""
    line = get_connection()
    message.connection = line
    try:
        message.send()
    except OSError as error:  # smtplib's errors are OSErrors too
        log.error("a mail was not sent: %s", error)
        HeldBackend().send_messages([message])
        return False
    finally:
        with suppress(OSError):  # Django leaves a line open on which the sign-in failed
            line.close()
    return True


def prune(at: datetime) -> int:
    """Drops what has expired, and the oldest beyond ``MOST``; returns how many."""
    gone = HeldMail.objects.filter(expires_at__lte=at).delete()[0]
    last = HeldMail.objects.order_by("-id").values_list("pk", flat=True)[MOST : MOST + 1].first()
    if last is not None:
        gone += HeldMail.objects.filter(pk__lte=last).delete()[0]
    return gone
