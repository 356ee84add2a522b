"""What was used, as a page and as a file."""

from __future__ import annotations

import csv
import re
from datetime import date
from io import StringIO

import pytest
from django.test import Client

from accounts.models import Membership, Role
from generation import usage
from generation.studio.account.chart import bars
from tests.generation.house import House
from tests.generation.studio.conftest import FRAGMENT
from tests.people import Person


@pytest.fixture
def painted(house: House, alice: Person) -> None:
    house.draw(alice)
    house.work()


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"/account/usage{query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_what_was_spent_is_shown(painted: None, alice: Person, bob: Person, sign_in) -> None:
    client = sign_in(alice)
    shown = page(client)
    (line,) = usage.report(alice.in_person, "day", *[usage.today(alice.in_person)] * 2)
    assert line.spent > 0
    assert (
        "alice&#x27;s key" in shown
        and '<span class="lines__name" translate="no">Alice</span>' in shown
    )
    assert shown.count('class="chart__day"') == 30
    assert shown.count('height="100.00"') == 1
    fragment = client.get("/account/usage?days=7", headers=FRAGMENT).content.decode()
    assert fragment.count('class="chart__day"') == 7 and "<html" not in fragment
    assert "<style" not in shown and " style=" not in shown
    tasks = page(client, "?show=tasks")
    assert re.search(r'data-says="[^"]+: 1"', tasks)
    his = page(sign_in(bob))
    assert "Nothing was used in these days." in his and "This is what you used yourself" in his


def test_as_a_file(painted: None, alice: Person, bob: Person, sign_in) -> None:
    for by in usage.GROUPS:
        answer = sign_in(alice).get(f"/account/usage.csv?by={by}")
        (row,) = csv.DictReader(StringIO(answer.content.decode("utf-8-sig")))
        assert (row["tasks"], row["pictures"]) == ("1", "1") and float(row["credits"]) > 0
    assert row["name"] == "Alice"
    client = sign_in(bob)
    assert client.get("/account/usage.csv?by=member").status_code == 404
    assert client.get("/account/usage.csv?by=day").content.count(b"\n") == 1


@pytest.mark.django_db
def test_nothing_yet(alice: Person, sign_in) -> None:
    shown = page(sign_in(alice))
    assert "Nothing was used in these days." in shown
    assert "1,000 credits" in shown


@pytest.mark.django_db
def test_a_month_and_days_of_ones_own(alice: Person, sign_in) -> None:
    client = sign_in(alice)
    assert 'value="2024-02" ' not in page(client)
    today = usage.today(alice.in_person)
    assert f'<option value="{today:%Y-%m}" selected>' in page(client, f"?month={today:%Y-%m}")
    shown = page(client, "?from=2026-01-01&to=2026-01-03")
    assert 'value="2026-01-01"' in shown and 'value="2026-01-03"' in shown


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from=2026-01-03&to=2026-01-01", "to: before from"),
        ("from=2020-01-01&to=2026-01-01", "at most 366 days"),
        ("from=yesterday&to=2026-01-01", "from: a day"),
        ("from=0001-01-01&to=0001-01-02", "from: a day"),
    ],
)
def test_odd_days_are_said_beside_them(alice: Person, sign_in, query: str, words: str) -> None:
    client = sign_in(alice)
    assert words in page(client, f"?{query}")
    assert client.get(f"/account/usage.csv?{query}").status_code == 400


def test_bars_of_days() -> None:
    first, last = date(2026, 11, 1), date(2026, 11, 4)
    spent = {"2026-11-01": 4000, "2026-11-03": 1000, "2026-11-04": -500}
    drawn = bars(spent, first, last)
    assert [bar.height for bar in drawn] == ["100.00", "0.00", "25.00", "0.00"]
    assert [bar.x for bar in drawn] == ["0.10", "1.10", "2.10", "3.10"]
    assert drawn[2].y == "75.00"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        "days=0",
        "days=-1",
        "days=8",
        "days=x",
        "month=2026-13",
        "month=x",
        "show=x",
        "month=0000-01",
    ],
)
def test_another_span_is_not_found(alice: Person, sign_in, query: str) -> None:
    assert sign_in(alice).get(f"/account/usage?{query}").status_code == 404


@pytest.mark.django_db
def test_a_viewer_may_look(alice: Person, sign_in) -> None:
    Membership.objects.update(role=Role.VIEWER)
    assert sign_in(alice).get("/account/usage").status_code == 200


def test_in_chinese(painted: None, alice: Person, sign_in) -> None:
    """No Latin words but names: of people, of formats, of kinds of keys, and of what they typed."""
    client = sign_in(alice)
    client.post("/language/setlang/", {"language": "zh-hans", "next": "/"})
    names = {"Easel", "Studio", "English", "Alice", "API", "CSV", "IP", "ID", "Secret", "Asia"}
    names |= {"ZIP", "JSON", "QR"}
    typed = {"alice", "key", "token", "fake", "to", "begin", "with", "Shanghai", "UTC", "example"}
    typed |= {"com"}
    pages = ("keys", "usage", "ledger", "redeem", "webhooks", "callbacks", "data")
    for name in (*pages, f"keys/{alice.key.pk}", "data/delete-account", "data/delete-organisation"):
        shown = client.get(f"/account/{name}").content.decode()
        shown = re.sub(r"<(title|code|option)[^>]*>.*?</\1>|<[^>]+>", " ", shown, flags=re.DOTALL)
        shown = re.sub(r"\b[0-9a-f]{8}\b", " ", shown)
        latin = set(re.findall(r"[A-Za-z]{2,}", shown))
        assert latin - names - typed == set(), name
