"""Mails leave the request as rows: for the mail server, or, where there is none, for the operator
to pass on. No page waits for a mail server.

Held mails are bounded: by days (``EASEL_HELD_MAIL_DAYS``), and by number, so that nobody fills the
table by asking for password resets.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import make_msgid

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from accounts.models import HeldMail, OutgoingMail
from accounts.sealing import seal

MOST = 500  # held
MOST_OUTGOING = 2000  # a mail server that was away for an hour in a busy installation
_ID_DOMAIN = "easel"  # of Message-ID: the host's own name would tell of the machine


def is_sent() -> bool:
    """Whether mails leave this installation."""
    return bool(settings.EMAIL_HOST)


class QueuedBackend(BaseEmailBackend):
    """Rows for ``accounts.post``; where too many wait already, for the operator."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        if OutgoingMail.objects.count() + len(email_messages) > MOST_OUTGOING:
            return hold(email_messages, "too many mails wait for the mail server")
        OutgoingMail.objects.bulk_create(
            OutgoingMail(
                recipients=", ".join(message.recipients())[:500],
                subject=str(message.subject)[:300],
                message_sealed=seal(_packed(message)),
            )
            for message in email_messages
        )
        return len(email_messages)


class HeldBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        return hold(email_messages)


def hold(messages: Sequence[EmailMessage], problem: str = "") -> int:
    """Keeps them for the operator; ``problem``: why the mail server did not take them."""
    now = timezone.now()
    ends = now + timedelta(days=settings.EASEL_HELD_MAIL_DAYS)
    HeldMail.objects.bulk_create(
        HeldMail(
            recipients=", ".join(message.recipients())[:500],
            subject=str(message.subject)[:300],
            body_sealed=seal(str(message.body)),
            problem=problem[:300],
            expires_at=ends,
        )
        for message in messages
    )
    prune(now)
    return len(messages)


def prune(at: datetime) -> int:
    """Drops what has expired, and the oldest beyond ``MOST``; returns how many."""
    gone = HeldMail.objects.filter(expires_at__lte=at).delete()[0]
    last = HeldMail.objects.order_by("-id").values_list("pk", flat=True)[MOST : MOST + 1].first()
    if last is not None:
        gone += HeldMail.objects.filter(pk__lte=last).delete()[0]
    return gone


def _packed(message: EmailMessage) -> str:
    """The Message-ID is made here, once: a mail that was sent twice, because its sender died
    between the server's yes and the row, is known as one."""
    if message.attachments:
        raise ValueError("mails with attachments are not queued")
    headers = {"Message-ID": make_msgid(domain=_ID_DOMAIN)} | dict(message.extra_headers)
    return json.dumps(
        {
            "subject": str(message.subject),
            "body": str(message.body),
            "from_email": message.from_email,
            "to": list(message.to),
            "cc": list(message.cc),
            "bcc": list(message.bcc),
            "reply_to": list(message.reply_to),
            "headers": headers,
            "alternatives": [[each[0], each[1]] for each in getattr(message, "alternatives", ())],
        }
    )


def unpacked(text: str) -> EmailMessage:
    return EmailMultiAlternatives(**json.loads(text))
