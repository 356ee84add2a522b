"""Sign-in through a provider that runs on a port of its own, as a browser goes through it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from accounts import invitations
from accounts.models import Membership, Role, User
from config import oidc
from tests.accounts.oidc_peer import CLIENT, SECRET, Provider, provider
from tests.people import Person

pytestmark = pytest.mark.django_db
PERSON = {"sub": "42", "email": "new@example.com", "email_verified": True, "name": "New Person"}


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with provider() as found:
        yield found


@pytest.fixture
def peer(running: Provider, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Provider:
    monkeypatch.setenv("EASEL_OIDC_CLIENT_ID", CLIENT)
    monkeypatch.setenv("EASEL_OIDC_CLIENT_SECRET", SECRET)
    monkeypatch.setenv("EASEL_OIDC_NAME", "The Institute")
    settings.SOCIALACCOUNT_PROVIDERS = oidc.providers(running.url)
    settings.EASEL_OIDC_SIGNUP = True
    running.person, running.spoil = dict(PERSON), {}
    running.asked.clear()
    return running


def depart(client: Client, next_page: str = "") -> str:
    """Where the provider sends the browser back to."""
    query = {"process": "login"} | ({"next": next_page} if next_page else {})
    left = client.get("/accounts/oidc/oidc/login/", query)
    assert left.status_code == 302
    back = requests.get(left["Location"], allow_redirects=False, timeout=10)
    return back.headers["Location"]


def return_to(client: Client, address: str) -> Any:
    parts = urlsplit(address)
    return client.get(parts.path, {k: v[0] for k, v in parse_qs(parts.query).items()})


def who(client: Client) -> str:
    found = User.objects.filter(pk=client.session.get("_auth_user_id", 0)).first()
    return found.email if found else ""


def test_the_button_leads_there_by_a_link(peer: Provider) -> None:
    text = Client().get("/accounts/login/").content.decode()
    assert "Sign in with The Institute" in text
    assert 'href="/accounts/oidc/oidc/login/' in text


def test_somebody_new_gets_an_account_and_an_organisation(peer: Provider) -> None:
    client = Client()
    answer = return_to(client, depart(client))
    assert (answer.status_code, answer["Location"]) == (302, "/")
    user = User.objects.get(email="new@example.com")
    assert (who(client), user.name, user.has_usable_password()) == (user.email, "New Person", False)
    assert Membership.objects.get(user=user).role == Role.OWNER
    assert {"/token", "/userinfo"} <= set(peer.asked)


def test_he_comes_back_as_the_same_person(peer: Provider) -> None:
    for _ in range(2):
        client = Client()
        return_to(client, depart(client))
    assert who(client) == "new@example.com"
    assert User.objects.count() == 1


def test_he_comes_to_the_page_that_he_wanted(peer: Provider) -> None:
    client = Client()
    assert return_to(client, depart(client, "/account/keys"))["Location"] == "/account/keys"


def test_an_invitation_opens_a_closed_house(peer: Provider, alice: Person, settings: Any) -> None:
    settings.EASEL_OIDC_SIGNUP = False
    made = invitations.create(alice.in_person, "new@example.com", Role.VIEWER)
    client = Client()
    client.get(f"/invitations/{invitations.token_of(made)}")
    return_to(client, depart(client))
    membership = Membership.objects.get(user__email="new@example.com")
    assert (membership.tenant, membership.role) == (alice.tenant, Role.VIEWER)


def test_a_known_address_is_linked_where_the_operator_says_so(
    peer: Provider, alice: Person, settings: Any
) -> None:
    settings.SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
    settings.SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
    peer.person["email"] = alice.user.email
    client = Client()
    return_to(client, depart(client))
    assert who(client) == alice.user.email


def test_elsewhere_a_known_address_opens_nothing(peer: Provider, alice: Person) -> None:
    peer.person["email"] = alice.user.email
    client = Client()
    return_to(client, depart(client))
    assert who(client) == ""


def test_an_unverified_address_is_never_linked(
    peer: Provider, alice: Person, settings: Any
) -> None:
    settings.SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
    peer.person |= {"email": alice.user.email, "email_verified": False}
    client = Client()
    return_to(client, depart(client))
    assert who(client) == ""


def test_strangers_stay_out_where_sign_up_is_closed(peer: Provider, settings: Any) -> None:
    settings.EASEL_OIDC_SIGNUP = False
    client = Client()
    text = return_to(client, depart(client)).content.decode()
    assert who(client) == "" and not User.objects.exists()
    assert "By invitation only" in text


def test_somebody_elses_invitation_does_not_help(
    peer: Provider, alice: Person, settings: Any
) -> None:
    settings.EASEL_OIDC_SIGNUP = False
    made = invitations.create(alice.in_person, "eve@example.com", Role.VIEWER)
    client = Client()
    client.get(f"/invitations/{invitations.token_of(made)}")
    return_to(client, depart(client))
    assert not User.objects.filter(email="new@example.com").exists()


@pytest.mark.parametrize("lie", [{"aud": "another"}, {"iss": "http://evil.test"}, {"exp": 1}])
def test_a_token_that_is_not_for_us(peer: Provider, lie: dict[str, Any]) -> None:
    peer.spoil = lie
    client = Client()
    answer = return_to(client, depart(client))
    assert who(client) == "" and not User.objects.exists()
    assert "went wrong" in answer.content.decode()


def test_a_state_of_another_browser(peer: Provider) -> None:
    back = depart(Client())
    client = Client()
    return_to(client, back)
    assert who(client) == ""


def test_a_code_twice(peer: Provider) -> None:
    client = Client()
    back = depart(client)
    return_to(client, back)
    other = Client()
    return_to(other, back)
    assert who(other) == ""


def test_no_redirect_to_elsewhere(peer: Provider) -> None:
    client = Client()
    assert return_to(client, depart(client, "https://evil.test/"))["Location"] == "/"


def test_a_provider_that_does_not_answer(peer: Provider, settings: Any) -> None:
    apps = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    apps[0]["settings"]["server_url"] = "http://127.0.0.1:9"
    answer = Client().get("/accounts/oidc/oidc/login/")
    assert "went wrong" in answer.content.decode()


def test_without_a_provider_there_is_no_button(db: None) -> None:
    assert b"/accounts/oidc/" not in Client().get("/accounts/login/").content


def test_half_a_configuration_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EASEL_OIDC_CLIENT_ID", raising=False)
    with pytest.raises(ImproperlyConfigured, match="EASEL_OIDC_CLIENT_ID"):
        oidc.providers("https://id.example.com")
    with pytest.raises(ImproperlyConfigured, match="EASEL_OIDC_URL"):
        oidc.providers("id.example.com")
