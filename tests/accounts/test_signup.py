from __future__ import annotations

from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.auth.hashers import get_hasher
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.cache import cache
from django.test import Client, RequestFactory

from accounts import invitations, ledger, signup
from accounts.adapter import SocialAdapter
from accounts.models import HeldMail, Membership, Role, User
from tests.people import Person

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


@pytest.fixture
def open_without_mail(settings: Any, db: None) -> None:
    """As config.settings has it for EASEL_OPEN_SIGNUP without EASEL_SMTP_HOST."""
    settings.EASEL_OPEN_SIGNUP = True
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.EMAIL_BACKEND = "accounts.mail.HeldBackend"
    cache.clear()


def sign_up(email: str) -> tuple[int, str, str]:
    client = Client()
    answer = client.post("/accounts/signup/", FORM | {"email": email})
    assert "_auth_user_id" not in client.session
    page = client.get(answer["Location"]).content.decode()
    return answer.status_code, answer["Location"], page.replace(email, "")


def test_a_stranger_does_not_learn_that_an_address_is_known(
    open_without_mail: None, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []

    def encode(hasher: Any, password: str, salt: str, *more: Any) -> str:
        hashed.append(password)
        return _encode(hasher, password, salt, *more)

    hasher = type(get_hasher())
    _encode = hasher.encode
    monkeypatch.setattr(hasher, "encode", encode)
    known, spent = sign_up(alice.user.email), len(hashed)
    unknown = sign_up("new@example.com")
    assert known == unknown
    assert len(hashed) == 2 * spent == 2  # what takes time is done for both


def test_both_learn_it_by_the_mail_that_the_operator_passes_on(
    open_without_mail: None, alice: Person
) -> None:
    sign_up(alice.user.email)
    sign_up("new@example.com")
    new, known = HeldMail.objects.all()
    assert "confirm-email" in new.body and "new@example.com" in new.recipients
    assert alice.user.email in known.recipients and "confirm-email" not in known.body


def test_whoever_did_not_prove_the_address_does_not_sign_in(open_without_mail: None) -> None:
    sign_up("new@example.com")
    client = Client()
    login = {"login": "new@example.com", "password": FORM["password1"]}
    assert "confirm-email" in client.post("/accounts/login/", login)["Location"]
    assert "_auth_user_id" not in client.session


def test_whoever_was_invited_comes_in_without_a_mail(
    open_without_mail: None, alice: Person
) -> None:
    invitation = invitations.create(alice.in_person, "nora@example.com", Role.MEMBER)
    client = Client()
    session = client.session
    session[signup.FOLLOWED] = [invitations.token_of(invitation), False]
    session.save()
    client.post("/accounts/signup/", FORM | {"email": "nora@example.com"})
    assert "_auth_user_id" in client.session
    again = Client()
    again.post("/accounts/login/", {"login": "nora@example.com", "password": FORM["password1"]})
    assert "_auth_user_id" in again.session
