from __future__ import annotations

import threading

import pytest
from django.db import connection

from accounts import members
from accounts.authentication import authenticate
from accounts.errors import Forbidden, NotFound, Unauthenticated
from accounts.members import LastOwner
from accounts.models import ApiKey, Membership, Role
from tests.accounts.conftest import Ask
from tests.people import Person, settle_in


def role_of(person: Person) -> str | None:
    found = Membership.objects.filter(tenant=person.tenant, user=person.user).first()
    return found.role if found else None


def joined(alice: Person, name: str, role: Role) -> Person:
    return settle_in(alice.tenant, name, role)


def test_an_owner_changes_roles(alice: Person, bob: Person) -> None:
    members.change_role(alice.in_person, bob.user.pk, Role.VIEWER)
    assert role_of(bob) == Role.VIEWER


def test_a_new_role_holds_for_tokens_at_once(alice: Person, bob: Person, ask: Ask) -> None:
    request = ask({"Authorization": f"Bearer {bob.jwt}"})
    assert authenticate(request).can("member")
    members.change_role(alice.in_person, bob.user.pk, Role.VIEWER)
    assert not authenticate(request).can("member")


def test_owners_stand_first(alice: Person, bob: Person) -> None:
    dora = joined(alice, "dora", Role.ADMIN)
    rows = [row.user_id for row in members.listing(bob.in_person)]
    assert rows == [alice.user.pk, dora.user.pk, bob.user.pk]


def test_who_goes_takes_his_keys_with_him(alice: Person, bob: Person, ask: Ask) -> None:
    members.remove(alice.in_person, bob.user.pk)
    assert not ApiKey.objects.filter(user=bob.user, revoked_at=None).exists()
    assert ApiKey.objects.filter(user=alice.user, revoked_at=None).count() == 2
    for headers in (bob.headers, {"Authorization": f"Bearer {bob.jwt}"}):
        with pytest.raises(Unauthenticated):
            authenticate(ask(headers))


def test_a_member_may_leave(bob: Person) -> None:
    members.leave(bob.in_person)
    assert role_of(bob) is None


def test_handing_over_leaves_an_administrator(alice: Person, bob: Person) -> None:
    members.hand_over(alice.in_person, bob.user.pk)
    assert (role_of(alice), role_of(bob)) == (Role.ADMIN, Role.OWNER)


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_leave_at_once_leave_one(alice: Person) -> None:
    eve = joined(alice, "eve", Role.OWNER)
    gate, said = threading.Barrier(2), []

    def go(person: Person) -> None:
        try:
            gate.wait(10)
            members.leave(person.in_person)
        except LastOwner:
            said.append(person)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(each,)) for each in (alice, eve)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(said) == 1
    assert Membership.objects.filter(tenant=alice.tenant).count() == 1


def test_the_last_owner_stays(alice: Person, bob: Person) -> None:
    for deed in (
        lambda: members.leave(alice.in_person),
        lambda: members.remove(alice.in_person, alice.user.pk),
    ):
        with pytest.raises(LastOwner):
            deed()
    assert role_of(alice) == Role.OWNER


def test_nobody_changes_his_own_role(alice: Person) -> None:
    with pytest.raises(Forbidden):
        members.change_role(alice.in_person, alice.user.pk, Role.VIEWER)


def test_an_owner_who_cannot_sign_in_counts_for_none(alice: Person) -> None:
    eve = joined(alice, "eve", Role.OWNER)
    eve.user.is_active = False
    eve.user.save()
    with pytest.raises(LastOwner):
        members.leave(alice.in_person)


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER])
def test_who_is_no_administrator_manages_nobody(alice: Person, bob: Person, role: Role) -> None:
    dora = joined(alice, "dora", role)
    for deed in (
        lambda: members.change_role(dora.in_person, bob.user.pk, Role.VIEWER),
        lambda: members.remove(dora.in_person, bob.user.pk),
        lambda: members.hand_over(dora.in_person, bob.user.pk),
    ):
        with pytest.raises(Forbidden):
            deed()
    assert role_of(bob) == Role.MEMBER


def test_an_administrator_touches_no_owner_and_makes_none(alice: Person, bob: Person) -> None:
    dora = joined(alice, "dora", Role.ADMIN)
    for deed in (
        lambda: members.change_role(dora.in_person, alice.user.pk, Role.VIEWER),
        lambda: members.remove(dora.in_person, alice.user.pk),
        lambda: members.change_role(dora.in_person, bob.user.pk, Role.OWNER),
        lambda: members.hand_over(dora.in_person, bob.user.pk),
    ):
        with pytest.raises(Forbidden):
            deed()
    assert (role_of(alice), role_of(bob)) == (Role.OWNER, Role.MEMBER)


def test_a_key_manages_nobody(alice: Person, bob: Person) -> None:
    for deed in (
        lambda: members.change_role(alice.actor, bob.user.pk, Role.VIEWER),
        lambda: members.remove(alice.actor, bob.user.pk),
        lambda: members.hand_over(alice.actor, bob.user.pk),
        lambda: members.leave(bob.actor),
    ):
        with pytest.raises(Forbidden):
            deed()
    assert role_of(bob) == Role.MEMBER


def test_a_right_that_was_lost_meanwhile_is_lost(alice: Person, bob: Person) -> None:
    eve = joined(alice, "eve", Role.OWNER)
    actor = eve.in_person
    members.change_role(alice.in_person, eve.user.pk, Role.MEMBER)
    with pytest.raises(Forbidden):
        members.remove(actor, bob.user.pk)


@pytest.mark.parametrize("stranger", [0, -1, 2**70])
def test_another_tenants_member_is_as_if_he_never_was(
    alice: Person, charlie: Person, stranger: int
) -> None:
    for user_id in (charlie.user.pk, stranger):
        with pytest.raises(NotFound):
            members.remove(alice.in_person, user_id)
