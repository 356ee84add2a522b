"""Redemption codes: what they give, and when they give nothing."""

from __future__ import annotations

import threading

import pytest
from django.contrib.admin.sites import site
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import ledger, redemption
from accounts.errors import Forbidden, NotFound, RateLimited
from accounts.models import Entry, Redemption, RedemptionCode, TrailEntry, User
from accounts.redemption import CodeRefused
from tests.people import CREDIT, Person


def code(**asked: object) -> str:
    return redemption.make(1, 5000, **asked)[0]  # type: ignore[arg-type]


@pytest.mark.django_db
def test_a_code_becomes_an_entry_of_the_books(alice: Person) -> None:
    done = redemption.redeem(alice.in_person, code())
    assert (done.amount, done.balance) == (5000, CREDIT + 5000)
    entry = Redemption.objects.get().entry
    assert (entry.kind, entry.amount, entry.reason) == ("grant", 5000, "code")
    assert ledger.differences() == []


@pytest.mark.django_db
def test_a_code_is_kept_nowhere(alice: Person) -> None:
    made = code(batch="spring")
    row = RedemptionCode.objects.get()
    assert row.hint == made[-4:] and len(made) == 25
    assert made not in str(vars(row)) and redemption.normal(made) not in str(vars(row))


@pytest.mark.django_db
def test_it_is_read_as_people_type(alice: Person) -> None:
    made = code()
    plain = made.removeprefix("EASEL-").lower().replace("-", " ")
    typed = plain.replace("0", "o").replace("1", "l")
    assert redemption.redeem(alice.in_person, f" {typed} ").amount == 5000


@pytest.mark.django_db
def test_of_several_redemptions_each_organisation_has_one(alice, charlie) -> None:
    made = code(max_redemptions=2)
    for person in (alice, charlie):
        redemption.redeem(person.in_person, made)
    assert RedemptionCode.objects.get().redeemed == 2
    with pytest.raises(CodeRefused, match="already"):
        redemption.redeem(alice.in_person, made)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_wins(alice: Person, charlie: Person) -> None:
    made, given, refused = code(), [], []

    def attempt(person: Person) -> None:
        try:
            given.append(redemption.redeem(person.in_person, made))
        except CodeRefused as error:
            refused.append(error)
        finally:
            connection.close()

    people = [alice, charlie, alice, charlie]
    threads = [threading.Thread(target=attempt, args=(each,)) for each in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(given), len(refused)) == (1, 3)
    assert Entry.objects.filter(reason="code").count() == 1
    assert ledger.differences() == []


@pytest.mark.django_db
def test_refusals_give_nothing(alice: Person, bob: Person, charlie: Person) -> None:
    used, over, off = code(), code(), code()
    redemption.redeem(charlie.in_person, used)
    RedemptionCode.objects.filter(hint=over[-4:]).update(valid_until=timezone.now())
    redemption.withdraw([RedemptionCode.objects.get(hint=off[-4:]).pk])
    for typed, words in ((used, "used up"), (over, "no longer valid"), (off, "withdrawn")):
        with pytest.raises(CodeRefused, match=words) as refused:
            redemption.redeem(alice.in_person, typed)
        assert refused.value.field == "code"
    for typed in ("", "EASEL-0000-0000-0000-0000", "x" * 500, "码"):
        with pytest.raises(NotFound, match="not known"):
            redemption.redeem(alice.in_person, typed)
    assert ledger.balance(alice.tenant.pk) == CREDIT


@pytest.mark.django_db
def test_programs_redeem_nothing(alice: Person) -> None:
    with pytest.raises(Forbidden):
        redemption.redeem(alice.actor, code())


@pytest.mark.django_db
def test_tries_are_counted(alice: Person, charlie: Person, monkeypatch) -> None:
    monkeypatch.setattr(redemption, "TRIES_A_MINUTE", 2)
    monkeypatch.setattr("time.time", lambda: 1_000_000.0)
    for _number in range(2):
        with pytest.raises(NotFound):
            redemption.redeem(alice.in_person, "wrong")
    made = code()
    with pytest.raises(RateLimited):
        redemption.redeem(alice.in_person, made)
    assert redemption.redeem(charlie.in_person, made).amount == 5000


@pytest.mark.django_db
@pytest.mark.parametrize(("number", "amount", "most"), [(0, 1, 1), (1001, 1, 1), (1, 0, 1),
                                                        (1, 1, 0)])  # fmt: skip
def test_no_such_batch(number: int, amount: int, most: int) -> None:
    with pytest.raises(ValueError, match="codes of"):
        redemption.make(number, amount, max_redemptions=most)


BATCH = {"number": "3", "credits": "2.5", "max_redemptions": "1", "batch": "spring"}
MAKE = "/admin/accounts/redemptioncode/make/"


def operator(**rights: bool) -> Client:
    user = User.objects.create_user("root@example.com", is_staff=True, **rights)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.django_db
def test_operators_make_a_batch_and_see_it_once(alice: Person) -> None:
    client = operator(is_superuser=True)
    answer = client.post(MAKE, BATCH)
    text = answer.content.decode().partition("readonly>")[2].partition("</textarea>")[0]
    codes = text.split()
    assert len(codes) == 3 and "no-store" in answer["Cache-Control"]
    assert redemption.redeem(alice.in_person, codes[0]).amount == 2500
    listed = client.get("/admin/accounts/redemptioncode/").content.decode()
    assert f"…{codes[0][-4:]}" in listed and codes[0] not in listed
    assert TrailEntry.objects.get().after["codes"] == 3


@pytest.mark.django_db
def test_a_batch_as_a_file() -> None:
    answer = operator(is_superuser=True).post(MAKE, BATCH | {"file": "1", "batch": "=1+1"})
    lines = answer.content.decode().splitlines()
    assert lines[0] == "code,batch" and len(lines) == 4
    assert lines[1].startswith("EASEL-") and lines[1].endswith(",'=1+1")


@pytest.mark.django_db
def test_a_wrong_batch_makes_nothing() -> None:
    client = operator(is_superuser=True)
    for wrong in ({"number": "0"}, {"credits": "-1"}, {"valid_until": "2001-01-01T00:00"}):
        assert "errorlist" in client.post(MAKE, BATCH | wrong).content.decode()
    assert not RedemptionCode.objects.exists()


@pytest.mark.django_db
def test_staff_without_the_right_make_none() -> None:
    assert operator().get(MAKE).status_code == 403
    assert RedemptionCode in site._registry and not RedemptionCode.objects.exists()
