from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts import invitations
from accounts.errors import Forbidden, NotFound
from accounts.invitations import AlreadyMember, TooManyInvitations
from accounts.models import Invitation, Membership, Role, User
from tests.people import Person, settle_in


@pytest.fixture
def invited(alice: Person) -> Invitation:
    return invitations.create(alice.in_person, " New@Example.com ", Role.VIEWER)


@pytest.fixture
def new(db: None) -> User:
    return User.objects.create_user("new@example.com")


def test_the_token_finds_it_and_the_row_does_not_hold_the_token(invited: Invitation) -> None:
    token = invitations.token_of(invited)
    assert invitations.by_token(token) == invited
    kept = Invitation.objects.values().get()
    assert token not in str(kept)
    assert kept["email"] == "new@example.com"


def test_accepting_gives_the_role(invited: Invitation, new: User) -> None:
    invitations.accept(invited, new, proved=False)
    assert Membership.objects.get(user=new, tenant=invited.tenant).role == Role.VIEWER


def test_a_member_who_accepts_keeps_his_role(invited: Invitation, new: User) -> None:
    Membership.objects.create(tenant=invited.tenant, user=new, role=Role.ADMIN)
    assert invitations.accept(invited, new, proved=False).role == Role.ADMIN


def test_the_mailed_link_proves_the_address(invited: Invitation, new: User) -> None:
    EmailAddress.objects.create(user=new, email=new.email, verified=False)
    token = invitations.token_of(invited)
    assert invitations.is_proved(token, invitations.proof(token))
    invitations.accept(invited, new, proved=True)
    assert EmailAddress.objects.get(user=new).verified


def test_the_copied_link_proves_nothing(invited: Invitation, new: User) -> None:
    EmailAddress.objects.create(user=new, email=new.email, verified=False)
    token = invitations.token_of(invited)
    for guess in ("", token, invitations.proof("another"), "é"):
        assert not invitations.is_proved(token, guess)
    invitations.accept(invited, new, proved=False)
    assert not EmailAddress.objects.get(user=new).verified


def test_a_second_verified_address_counts(invited: Invitation, bob: Person) -> None:
    own = EmailAddress.objects.create(user=bob.user, email=invited.email, verified=False)
    assert not invitations.is_for(invited, bob.user)
    own.verified = True
    own.save()
    assert invitations.is_for(invited, bob.user)


def test_it_works_once(invited: Invitation, new: User, charlie: Person) -> None:
    invitations.accept(invited, new, proved=False)
    assert invitations.by_token(invitations.token_of(invited)) is None
    with pytest.raises(NotFound):
        invitations.accept(invited, charlie.user, proved=False)
    assert not Membership.objects.filter(user=charlie.user, tenant=invited.tenant).exists()


def test_inviting_again_ends_the_earlier_link(alice: Person, invited: Invitation) -> None:
    again = invitations.create(alice.in_person, invited.email, Role.MEMBER)
    assert invitations.by_token(invitations.token_of(invited)) is None
    assert invitations.by_token(invitations.token_of(again)) == again


def test_sending_again_gives_it_the_full_time(alice: Person, invited: Invitation) -> None:
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert invitations.by_token(invitations.token_of(invited)) is None
    invitations.renew(alice.in_person, invited.pk)
    assert invitations.by_token(invitations.token_of(invited)) is not None


def test_an_expired_one_cannot_be_accepted(invited: Invitation, new: User) -> None:
    Invitation.objects.update(expires_at=timezone.now())
    with pytest.raises(NotFound):
        invitations.accept(invited, new, proved=False)


def test_a_revoked_one_cannot_be_accepted(alice: Person, invited: Invitation, new: User) -> None:
    invitations.revoke(alice.in_person, invited.pk)
    with pytest.raises(NotFound):
        invitations.accept(invited, new, proved=False)


def test_that_of_a_tenant_that_is_switched_off(alice: Person, invited: Invitation) -> None:
    alice.tenant.is_active = False
    alice.tenant.save()
    assert invitations.by_token(invitations.token_of(invited)) is None


def test_nobody_is_invited_as_an_owner(alice: Person) -> None:
    with pytest.raises(Forbidden):
        invitations.create(alice.in_person, "new@example.com", Role.OWNER)


def test_a_member_is_not_invited(alice: Person, bob: Person) -> None:
    with pytest.raises(AlreadyMember):
        invitations.create(alice.in_person, bob.user.email, Role.MEMBER)


def test_too_many(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MOST", 2)
    for number in range(2):
        invitations.create(alice.in_person, f"{number}@example.com", Role.MEMBER)
    with pytest.raises(TooManyInvitations):
        invitations.create(alice.in_person, "3@example.com", Role.MEMBER)


def test_who_is_no_administrator_invites_nobody(bob: Person, alice: Person) -> None:
    with pytest.raises(Forbidden):
        invitations.create(bob.in_person, "new@example.com", Role.VIEWER)
    with pytest.raises(Forbidden):
        invitations.create(alice.actor, "new@example.com", Role.VIEWER)


def test_an_administrator_does(alice: Person) -> None:
    dora = settle_in(alice.tenant, "dora", Role.ADMIN)
    assert invitations.create(dora.in_person, "new@example.com", Role.ADMIN).pk


def test_another_tenants_is_as_if_it_never_was(charlie: Person, invited: Invitation) -> None:
    for number in (invited.pk, 2**40, 2**70, -1):
        with pytest.raises(NotFound):
            invitations.revoke(charlie.in_person, number)
