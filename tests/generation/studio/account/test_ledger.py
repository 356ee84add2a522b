"""The books as a page and as a file."""

from __future__ import annotations

import csv
from io import StringIO

import pytest

from accounts import ledger as books
from accounts.models import Entry
from generation.studio.account import ledger
from tests.generation.house import House
from tests.generation.studio.conftest import FRAGMENT
from tests.people import CREDIT, Person


def rows_of(client) -> list[dict[str, str]]:
    answer = client.get("/account/ledger.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="easel-ledger-')
    return list(csv.DictReader(StringIO(answer.getvalue().decode("utf-8-sig"))))


def test_a_task_in_the_books(house: House, alice: Person, sign_in) -> None:
    task = house.draw(alice).task_id
    page = sign_in(alice).get("/account/ledger").content.decode()
    assert f'href="/studio/tasks/{task}"' in page
    assert "Reservation" in page and "\u2212" in page


@pytest.mark.django_db
def test_paging(alice: Person, sign_in, monkeypatch) -> None:
    monkeypatch.setattr(ledger, "PAGE", 1)
    books.grant(alice.tenant.pk, 5000, "a present")
    client = sign_in(alice)
    newest = client.get("/account/ledger").content.decode()
    before = newest.partition("?before=")[2].partition('"')[0]
    older = client.get(
        f"/account/ledger?before={before}".replace("&amp;", "&"), headers=FRAGMENT
    ).content.decode()
    assert "a present" in newest and "to begin with" not in newest
    assert "to begin with" in older and "a present" not in older
    assert "<html" not in older and "?before=" not in older


@pytest.mark.django_db
def test_the_balance_runs_along(alice: Person, sign_in, monkeypatch) -> None:
    monkeypatch.setattr(ledger, "AT_ONCE", 2)
    for amount in (5000, -1500, 250):
        books.adjust(alice.tenant.pk, amount, "x")
    rows = rows_of(sign_in(alice))
    assert [row["balance"] for row in rows] == ["1003.750", "1003.500", "1005.000", "1000.000"]
    page = sign_in(alice).get("/account/ledger").content.decode()
    assert "1,003.75</td>" in page


@pytest.mark.django_db
def test_by_kind_and_month(alice: Person, sign_in) -> None:
    books.adjust(alice.tenant.pk, -1, "a correction")
    client = sign_in(alice)
    adjusted = client.get("/account/ledger?kind=adjust").content.decode()
    assert "a correction" in adjusted and "to begin with" not in adjusted
    assert "ledger__after" not in adjusted
    answer = client.get("/account/ledger.csv?kind=adjust")
    assert answer.getvalue().count(b"\n") == 2
    empty = client.get("/account/ledger?month=2020-01").content.decode()
    assert "Nothing of this kind has moved in this time." in empty
    for query in ("kind=x", "month=2020-13", "month=x"):
        assert client.get(f"/account/ledger?{query}").status_code == 404


@pytest.mark.django_db
def test_the_file_is_whole(alice: Person, sign_in, monkeypatch) -> None:
    monkeypatch.setattr(ledger, "AT_ONCE", 1)
    books.adjust(alice.tenant.pk, -1500, "a correction")
    rows = rows_of(sign_in(alice))
    assert [row["credits"] for row in rows] == ["-1.500", f"{CREDIT / 1000:.3f}"]
    assert [row["note"] for row in rows] == ["a correction", "to begin with"]


@pytest.mark.django_db
def test_its_times_are_the_tenants(alice: Person, sign_in) -> None:
    alice.tenant.time_zone = "Asia/Shanghai"
    alice.tenant.save()
    (row,) = rows_of(sign_in(alice))
    assert row["time"].endswith("+08:00")


@pytest.mark.django_db
def test_a_note_is_no_formula(alice: Person, sign_in) -> None:
    books.grant(alice.tenant.pk, 1, "=HYPERLINK(1)")
    assert rows_of(sign_in(alice))[0]["note"] == "'=HYPERLINK(1)"


@pytest.mark.django_db
def test_only_ones_own_books(alice: Person, charlie: Person, sign_in) -> None:
    books.grant(charlie.tenant.pk, 7, "for charlie")
    assert "for charlie" not in sign_in(alice).get("/account/ledger").content.decode()
    assert len(rows_of(sign_in(alice))) == Entry.objects.for_tenant(alice.tenant).count() == 1


@pytest.mark.django_db
def test_members_may_not_read_them(bob: Person, sign_in) -> None:
    client = sign_in(bob)
    assert client.get("/account/ledger").status_code == 403
    assert client.get("/account/ledger.csv").status_code == 403
    assert "/account/ledger" not in client.get("/account/usage").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("before", ["", "x", "-1", "9" * 30])
def test_another_page_is_not_found(alice: Person, sign_in, before: str) -> None:
    assert sign_in(alice).get("/account/ledger", {"before": before}).status_code == 404
