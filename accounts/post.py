"""Mails on their way to the mail server: claimed by short work, tried a bounded number of times.

    waiting ──claim_one──► leased ──► (the server took it: the row goes)
       ▲                      │           (refused for good, or the last try: held for the operator)
       └──── WAITS ◄──────────┘

At least once: a sender that dies leaves a lease that runs out, and another claim takes the row.
The attempt is counted by the claim, so a mail that kills its sender ends too.
"""

from __future__ import annotations

import logging
import smtplib
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from uuid import UUID

from django.core.mail import EmailMessage, get_connection
from django.db import connection, transaction
from django.utils import timezone

from accounts import mail
from accounts.models import OutgoingMail
from accounts.sealing import unseal

log = logging.getLogger(__name__)
SMTP = "django.core.mail.backends.smtp.EmailBackend"
# Seconds before the next try, after each. A server that asks to come back (greylisting) means
# some minutes; whoever waits for the mail asks the operator after half an hour.
WAITS = (10, 60, 300, 1200)
MOST_ATTEMPTS = 1 + len(WAITS)
AT_ONCE = 4  # connections to the one mail server, of all clusters together
LEASE_SECONDS = 120.0  # a dialogue of ten steps, EMAIL_TIMEOUT each, and some


@dataclass(frozen=True)
class Claimed:
    mail_id: UUID
    lease_token: UUID


def claim_one() -> Claimed | None:
    """The mail that has been due longest, or None."""
    token = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"token": token, "seconds": LEASE_SECONDS, "most": AT_ONCE})
        row = cursor.fetchone()
    return Claimed(row[0], token) if row else None


def run(mail_id: str, lease_token: str) -> Future[None]:
    """The entry point of a worker that was handed a claim; returns before the server answers."""
    return _threads().submit(_carry_out, UUID(mail_id), UUID(lease_token))


@cache
def _threads() -> ThreadPoolExecutor:
    """Made on first use: in the worker, after the fork."""
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="mail")


def _carry_out(mail_id: UUID, token: UUID) -> None:
    """In a thread; raises nothing."""
    try:
        send(mail_id, token)
    except Exception:  # the database is away: the lease runs out, and it is tried again
        log.exception("a mail was not sent")
    finally:
        connection.close()


def send(mail_id: UUID, token: UUID) -> bool:
    """One attempt; whether the server took it. Nothing where the claim is another's by now."""
    row = OutgoingMail.objects.filter(pk=mail_id, lease_token=token).first()
    if row is None:
        return False
    try:
        message = mail.unpacked(unseal(row.message_sealed))
    except ValueError:  # sealed under another key: nobody reads it any more
        log.error("a mail on its way cannot be read", extra={"mail": str(mail_id)})
        row.delete()
        return False
    if row.attempt > MOST_ATTEMPTS:
        _give_up(row, message, row.last_error or "its senders died")
        return False
    try:
        _hand_over(message)
    except (OSError, ValueError) as error:  # smtplib's errors are OSErrors; ValueError: an address
        _record(row, message, error)
        return False
    OutgoingMail.objects.filter(pk=mail_id, lease_token=token).delete()
    return True


def _hand_over(message: EmailMessage) -> None:
    line = get_connection(SMTP)
    message.connection = line
    try:
        message.send()
    finally:
        with suppress(OSError):  # Django leaves a line open on which the sign-in failed
            line.close()


def _record(row: OutgoingMail, message: EmailMessage, error: Exception) -> None:
    problem = f"{type(error).__name__}: {error}"[:300]
    log.warning("a mail was not sent: %s", problem, extra={"attempt": row.attempt})
    if row.attempt >= MOST_ATTEMPTS or _is_final(error):
        _give_up(row, message, problem)
        return
    wait = timedelta(seconds=WAITS[row.attempt - 1])
    OutgoingMail.objects.filter(pk=row.pk, lease_token=row.lease_token).update(
        due_at=timezone.now() + wait, last_error=problem, lease_token=None, lease_until=None
    )


@transaction.atomic
def _give_up(row: OutgoingMail, message: EmailMessage, problem: str) -> None:
    if OutgoingMail.objects.filter(pk=row.pk, lease_token=row.lease_token).delete()[0]:
        mail.hold([message], problem)
        log.error("a mail is kept for the operator: %s", problem)


def _is_final(error: Exception) -> bool:
    """The server knows no such mailbox, or the address is none: asking again changes nothing."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    return isinstance(error, ValueError)


_CLAIM = """
UPDATE accounts_outgoingmail
SET lease_token = %(token)s, attempt = attempt + 1,
    lease_until = statement_timestamp() + make_interval(secs => %(seconds)s)
WHERE id = (
    SELECT m.id FROM accounts_outgoingmail m
    WHERE m.due_at <= statement_timestamp()
      AND (m.lease_until IS NULL OR m.lease_until < statement_timestamp())
      AND (SELECT count(*) FROM accounts_outgoingmail live
           WHERE live.lease_until > statement_timestamp())
          < %(most)s
    ORDER BY m.due_at
    LIMIT 1
    FOR UPDATE OF m SKIP LOCKED
)
RETURNING id
"""
