"""The policy alone: no database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from generation.scheduling.claim import OVERTAKE_TIME, OVERTAKE_WORK, Head, choose

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def head(number: int, **changes: Any) -> Head:
    fields: dict[str, Any] = {
        "task_id": UUID(int=number),
        "backend_id": 1,
        "tenant_id": number,
        "start_tag": 0.0,
        "weight": 1.0,
        "work": 5.0,
        "priority": 0,
        "created_at": NOW - timedelta(seconds=60 - number),
        "overtaken_at": None,
        "warm": False,
        "own": False,
    }
    return Head(**fields | changes)


def chosen(*heads: Head) -> int:
    return choose(heads, NOW)[0].task_id.int


def test_the_tenant_who_was_served_least_is_next() -> None:
    assert chosen(head(1, start_tag=20), head(2, start_tag=10)) == 2


def test_among_equals_the_higher_priority_is_next() -> None:
    assert chosen(head(1), head(2, priority=5)) == 2


def test_among_equals_the_older_is_next() -> None:
    assert chosen(head(2), head(1)) == 1


def test_the_same_task_goes_where_its_checkpoint_is_loaded() -> None:
    here, there = head(1, backend_id=1), head(1, backend_id=2, warm=True)
    assert choose([here, there], NOW)[0].backend_id == 2


@pytest.mark.parametrize("warm", [False, True])
def test_of_servers_alike_the_tenants_own_is_taken(warm: bool) -> None:
    before = head(1, start_tag=-1.0)
    shared, own = (head(2, backend_id=number, warm=warm, own=number == 2) for number in (1, 2))
    assert choose([shared, own], NOW)[0] == own
    assert choose([before, shared, own], NOW)[0] == (own if warm else before)


def test_a_warm_task_passes_a_fairer_cold_one() -> None:
    fair, warm = head(1), head(2, start_tag=OVERTAKE_WORK, warm=True)
    assert choose([fair, warm], NOW) == (warm, fair)


def test_of_two_warm_tasks_the_fairer_passes() -> None:
    heads = [head(1), head(2, start_tag=50, warm=True), head(3, start_tag=40, warm=True)]
    assert chosen(*heads) == 3


def test_inside_a_tenant_a_warm_task_passes_an_older_one() -> None:
    assert chosen(head(1), head(2, tenant_id=1, warm=True)) == 2


def test_a_warm_task_far_from_its_turn_does_not_pass() -> None:
    assert chosen(head(1), head(2, start_tag=OVERTAKE_WORK + 1, warm=True)) == 1


def test_nobody_is_overtaken_for_longer_than_the_bound() -> None:
    warm = head(2, warm=True)
    assert chosen(head(1, overtaken_at=NOW - OVERTAKE_TIME), warm) == 1
    assert chosen(head(1, overtaken_at=NOW - OVERTAKE_TIME / 2), warm) == 2


def test_inside_a_tenant_a_warm_task_does_not_pass_a_higher_priority() -> None:
    assert chosen(head(1, priority=1), head(2, tenant_id=1, warm=True)) == 1
