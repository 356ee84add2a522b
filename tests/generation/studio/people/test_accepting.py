"""An invitation is followed: by somebody new, by somebody known, by somebody else."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts import invitations, tenancy
from accounts.models import Invitation, Membership, Role, User
from tests.generation.studio.conftest import SignIn
from tests.people import Person

pytestmark = pytest.mark.django_db
PASSWORD = "seven green pears"
FORM = {"name": "New", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def invited(alice: Person) -> Invitation:
    return invitations.create(alice.in_person, "new@example.com", Role.MEMBER)


def link(invitation: Invitation, proof: bool = False) -> str:
    token = invitations.token_of(invitation)
    return f"/invitations/{token}" + (f"?proof={invitations.proof(token)}" if proof else "")


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_somebody_new_signs_up_and_belongs(invited: Invitation) -> None:
    client = Client()
    text = text_of(client.get(link(invited)))
    assert "Join Studio" in text and "/accounts/signup/" in text
    assert client.post("/accounts/signup/", FORM | {"email": "new@example.com"}).status_code == 302
    memberships = Membership.objects.filter(user__email="new@example.com")
    assert [(each.tenant, each.role) for each in memberships] == [(invited.tenant, Role.MEMBER)]
    assert "Studio" in text_of(client.get("/account/members"))


@pytest.mark.parametrize("proof", [True, False])
def test_the_mailed_link_verifies_the_address(invited: Invitation, proof: bool) -> None:
    client = Client()
    client.get(link(invited, proof))
    client.post("/accounts/signup/", FORM)
    assert EmailAddress.objects.get(email="new@example.com").verified == proof


def test_the_invited_address_cannot_be_changed(invited: Invitation) -> None:
    client = Client()
    client.get(link(invited, proof=True))
    client.post("/accounts/signup/", FORM | {"email": "other@example.com"})
    assert not User.objects.filter(email="other@example.com").exists()
    assert User.objects.filter(email="new@example.com").exists()


def test_somebody_known_signs_in_and_joins(invited: Invitation) -> None:
    user = User.objects.create_user("new@example.com", PASSWORD)
    client = Client()
    text = text_of(client.get(link(invited)))
    assert "sign in to join" in text and "/accounts/signup/" not in text
    login = {"login": "new@example.com", "password": PASSWORD, "next": link(invited)}
    answer = client.post("/accounts/login/", login)
    assert answer["Location"] == link(invited)
    assert client.post(link(invited)).status_code == 302
    assert Membership.objects.get(user=user).tenant == invited.tenant


def test_whoever_joins_works_there_from_now_on(
    invited: Invitation, charlie: Person, sign_in: SignIn
) -> None:
    Invitation.objects.update(email=charlie.user.email)
    client = sign_in(charlie)
    client.post(link(invited))
    assert client.session[tenancy.CHOSEN] == invited.tenant_id
    assert Membership.objects.filter(user=charlie.user).count() == 2


def test_somebody_else_is_told_so(invited: Invitation, bob: Person, sign_in: SignIn) -> None:
    client = sign_in(bob)
    text = text_of(client.get(link(invited)))
    assert "You are signed in as bob@example.com" in text and "new@example.com" in text
    assert client.post(link(invited)).status_code == 200
    assert invitations.by_token(invitations.token_of(invited)) is not None


@pytest.mark.parametrize("end", ["used", "revoked", "unknown", "expired"])
def test_one_that_is_no_longer_open(alice: Person, invited: Invitation, end: str) -> None:
    path = link(invited)
    if end == "used":
        other = User.objects.create_user("new@example.com")
        invitations.accept(invited, other, proved=False)
    elif end == "revoked":
        invitations.revoke(alice.in_person, invited.pk)
    elif end == "expired":
        Invitation.objects.update(expires_at=invited.created_at)
    else:
        path = "/invitations/none"
    for answer in (Client().get(path), Client().post(path)):
        assert answer.status_code == 410
        assert "no longer open" in text_of(answer)


def test_without_an_invitation_sign_up_is_closed(invited: Invitation) -> None:
    client = Client()
    assert "By invitation only" in text_of(client.get("/accounts/signup/"))
    client.post("/accounts/signup/", FORM | {"email": "new@example.com"})
    assert not User.objects.filter(email="new@example.com").exists()


def test_a_revoked_one_closes_a_sign_up_that_was_begun(alice: Person, invited: Invitation) -> None:
    client = Client()
    client.get(link(invited))
    invitations.revoke(alice.in_person, invited.pk)
    client.post("/accounts/signup/", FORM | {"email": "new@example.com"})
    assert not User.objects.filter(email="new@example.com").exists()
