"""Redemption codes: made by operators, shown once, redeemed by organisations.

    EASEL-7K2M-…   16 letters of Crockford's base 32: 80 random bits, so one SHA-256 keeps a code

A code gives its amount to at most ``max_redemptions`` organisations, once each. The entry of the
books, the count and the redemption are one transaction under the code's row lock.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import ledger, limits
from accounts.actor import Actor
from accounts.errors import Forbidden, NotFound
from accounts.models import Redemption, RedemptionCode, User

PREFIX = "EASEL"
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 16
_MISREAD = str.maketrans("OIL", "011")
MOST_IN_A_BATCH = 1000
TRIES_A_MINUTE = 10


class CodeRefused(Forbidden):
    """A true code that gives nothing (any more)."""

    code = "code_refused"


@dataclass(frozen=True)
class Redeemed:
    """``amount``: millicredits, on the balance now."""

    amount: int
    balance: int


def make(
    number: int,
    amount: int,
    *,
    batch: str = "",
    valid_until: datetime | None = None,
    max_redemptions: int = 1,
    made_by: User | None = None,
) -> list[str]:
    """The codes, shown now or never. ``amount``: millicredits, each."""
    if not 1 <= number <= MOST_IN_A_BATCH or amount <= 0 or max_redemptions < 1:
        raise ValueError(f"{number} codes of {amount} for {max_redemptions}")
    codes = [_random() for _number in range(number)]
    RedemptionCode.objects.bulk_create(
        RedemptionCode(
            code_hash=_digest(normal(code)),
            hint=code[-4:],
            batch=batch,
            amount=amount,
            valid_until=valid_until,
            max_redemptions=max_redemptions,
            made_by=made_by,
        )
        for code in codes
    )
    return codes


def redeem(actor: Actor, typed: str) -> Redeemed:
    """NotFound: no such code. CodeRefused: used up, used by this organisation, over, withdrawn.
    RateLimited: too many tries. Forbidden: a viewer, or a program. All name the field ``code``."""
    if actor.key_id is not None or not actor.can("member"):
        raise Forbidden(_("your role may not redeem codes"), field="code")
    limits.check_tries(f"redeem:{actor.tenant_id}", TRIES_A_MINUTE)
    with transaction.atomic():
        found = RedemptionCode.objects.select_for_update().filter(code_hash=_digest(normal(typed)))
        code = found.first()
        if code is None:
            raise NotFound(_("this code is not known: look whether it is typed rightly"),
                           field="code")  # fmt: skip
        _check(actor, code)
        entry = ledger.gift(actor.tenant_id, code.amount, "code", f"…{code.hint}")
        Redemption.objects.create(
            code=code, tenant_id=actor.tenant_id, user_id=actor.user_id, entry=entry
        )
        RedemptionCode.objects.filter(pk=code.pk).update(redeemed=F("redeemed") + 1)
    return Redeemed(code.amount, ledger.balance(actor.tenant_id))


def withdraw(codes: list[int]) -> int:
    """Gives nothing from now on; how many were open."""
    return RedemptionCode.objects.filter(pk__in=codes, disabled_at=None).update(
        disabled_at=timezone.now()
    )


def normal(typed: str) -> str:
    """As it was made, whatever case, blanks, dashes and look-alikes were typed."""
    plain = "".join(letter for letter in typed.upper()[:200] if letter.isalnum())
    plain = plain.removeprefix(PREFIX) if len(plain) > _LENGTH else plain
    return plain.translate(_MISREAD)


def _check(actor: Actor, code: RedemptionCode) -> None:
    if Redemption.objects.filter(code=code, tenant_id=actor.tenant_id).exists():
        raise CodeRefused(_("your organisation has redeemed this code already"), field="code")
    if code.disabled_at is not None:
        raise CodeRefused(_("this code was withdrawn"), field="code")
    if code.valid_until is not None and code.valid_until <= timezone.now():
        raise CodeRefused(_("this code is no longer valid: its time is over"), field="code")
    if code.redeemed >= code.max_redemptions:
        raise CodeRefused(_("this code is used up"), field="code")


def _random() -> str:
    letters = "".join(secrets.choice(LETTERS) for _letter in range(_LENGTH))
    return "-".join([PREFIX, *(letters[start : start + 4] for start in range(0, _LENGTH, 4))])


def _digest(plain: str) -> str:
    return hashlib.sha256(plain.encode()).hexdigest()
