from __future__ import annotations

import dataclasses

import pytest

from accounts import access
from accounts.errors import NotFound
from accounts.models import User
from tests.people import Person


def test_everybody_may_name_themselves(bob: Person) -> None:
    assert access.member(bob.actor, str(bob.user.pk)) == bob.user


def test_an_owner_in_person_may_name_a_member(alice: Person, bob: Person) -> None:
    assert access.member(alice.in_person, bob.user.pk) == bob.user


def test_a_key_may_with_the_policy(alice: Person, bob: Person) -> None:
    actor = dataclasses.replace(bob.actor, act_as_member=True)
    assert access.member(actor, alice.user.pk) == alice.user


def test_a_key_may_not_without_it_even_an_owners(alice: Person, bob: Person) -> None:
    with pytest.raises(NotFound):
        access.member(alice.actor, bob.user.pk)


def test_a_member_may_not_name_another(alice: Person, bob: Person) -> None:
    with pytest.raises(NotFound):
        access.member(bob.in_person, alice.user.pk)


def test_a_stranger_cannot_be_told_from_nobody(alice: Person, charlie: Person) -> None:
    with pytest.raises(NotFound) as stranger:
        access.member(alice.in_person, charlie.user.pk)
    with pytest.raises(NotFound) as nobody:
        access.member(alice.in_person, 10**9)
    assert stranger.value.message == nobody.value.message


def test_an_inactive_member_is_not_there(alice: Person, bob: Person) -> None:
    User.objects.filter(pk=bob.user.pk).update(is_active=False)
    with pytest.raises(NotFound):
        access.member(alice.in_person, bob.user.pk)


@pytest.mark.parametrize("odd", ["", "x", "-1", "1.0", "１", "9" * 19, "9" * 6000, "1\x00"])
def test_what_is_no_id_is_not_there(alice: Person, odd: str) -> None:
    with pytest.raises(NotFound):
        access.member(alice.in_person, odd)
