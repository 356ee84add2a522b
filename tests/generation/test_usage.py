"""Usage: added up once, and the same figures as the books themselves."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from accounts.models import Entry, EntryKind
from generation import usage, usage_sums
from generation.models import Output, Task, UsageMark, UsageQuarter
from tests.people import Person

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def used(person: Person, at: datetime, spent: int = 1000, model: str = "m", **task: object) -> Task:
    """A task with its entries, done at once; 500 of what was reserved came back."""
    made = Task.objects.create(
        tenant=person.tenant, user=person.user, key=person.key, lineage=person.key.lineage,
        dialect="native", request={}, checkpoint=model, state="done", finished_at=at, **task,
    )  # fmt: skip
    Output.objects.create(
        task=made, index=0, format="png", width=1, height=1, size=1, sha256="0", seed=1,
        verdict="pass", expires_at=at,
    )  # fmt: skip
    for kind, amount in (("reserve", -spent - 500), ("settle", 0), ("refund", 500)):
        Entry.objects.create(
            tenant=person.tenant, kind=kind, amount=amount, task=made.pk,
            lineage=person.key.lineage, created_at=at,
        )  # fmt: skip
    return made


def everything(person: Person) -> dict[str, list[usage.Line]]:
    days = date(2026, 3, 1), date(2026, 3, 31)
    return usage.reports(person.in_person, usage.GROUPS, *days)


def add_up(at: datetime) -> None:
    """From the first of March: the books of these tests begin with today's first credits."""
    UsageMark.objects.get_or_create(pk=1, defaults={"until": datetime(2026, 3, 1, tzinfo=UTC)})
    while usage_sums._step(at):
        pass


def test_sums_say_what_the_books_say(alice: Person, bob: Person) -> None:
    for hours in range(30):
        used(alice, NOON + timedelta(hours=hours, minutes=7 * hours % 60), 1000 + hours)
    used(bob, NOON, 7, "other")
    plain = {person: everything(person) for person in (alice, bob)}
    assert [len(plain[alice][group]) for group in usage.GROUPS] == [3, 2, 2, 2]
    add_up(NOON + timedelta(days=3))
    assert UsageQuarter.objects.count() == 31
    assert {person: everything(person) for person in (alice, bob)} == plain
    assert sum(line.images for line in plain[alice]["day"]) == 31
    assert sum(line.spent for line in plain[bob]["model"]) == 7


def test_part_sums_part_books(alice: Person) -> None:
    used(alice, NOON)
    used(alice, NOON + timedelta(hours=1))
    plain = everything(alice)
    add_up(NOON + timedelta(minutes=30))
    assert UsageQuarter.objects.count() == 1
    assert everything(alice) == plain


def test_it_begins_where_the_books_do(alice: Person) -> None:
    usage_sums._step(NOON + timedelta(days=3650))
    begun = Entry.objects.get().created_at
    assert UsageMark.objects.get().until == usage_sums.floor(begun) + timedelta(days=1)


def test_twice_is_once(alice: Person) -> None:
    used(alice, NOON)
    add_up(NOON + timedelta(hours=1))
    UsageMark.objects.update(until=usage_sums.floor(NOON))
    add_up(NOON + timedelta(hours=2))
    assert UsageQuarter.objects.get().spent == 1000


def test_a_quarter_that_is_not_over_waits(alice: Person) -> None:
    used(alice, NOON)
    add_up(NOON + timedelta(minutes=19))
    assert not UsageQuarter.objects.exists()
    add_up(NOON + timedelta(minutes=20))
    assert UsageQuarter.objects.get().at == NOON


def test_deleting_a_task_changes_no_figure(alice: Person) -> None:
    task = used(alice, NOON)
    add_up(NOON + timedelta(hours=1))
    plain = everything(alice)
    task.delete()
    assert everything(alice) == plain


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/New_York", "Pacific/Chatham"])
def test_days_are_the_tenants_also_in_sums(alice: Person, zone: str) -> None:
    alice.tenant.time_zone = zone
    alice.tenant.save()
    for hours in range(24):
        used(alice, NOON + timedelta(hours=hours))
    plain = everything(alice)
    add_up(NOON + timedelta(days=3))
    assert everything(alice)["day"] == plain["day"] and len(plain["day"]) == 2


@pytest.fixture
def busy(alice: Person) -> Iterator[None]:
    """30,000 entries of 60 days, added up."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_entry (tenant_id, kind, amount, task, reason, note, created_at)"
            " SELECT %s, 'reserve', -10, gen_random_uuid(), '', '',"
            "  '2026-03-01'::timestamptz + n * interval '2.88 minutes'"
            " FROM generate_series(1, 30000) n",
            [alice.tenant.pk],
        )
        add_up(datetime(2026, 4, 29, tzinfo=UTC))
        # as the autovacuum does in the background
        cursor.execute("SELECT brin_summarize_new_values('entry_time')")
        cursor.execute("ANALYZE accounts_entry, generation_usagequarter")
    yield


def test_only_the_last_minutes_are_read_from_the_books(busy: None, alice: Person) -> None:
    first, last = date(2026, 3, 1), date(2026, 4, 30)
    asked = usage._parameters(alice.in_person, first, last)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # 300 pages are read as quickly whole
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + usage._sql(usage.GROUPS), asked)
        (plan,) = cursor.fetchone()[0]
    entries = sum(read for name, read in scanned(plan["Plan"]) if name == "accounts_entry")
    assert 0 < entries < 30_000 / 5
    assert len(usage.report(alice.in_person, "day", first, last)) == 61


def scanned(plan: dict[str, object]) -> Iterator[tuple[str, float]]:
    """(table, rows that were looked at) of each scan."""
    if "Relation Name" in plan:
        dropped = [plan.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck")]
        rows = float(str(plan["Actual Rows"])) + sum(float(str(each)) for each in dropped)
        yield str(plan["Relation Name"]), rows * float(str(plan["Actual Loops"]))
    for each in plan.get("Plans", []):  # type: ignore[attr-defined]
        yield from scanned(each)


def test_nobody_elses(alice: Person, bob: Person, charlie: Person) -> None:
    used(alice, NOON)
    add_up(NOON + timedelta(hours=1))
    for stranger in (bob, charlie):
        assert everything(stranger) == {group: [] for group in usage.GROUPS}
    assert uuid.UUID(everything(alice)["key"][0].key) == alice.key.lineage
    assert EntryKind.RESERVE in Entry.objects.values_list("kind", flat=True)
