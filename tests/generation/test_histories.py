"""Random histories of one tenant's tasks, through the product's own verbs: the books agree after
every step, each task is billed once, and states move only as ``MOVES`` allows."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Sum
from django.test import override_settings
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from accounts import ledger, verified
from accounts.models import Entry, Role
from catalog import access as catalog
from catalog.models import Checkpoint
from generation import deletion, needs, reaper, worker
from generation.cancel import cancel
from generation.errors import BackendBusy, BackendError, EaselError, InsufficientCredit, NotFound
from generation.finish import finish
from generation.models import Backend, FairShare, Output, Task
from generation.request import ImageRequest
from generation.scheduling import claim, leases
from generation.states import FINAL, MOVES, OutputState, TaskState, Verdict
from generation.submit import Order, submit
from tests.generation.keeping import MEMORY
from tests.generation.scheduling.queueing import a_backend, a_cluster
from tests.people import CREDIT, open_tenant, settle_in

MODEL = "model.safetensors"
pick = st.integers(0, 100)


class Road(RuleBasedStateMachine):
    """``self.seen``: the last state of each task, ``self.spent``: what each ended task cost."""

    def __init__(self) -> None:
        super().__init__()
        for model in (Task, Backend, FairShare):  # one example's tasks are not the next one's
            model.objects.all().delete()
        catalog.invalidate()
        verified.memory.clear()
        FairShare.objects.create(tenant=None)
        self.who = settle_in(open_tenant(f"t{uuid.uuid4().hex}"), uuid.uuid4().hex, Role.OWNER)
        self.tenant = self.who.tenant.pk
        ledger.adjust(self.tenant, 2500 - CREDIT, "little, so that it runs out")
        features = ["txt2img", needs.word("checkpoint", MODEL), needs.word("side", "512")]
        self.backend = a_backend(uuid.uuid4().hex, offers=features, slots=3)
        Checkpoint.objects.get_or_create(name=MODEL, defaults={"present": True, "online": True})
        catalog.invalidate()
        self.cluster = a_cluster()
        self.seen: dict[uuid.UUID, TaskState] = {}
        self.spent: dict[uuid.UUID, int] = {}

    def some(self, number: int, *states: TaskState) -> Task | None:
        found = list(Task.objects.filter(tenant=self.tenant, state__in=states).order_by("pk"))
        return found[number % len(found)] if found else None

    @initialize(sizes=st.lists(st.integers(1, 2), min_size=2, max_size=4))
    def begin(self, sizes: list[int]) -> None:
        for images in sizes:
            self.submit(images)
        self.claim_and_start()

    @rule(images=st.integers(1, 4))
    def submit(self, images: int) -> None:
        request = ImageRequest(prompt="x", checkpoint=MODEL, steps=4, n_iter=images)
        before = ledger.balance(self.tenant)
        try:
            receipt = submit(Order(actor=self.who.actor, request=request, dialect="native"))
        except InsufficientCredit as error:
            assert error.price > before == ledger.balance(self.tenant)
        else:
            assert ledger.balance(self.tenant) == before - receipt.price >= 0

    @rule()
    def claim(self) -> None:
        claim.claim_one(self.cluster, start_seconds=2.0)

    @rule(number=pick)
    def start(self, number: int) -> None:
        if task := self.some(number, TaskState.CLAIMED):
            assert leases.start(task.pk, task.lease_token, 5.0)  # type: ignore[arg-type]

    @rule()
    def claim_and_start(self) -> None:
        if found := claim.claim_one(self.cluster, start_seconds=2.0):
            assert leases.start(found.task_id, found.lease_token, 5.0)

    @rule(number=pick, blocked=st.integers(0, 4))
    def deliver(self, number: int, blocked: int) -> None:
        if task := self.some(number, TaskState.RUNNING):
            outputs = [an_output(task, index, index < blocked) for index in range(task.images)]
            how: dict[str, Any] = {"token": task.lease_token, "sources": [TaskState.RUNNING]}
            assert finish(task, TaskState.DONE, outputs=outputs, **how)
            assert not finish(task, TaskState.DONE, **how)

    @rule(number=pick, permanent=st.booleans(), began=st.booleans())
    def fault(self, number: int, permanent: bool, began: bool) -> None:
        if task := self.some(number, TaskState.RUNNING):
            error: EaselError = BackendError("x") if began else BackendBusy("x")
            error.permanent = permanent
            worker._failed(task, task.lease_token, error, began=began)  # type: ignore[arg-type]

    @rule(number=pick)
    def cancel(self, number: int) -> None:
        if task := self.some(number, *TaskState):
            assert cancel(self.who.actor, task.pk) is (task.state not in FINAL)

    @rule(number=pick)
    def notice(self, number: int) -> None:
        """The worker's heart hears of a cancellation."""
        task = self.some(number, TaskState.RUNNING)
        if task and task.cancel_requested_at:
            how: dict[str, Any] = {"token": task.lease_token, "sources": [TaskState.RUNNING]}
            assert finish(task, TaskState.CANCELLED, **how)

    @rule(number=pick)
    def die(self, number: int) -> None:
        if task := self.some(number, TaskState.RUNNING, TaskState.CLAIMED):
            past = timezone.now() - timedelta(minutes=1)
            Task.objects.filter(pk=task.pk).update(lease_until=past, claimed_at=past)

    @rule()
    def reap(self) -> None:
        with patch("generation.reaper.end_cluster"), patch("generation.reaper._interrupt"):
            reaper.give_back_unstarted()
            reaper.give_back_lapsed()
            reaper.end_cancelled()

    @rule()
    def later(self) -> None:
        Task.objects.update(ready_at=timezone.now() - timedelta(seconds=1))
        Backend.objects.update(open_until=None, is_up=True)

    @rule(number=pick)
    def delete(self, number: int) -> None:
        task = self.some(number, *TaskState)
        if task is None:
            return
        try:
            with transaction.atomic():
                deletion.delete_task(self.who.actor, task.pk)
        except (EaselError, NotFound):
            assert task.state not in FINAL
        else:
            assert task.state in FINAL
            self.seen.pop(task.pk)

    @invariant()
    def the_books_agree(self) -> None:
        assert ledger.differences() == []
        assert ledger.balance(self.tenant) >= 0

    @invariant()
    def states_move_as_the_table_says(self) -> None:
        for task in Task.objects.filter(tenant=self.tenant):
            now, before = TaskState(task.state), self.seen.get(task.pk)
            assert before is None or now == before or reachable(before, now), (before, now)
            self.seen[task.pk] = now
            if now in FINAL:
                assert task.spent is not None
                assert self.spent.setdefault(task.pk, task.spent) == task.spent

    @invariant()
    def each_task_is_billed_once(self) -> None:
        for pk, spent in self.spent.items():
            booked = Entry.objects.of_task(pk)
            assert booked.aggregate(sum=Sum("amount"))["sum"] == -spent
            kinds = sorted(booked.values_list("kind", flat=True))
            assert kinds in (["reserve", "settle"], ["refund", "reserve", "settle"])


def reachable(before: TaskState, now: TaskState) -> bool:
    """By one move, or by the moves that one rule makes together (given back, then ended)."""
    return now in MOVES[before] or any(now in MOVES[between] for between in MOVES[before])


def an_output(task: Task, index: int, blocked: bool) -> Output:
    name = default_storage.save(f"outputs/{uuid.uuid4()}.png", ContentFile(b"x"))
    now = timezone.now()
    return Output(
        task=task, index=index, file=name, format="png", width=8, height=8, size=1, seed=1,
        sha256="0" * 64, verdict=Verdict.BLOCK if blocked else Verdict.ALLOW, expires_at=now,
        state=OutputState.BLOCKED if blocked else OutputState.VISIBLE,
        quarantine_until=now if blocked else None,
    )  # fmt: skip


@override_settings(STORAGES=MEMORY)
class TestRoad(Road.TestCase, TestCase):  # type: ignore[name-defined,misc]
    settings = settings(
        max_examples=40,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
