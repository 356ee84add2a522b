"""Over random histories, with repetitions: the books agree and each task is billed once."""

from __future__ import annotations

import uuid

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from accounts import ledger
from accounts.errors import InsufficientCredit
from accounts.models import Balance, Entry, Tenant

TASKS = [uuid.UUID(int=number) for number in range(1, 5)]
task_numbers = st.integers(0, len(TASKS) - 1)
prices = st.integers(0, 400)


class Books(RuleBasedStateMachine):
    """The ledger beside the plainest model of it: a number, and a state for each task."""

    def __init__(self) -> None:
        super().__init__()
        self.tenant = Tenant.objects.create(name="Books", slug=f"books-{uuid.uuid4().hex}")
        self.tasks = [uuid.uuid4() for _ in TASKS]
        self.left = 0
        self.reserved: dict[int, int] = {}
        self.billed: dict[int, int] = {}

    @rule(amount=st.integers(1, 1000))
    def grant(self, amount: int) -> None:
        self.left += amount
        assert ledger.grant(self.tenant.pk, amount) == self.left

    @rule(amount=st.integers(-500, 500))
    def adjust(self, amount: int) -> None:
        if self.left + amount < 0:
            with pytest.raises(InsufficientCredit):
                ledger.adjust(self.tenant.pk, amount, "")
        else:
            self.left += amount
            assert ledger.adjust(self.tenant.pk, amount, "") == self.left

    @rule(number=task_numbers, price=prices)
    def reserve(self, number: int, price: int) -> None:
        known = number in self.reserved
        if not known and (price > self.left or not Balance.objects.filter(tenant=self.tenant)):
            with pytest.raises(InsufficientCredit):
                ledger.reserve(self.tenant.pk, self.tasks[number], price)
            return
        assert ledger.reserve(self.tenant.pk, self.tasks[number], price) is not known
        if not known:
            self.reserved[number] = price
            self.left -= price

    @rule(number=task_numbers, part=st.floats(0, 1))
    def settle(self, number: int, part: float) -> None:
        reserved = self.reserved.get(number, 100)
        spent = int(reserved * part)
        self._close(number, spent, ledger.settle(self._id, self.tasks[number], reserved, spent))

    @rule(number=task_numbers, reason=st.sampled_from(["failed", "cancelled", "blocked"]))
    def refund(self, number: int, reason: str) -> None:
        reserved = self.reserved.get(number, 100)
        self._close(number, 0, ledger.refund(self._id, self.tasks[number], reserved, reason))

    @property
    def _id(self) -> int:
        return self.tenant.pk

    def _close(self, number: int, spent: int, closed: bool) -> None:
        assert closed is (number in self.reserved and number not in self.billed)
        if closed:
            self.billed[number] = spent
            self.left += self.reserved[number] - spent

    @invariant()
    def the_books_agree(self) -> None:
        total = Entry.objects.for_tenant(self.tenant).aggregate(total=Sum("amount"))["total"] or 0
        assert total == ledger.balance(self.tenant.pk) == self.left >= 0

    @invariant()
    def each_closed_task_is_billed_once(self) -> None:
        for number, spent in self.billed.items():
            billed = Entry.objects.of_task(self.tasks[number]).aggregate(total=Sum("amount"))
            assert billed["total"] == -spent


class TestBooks(Books.TestCase, TestCase):  # type: ignore[name-defined,misc]
    settings = settings(
        max_examples=25,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
