"""The books: what a tenant was given, what its tasks took, what came back.

Amounts are whole millicredits. Always: balance = sum of entries, and never below zero. A task's
money moves in the transaction that moves its state, so call these inside that transaction:

    reserve   takes the price from the balance
    settle    closes the reservation, once: what was not spent comes back
    refund    closes it with nothing spent

"Once" is a unique constraint (one ``settle`` entry a task), not a habit of the callers: whoever
comes second changes nothing and is told False. Locks are taken key first, balance last.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest

from accounts.errors import InsufficientCredit
from accounts.models import ApiKey, Balance, Entry, EntryKind

REMAINDER = "remainder"
"""Reason of the refund of what a finished task did not spend."""

MILLICREDITS = 1000
"""In one credit."""


def balance(tenant_id: int) -> int:
    """Millicredits left; 0 for a tenant that was never granted any."""
    return Balance.objects.filter(tenant_id=tenant_id).values_list("amount", flat=True).first() or 0


@transaction.atomic
def grant(tenant_id: int, amount: int, note: str = "") -> int:
    """Gives millicredits (more than 0); returns the new balance."""
    if amount <= 0:
        raise ValueError("a grant is more than nothing; see adjust")
    _book(tenant_id, EntryKind.GRANT, amount, note)
    return balance(tenant_id)


@transaction.atomic
def adjust(tenant_id: int, amount: int, note: str) -> int:
    """An operator's correction, either way; returns the new balance.

    InsufficientCredit when it would take more than there is.
    """
    if amount >= 0:
        _book(tenant_id, EntryKind.ADJUST, amount, note)
    elif _take(tenant_id, -amount):
        _write(tenant_id, EntryKind.ADJUST, amount, note)
    else:
        raise InsufficientCredit(balance=balance(tenant_id), price=-amount)
    return balance(tenant_id)


def open_books(tenant_id: int) -> bool:
    """A balance of nothing for a tenant that has none; False: it had one."""
    _row, made = Balance.objects.get_or_create(tenant_id=tenant_id, defaults={"amount": 0})
    return made


@transaction.atomic
def gift(tenant_id: int, amount: int, reason: str, note: str) -> Entry:
    """A grant that says by a stable word what it came from; its entry."""
    if amount <= 0:
        raise ValueError("a gift is more than nothing")
    entry = Entry.objects.create(
        tenant_id=tenant_id, kind=EntryKind.GRANT, amount=amount, reason=reason, note=note[:200]
    )
    _add(tenant_id, amount)
    return entry


def _write(tenant_id: int, kind: EntryKind, amount: int, note: str) -> None:
    Entry.objects.create(tenant_id=tenant_id, kind=kind, amount=amount, note=note[:200])


def _book(tenant_id: int, kind: EntryKind, amount: int, note: str) -> None:
    """One entry and the same onto the balance, whose row is made with the first."""
    _write(tenant_id, kind, amount, note)
    _add(tenant_id, amount)


def _add(tenant_id: int, amount: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_balance AS b (tenant_id, amount) VALUES (%s, %s)"
            " ON CONFLICT (tenant_id) DO UPDATE SET amount = b.amount + excluded.amount",
            [tenant_id, amount],
        )


def _take(tenant_id: int, amount: int) -> bool:
    return (
        Balance.objects.filter(tenant_id=tenant_id, amount__gte=amount).update(
            amount=F("amount") - amount
        )
        == 1
    )


def reserve(tenant_id: int, task_id: UUID, price: int, *, lineage: UUID | None = None) -> bool:
    """Takes the price for a task. False: this task has its reservation already.

    ``lineage``: of the key that asks; its budget, if it has one, is charged too. Raises
    InsufficientCredit (of the balance, or of the budget), and then nothing has changed.
    """
    if price < 0:
        raise ValueError("a price is never negative")
    with transaction.atomic():  # a savepoint: a refusal undoes the entry and the budget
        if not _write_once(tenant_id, EntryKind.RESERVE, -price, task_id, lineage):
            return False
        if lineage is not None:
            _charge_budget(lineage, price)
        if not _take(tenant_id, price):
            raise InsufficientCredit(balance=balance(tenant_id), price=price)
    return True


def _write_once(
    tenant_id: int, kind: EntryKind, amount: int, task_id: UUID, lineage: UUID | None
) -> bool:
    """Inserts an entry unless the task has one of this kind; waits for whoever is just doing so."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_entry (tenant_id, kind, amount, task, lineage)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [tenant_id, kind.value, amount, task_id, lineage],
        )
        return bool(cursor.rowcount == 1)


def _charge_budget(lineage: UUID, price: int) -> None:
    budgeted = ApiKey.objects.filter(lineage=lineage, revoked_at=None).exclude(budget=None)
    if budgeted.filter(budget__gte=F("spent") + price).update(spent=F("spent") + price):
        return
    left = budgeted.values_list(F("budget") - F("spent"), flat=True).first()
    if left is not None:
        raise InsufficientCredit(balance=left, price=price)


_CLOSE = """
WITH held AS (
    SELECT tenant_id, task, lineage FROM accounts_entry
    WHERE task = %(task)s AND kind = 'reserve'
      AND tenant_id = %(tenant)s AND amount = -%(reserved)s
), closed AS (
    INSERT INTO accounts_entry (tenant_id, kind, amount, task, lineage, reason)
    SELECT tenant_id, 'settle', 0, task, lineage, %(reason)s FROM held
    ON CONFLICT (task) WHERE kind = 'settle' DO NOTHING
    RETURNING tenant_id, task, lineage
), returned AS (
    INSERT INTO accounts_entry (tenant_id, kind, amount, task, lineage, reason)
    SELECT tenant_id, 'refund', %(back)s, task, lineage, %(reason)s FROM closed
    WHERE %(back)s > 0
)
SELECT lineage FROM closed
"""


def settle(
    tenant_id: int, task_id: UUID, reserved: int, spent: int, reason: str = REMAINDER
) -> bool:
    """Closes a task's reservation; ``reserved - spent`` comes back as one refund entry.

    False, and nothing changes, when it is closed already or was never made (of this amount, by
    this tenant). ``reason``: a stable word of up to 32 letters.
    """
    if not 0 <= spent <= reserved:
        raise ValueError(f"spent {spent} of {reserved} reserved")
    back = reserved - spent
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                _CLOSE,
                {
                    "tenant": tenant_id,
                    "task": task_id,
                    "reserved": reserved,
                    "back": back,
                    "reason": reason if back else "",
                },
            )
            row = cursor.fetchone()
        if row is None:
            return False
        if back:
            _give_back(tenant_id, row[0], back)
    return True


def refund(tenant_id: int, task_id: UUID, reserved: int, reason: str) -> bool:
    """Closes a reservation with nothing spent: the task failed, was cancelled, was blocked."""
    return settle(tenant_id, task_id, reserved, 0, reason)


def _give_back(tenant_id: int, lineage: UUID | None, amount: int) -> None:
    if lineage is not None:
        # The budget may be younger than the reservation: never below zero.
        ApiKey.objects.filter(lineage=lineage, revoked_at=None).exclude(budget=None).update(
            spent=Greatest(F("spent") - amount, 0)
        )
    Balance.objects.filter(tenant_id=tenant_id).update(amount=F("amount") + amount)


def differences() -> list[tuple[int, int, int]]:
    """(tenant id, balance, sum of entries) of each tenant whose books do not agree: none, ever."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.id, coalesce(b.amount, 0), coalesce(e.total, 0)::bigint"
            " FROM accounts_tenant t"
            " LEFT JOIN accounts_balance b ON b.tenant_id = t.id"
            " LEFT JOIN (SELECT tenant_id, sum(amount) AS total FROM accounts_entry"
            "            GROUP BY tenant_id) e ON e.tenant_id = t.id"
            " WHERE coalesce(b.amount, 0) <> coalesce(e.total, 0) ORDER BY t.id"
        )
        return [(row[0], row[1], row[2]) for row in cursor.fetchall()]


@transaction.atomic
def review(tenant_id: int, task_id: UUID, amount: int, note: str = "") -> bool:
    """What an operator's decision about a picture changes: negative, a picture that was blocked is
    delivered after all; positive, one that was delivered is taken back. False, and nothing
    changes, where the balance does not cover it."""
    lineage = Entry.objects.of_task(task_id).filter(kind=EntryKind.RESERVE)
    of_key = lineage.values_list("lineage", flat=True).first()
    if amount > 0:
        _give_back(tenant_id, of_key, amount)
    elif not _take(tenant_id, -amount):
        return False
    elif of_key is not None:
        budgeted = ApiKey.objects.filter(lineage=of_key, revoked_at=None).exclude(budget=None)
        budgeted.update(spent=F("spent") - amount)
    Entry.objects.create(
        tenant_id=tenant_id,
        kind=EntryKind.REVIEW,
        amount=amount,
        task=task_id,
        lineage=of_key,
        note=note[:200],
    )
    return True
