"""A code, redeemed in the browser."""

from __future__ import annotations

import pytest

from accounts import redemption
from accounts.models import Membership, Role
from tests.people import Person

pytestmark = pytest.mark.django_db


def test_a_code_adds_credit(alice: Person, sign_in) -> None:
    client, (code,) = sign_in(alice), redemption.make(1, 5000)
    assert f'value="{code}"' in client.get("/account/redeem", {"code": code}).content.decode()
    assert client.post("/account/redeem", {"code": code})["Location"] == "/account/redeem"
    page = client.get("/account/redeem").content.decode()
    assert "5 credits added. The balance is 1,005 credits now." in page
    assert f"…{code[-4:]}" in page
    assert "Redemption code" in client.get("/account/ledger").content.decode()


def test_a_refusal_stands_at_the_field_and_loses_nothing(alice: Person, sign_in) -> None:
    page = sign_in(alice).post("/account/redeem", {"code": "EASEL-wrong"}).content.decode()
    assert 'id="error-code" >This code is not known' in page
    assert 'value="EASEL-wrong"' in page


def test_too_many_tries(alice: Person, sign_in, monkeypatch) -> None:
    monkeypatch.setattr(redemption, "TRIES_A_MINUTE", 0)
    page = sign_in(alice).post("/account/redeem", {"code": "EASEL-x"}).content.decode()
    assert "too many at once" in page


def test_members_may_and_viewers_may_not(alice: Person, bob: Person, sign_in) -> None:
    assert sign_in(bob).get("/account/redeem").status_code == 200
    Membership.objects.filter(user=bob.user).update(role=Role.VIEWER)
    assert sign_in(bob).get("/account/redeem").status_code == 403
    assert sign_in(bob).post("/account/redeem", {"code": "x"}).status_code == 403


def test_others_see_nothing_of_it(alice: Person, charlie: Person, sign_in) -> None:
    (code,) = redemption.make(1, 5000)
    redemption.redeem(alice.in_person, code)
    assert code[-4:] not in sign_in(charlie).get("/account/redeem").content.decode()
