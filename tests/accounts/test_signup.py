from __future__ import annotations

from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.test import Client, RequestFactory

from accounts import ledger
from accounts.adapter import SocialAdapter
from accounts.models import Membership, Role, User

pytestmark = pytest.mark.usefixtures("plain_pages")
FORM = {
    "email": "New@Example.com",
    "password1": "a cat on the moon",
    "password2": "a cat on the moon",
}


def test_open_signup_gives_a_tenant_without_credit(client: Client, db: None, settings: Any) -> None:
    settings.EASEL_OPEN_SIGNUP = True
    assert client.post("/accounts/signup/", FORM).status_code == 302
    membership = Membership.objects.get(user__email="new@example.com")
    assert membership.role == Role.OWNER
    assert ledger.balance(membership.tenant_id) == 0


def test_signing_up_through_openid_connect_gives_one_too(rf: RequestFactory, db: None) -> None:
    request = rf.get("/")
    request.session = SessionStore()
    user = User(email="new@example.com")
    login = SocialLogin(user=user, account=SocialAccount(provider="openid_connect", uid="1"))
    saved = SocialAdapter(request).save_user(request, login)
    assert Membership.objects.get(user=saved).role == Role.OWNER


def test_signing_in_by_address_in_any_case(client: Client, db: None) -> None:
    User.objects.create_user("new@example.com", FORM["password1"])
    login = {"login": "NEW@example.com", "password": FORM["password1"]}
    assert client.post("/accounts/login/", login).status_code == 302
    assert "_auth_user_id" in client.session


def test_a_wrong_password(client: Client, db: None) -> None:
    User.objects.create_user("new@example.com", FORM["password1"])
    client.post("/accounts/login/", {"login": "new@example.com", "password": "a dog"})
    assert "_auth_user_id" not in client.session


def test_closed_signup(client: Client, db: None, settings: Any) -> None:
    settings.EASEL_OPEN_SIGNUP = False
    client.post("/accounts/signup/", FORM)
    assert not User.objects.exists()
