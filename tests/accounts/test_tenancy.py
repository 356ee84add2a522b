from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import HttpRequest

from accounts import ledger, tenancy
from accounts.authentication import authenticate, authenticate_session
from accounts.errors import Forbidden, Unauthenticated
from accounts.models import Membership, Role, Tenant, User
from tests.accounts.conftest import Ask
from tests.people import Person, open_tenant


@pytest.fixture
def browse() -> Any:
    def make(user: User | AnonymousUser) -> HttpRequest:
        request = HttpRequest()
        request.user = user
        request.session = SessionStore()
        return request

    return make


def test_create_tenant_makes_an_owner_with_credit(db: None) -> None:
    made = tenancy.create_tenant("Acme", "Owner@Example.com", credits=20)
    assert made.user.check_password(made.password or "")
    assert Membership.objects.get(user=made.user).role == Role.OWNER
    assert ledger.balance(made.tenant.pk) == 20_000


def test_each_credential_of_a_new_tenant_works(db: None, ask: Ask) -> None:
    made = tenancy.create_tenant("Acme", "owner@example.com")
    pair = {
        "X-Request-req-accessKeyId": made.access_key.key.public_id,
        "X-Request-req-accessKeySecret": made.access_key.secret,
    }
    schemes = [authenticate(ask(pair)).scheme]
    for value in (
        f"APPCODE {made.appcode.secret}",
        f"Bearer {made.api_token.secret}",
        f"Bearer {made.jwt}",
    ):
        schemes.append(authenticate(ask({"Authorization": value})).scheme)
    assert schemes == ["access_key", "appcode", "api_token", "jwt"]


def test_a_known_user_joins_and_keeps_the_password(alice: Person) -> None:
    alice.user.set_password("as before")
    alice.user.save()
    made = tenancy.create_tenant("Acme", "ALICE@example.com", password="another")
    assert (made.user, made.password) == (alice.user, None)
    assert User.objects.get(pk=alice.user.pk).check_password("as before")


@pytest.mark.parametrize(
    ("name", "slug"),
    [("acme", "acme"), ("Acme_2", "acme_2"), ("Acme & Co", "acme-co"), ("画架", "tenant-")],
)
def test_slugs(name: str, slug: str) -> None:
    assert tenancy.slug_of(name).startswith(slug)


def test_two_chinese_names_are_two_tenants() -> None:
    assert tenancy.slug_of("画架") != tenancy.slug_of("画布")


def test_the_session_works_in_the_first_tenant_until_it_chose(alice: Person, browse: Any) -> None:
    second = open_tenant("second")
    Membership.objects.create(tenant=second, user=alice.user, role=Role.VIEWER)
    request = browse(alice.user)
    assert authenticate_session(request) == alice.in_person
    assert tenancy.choose(request, second.pk)
    assert authenticate_session(request).role == Role.VIEWER


def test_a_chosen_tenant_that_was_left_falls_back(alice: Person, browse: Any) -> None:
    second = open_tenant("second")
    membership = Membership.objects.create(tenant=second, user=alice.user, role=Role.VIEWER)
    request = browse(alice.user)
    tenancy.choose(request, second.pk)
    membership.delete()
    assert authenticate_session(request).tenant_id == alice.tenant.pk


def test_signing_up_gives_a_tenant_once(db: None) -> None:
    user = User.objects.create_user("new@example.com")
    tenancy.open_personal_tenant(user)
    tenancy.open_personal_tenant(user)
    assert Membership.objects.get(user=user).role == Role.OWNER


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────


def test_nobody_signed_in(db: None, browse: Any) -> None:
    with pytest.raises(Unauthenticated):
        authenticate_session(browse(AnonymousUser()))


def test_a_person_without_a_tenant(db: None, browse: Any) -> None:
    with pytest.raises(Forbidden):
        authenticate_session(browse(User.objects.create_user("lost@example.com")))


def test_an_inactive_tenant_is_none(alice: Person, browse: Any) -> None:
    Tenant.objects.update(is_active=False)
    with pytest.raises(Forbidden):
        authenticate_session(browse(alice.user))


def test_a_tenant_of_others_cannot_be_chosen(alice: Person, charlie: Person, browse: Any) -> None:
    request = browse(alice.user)
    assert not tenancy.choose(request, charlie.tenant.pk)
    request.session[tenancy.CHOSEN] = charlie.tenant.pk
    assert authenticate_session(request).tenant_id == alice.tenant.pk


def test_a_name_is_taken_once(db: None) -> None:
    tenancy.create_tenant("Acme", "one@example.com")
    with pytest.raises(tenancy.DuplicateTenant, match="acme"):
        tenancy.create_tenant("acme", "two@example.com")
    assert not User.objects.filter(email="two@example.com").exists()
