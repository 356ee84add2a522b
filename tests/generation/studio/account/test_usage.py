"""What was used, as a page."""

from __future__ import annotations

import re
from datetime import date

import pytest

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


def test_what_was_spent_is_shown(painted: None, alice: Person, sign_in) -> None:
    page = sign_in(alice).get("/account/usage").content.decode()
    (line,) = usage.report(alice.in_person, "day", *[usage.today(alice.in_person)] * 2)
    assert line.spent > 0
    assert "alice&#x27;s key" in page
    assert page.count('class="chart__day"') == 30
    assert page.count('height="100.00"') == 1


def test_another_span(painted: None, alice: Person, sign_in) -> None:
    page = sign_in(alice).get("/account/usage?days=7", headers=FRAGMENT).content.decode()
    assert page.count('class="chart__day"') == 7
    assert "<html" not in page


@pytest.mark.django_db
def test_nothing_yet(alice: Person, sign_in) -> None:
    page = sign_in(alice).get("/account/usage").content.decode()
    assert "Nothing was used in these days." in page
    assert "1,000 credits" in page


def test_members_see_their_own(painted: None, bob: Person, sign_in) -> None:
    page = sign_in(bob).get("/account/usage").content.decode()
    assert "Nothing was used in these days." in page
    assert "This is what you used yourself" in page


def test_no_style_in_the_page(painted: None, alice: Person, sign_in) -> None:
    page = sign_in(alice).get("/account/usage").content.decode()
    assert "<style" not in page and " style=" not in page


def test_bars_of_days() -> None:
    first, last = date(2026, 11, 1), date(2026, 11, 4)
    spent = {"2026-11-01": 4000, "2026-11-03": 1000, "2026-11-04": -500}
    drawn = bars(spent, first, last)
    assert [bar.height for bar in drawn] == ["100.00", "0.00", "25.00", "0.00"]
    assert [bar.x for bar in drawn] == ["0.10", "1.10", "2.10", "3.10"]
    assert drawn[2].y == "75.00"


@pytest.mark.django_db
@pytest.mark.parametrize("days", ["", "0", "-1", "8", "100000", "x"])
def test_another_span_is_not_found(alice: Person, sign_in, days: str) -> None:
    assert sign_in(alice).get("/account/usage", {"days": days}).status_code == 404


@pytest.mark.django_db
def test_a_viewer_may_look(alice: Person, sign_in) -> None:
    Membership.objects.update(role=Role.VIEWER)
    assert sign_in(alice).get("/account/usage").status_code == 200


@pytest.mark.parametrize("name", ["keys", "usage", "ledger"])
def test_in_chinese(painted: None, alice: Person, sign_in, name: str) -> None:
    """No Latin words but names: of people, of formats, of kinds of keys, and of what they typed."""
    client = sign_in(alice)
    client.post("/language/setlang/", {"language": "zh-hans", "next": "/"})
    page = client.get(f"/account/{name}").content.decode()
    shown = re.sub(r"<(title|code|option)[^>]*>.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    shown = re.sub(r"\b[0-9a-f]{8}\b", " ", shown)
    latin = set(re.findall(r"[A-Za-z]{2,}", shown))
    names = {"Easel", "Studio", "English", "Alice", "API", "CSV", "IP", "ID", "Secret", "Asia"}
    typed = {"alice", "key", "token", "fake", "to", "begin", "with", "Shanghai", "UTC"}
    assert latin - names - typed == set()
