"""The pages of members and invitations: who sees what, and what each button does."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from accounts import invitations
from accounts.models import HeldMail, Invitation, Membership, Role
from generation.models import Task
from tests.generation.house import CHECKPOINT, House
from tests.generation.studio.conftest import FRAGMENT, SignIn
from tests.people import Person, settle_in

pytestmark = pytest.mark.django_db
NEW = {"email": "new@example.com", "role": "viewer"}


def page(client: Client, path: str = "/account/members") -> str:
    return client.get(path).content.decode()


def invite(client: Client, **fields: str) -> Any:
    return client.post("/account/invitations", NEW | fields, follow=True)


def test_the_list_says_who_is_who(alice: Person, bob: Person, sign_in: SignIn) -> None:
    text = page(sign_in(alice))
    assert "Bob" in text and "bob@example.com" in text
    assert re.search(r"Alice</strong>\s*<span[^>]*>You<", text)


def test_addresses_are_for_managers(alice: Person, bob: Person, sign_in: SignIn) -> None:
    text = page(sign_in(bob))
    assert "Alice" in text and "alice@example.com" not in text
    assert "/account/invitations" not in text


def test_a_role_is_changed(alice: Person, bob: Person, sign_in: SignIn) -> None:
    answer = sign_in(alice).post(f"/account/members/{bob.user.pk}/role", {"role": "viewer"})
    assert answer.status_code == 302
    assert Membership.objects.get(user=bob.user).role == Role.VIEWER


def test_a_viewer_looks_and_does_not_paint(
    house: House, alice: Person, bob: Person, sign_in: SignIn
) -> None:
    client, form = sign_in(bob), {"prompt": "a red apple", "checkpoint": CHECKPOINT, "steps": "4"}
    assert b"data-task" in client.post("/", form, headers=FRAGMENT).content
    Membership.objects.filter(user=bob.user).update(role=Role.VIEWER)
    made = Task.objects.count()
    assert client.get("/").status_code == 200
    assert b"data-task" not in client.post("/", form, headers=FRAGMENT).content
    assert client.post("/account/keys", {"kind": "api_token"}).status_code == 403
    assert Task.objects.count() == made


def test_removing_asks_first_and_names_the_keys(
    alice: Person, bob: Person, sign_in: SignIn
) -> None:
    client, path = sign_in(alice), f"/account/members/{bob.user.pk}/remove"
    asked = client.get(path, headers=FRAGMENT).content.decode()
    assert "Remove Bob?" in asked and "2 keys" in asked and "<html" not in asked
    assert "<html" in page(client, path)
    assert Membership.objects.filter(user=bob.user).exists()
    assert client.post(path).status_code == 302
    assert not Membership.objects.filter(user=bob.user).exists()
    assert sign_in(bob).get("/account/members").status_code == 403


def test_the_last_owner_is_told_why_he_stays(alice: Person, sign_in: SignIn) -> None:
    text = sign_in(alice).post("/account/members/leave", follow=True).content.decode()
    assert "needs an owner" in text
    assert Membership.objects.filter(user=alice.user).exists()


def test_handing_over(alice: Person, bob: Person, sign_in: SignIn) -> None:
    sign_in(alice).post(f"/account/members/{bob.user.pk}/owner")
    assert Membership.objects.get(user=bob.user).role == Role.OWNER


def test_an_invitation_is_made_mailed_and_shown(alice: Person, sign_in: SignIn) -> None:
    text = invite(sign_in(alice)).content.decode()
    made = Invitation.objects.get()
    token = invitations.token_of(made)
    assert (made.email, made.role, made.invited_by) == ("new@example.com", "viewer", alice.user)
    assert f"http://testserver/invitations/{token}<" in text
    body = HeldMail.objects.get().body
    assert f"/invitations/{token}?proof={invitations.proof(token)}" in body
    assert invitations.proof(token) not in text


def test_it_is_sent_again_and_revoked(alice: Person, sign_in: SignIn) -> None:
    client = sign_in(alice)
    invite(client)
    made = Invitation.objects.get()
    client.post(f"/account/invitations/{made.pk}/resend")
    assert HeldMail.objects.count() == 2
    client.post(f"/account/invitations/{made.pk}/revoke")
    assert invitations.by_token(invitations.token_of(made)) is None


def test_many_members_cost_no_more_queries(
    alice: Person, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        settle_in(alice.tenant, f"m{number}", Role.MEMBER)
    client = sign_in(alice)
    with django_assert_max_num_queries(12):
        client.get("/account/members")


@pytest.mark.parametrize("email", ["", "no address", "a" * 250 + "@example.com", "bob@example.com"])
def test_a_wrong_address_is_named_and_kept(
    alice: Person, bob: Person, sign_in: SignIn, email: str
) -> None:
    text = invite(sign_in(alice), email=email).content.decode()
    error = re.search(r'id="error-email"[^>]*>\s*(.*?)\s*<', text, re.DOTALL)
    assert error and error[1]
    assert f'value="{email}"' in text or not email
    assert not Invitation.objects.exists()


def test_nobody_is_invited_as_an_owner(alice: Person, sign_in: SignIn) -> None:
    invite(sign_in(alice), role="owner")
    assert not Invitation.objects.exists()


def test_too_many_invitations_in_an_hour(alice: Person, sign_in: SignIn, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"invite": "2/h/user"}
    client = sign_in(alice)
    for number in range(3):
        answer = invite(client, email=f"{number}@example.com")
    assert "try again in an hour" in answer.content.decode()
    assert Invitation.objects.count() == 2


@pytest.mark.parametrize("path", ["invitations", "members/{bob}/role", "members/{bob}/remove"])
def test_members_manage_nobody(alice: Person, bob: Person, sign_in: SignIn, path: str) -> None:
    where = f"/account/{path.format(bob=bob.user.pk)}"
    assert sign_in(bob).post(where, NEW | {"role": "admin"}).status_code == 403
    assert not Invitation.objects.exists()
    assert Membership.objects.get(user=bob.user).role == Role.MEMBER


def test_an_administrator_cannot_make_himself_the_owner(alice: Person, sign_in: SignIn) -> None:
    dora = settle_in(alice.tenant, "dora", Role.ADMIN)
    client = sign_in(dora)
    for path in (f"{dora.user.pk}/role", f"{dora.user.pk}/owner", f"{alice.user.pk}/remove"):
        assert client.post(f"/account/members/{path}", {"role": "owner"}).status_code == 403
    assert Membership.objects.get(user=dora.user).role == Role.ADMIN


def test_no_deed_by_a_link(alice: Person, bob: Person, sign_in: SignIn) -> None:
    client = sign_in(alice)
    invite(client)
    number = Invitation.objects.get().pk
    for path in (f"members/{bob.user.pk}/role", f"invitations/{number}/revoke"):
        assert client.get(f"/account/{path}").status_code == 405
