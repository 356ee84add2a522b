"""Signing in and what guards it: passwords, second factors, devices, limits, redirects."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.conf import settings as configured
from django.core.cache import cache
from django.db import connection
from django.test import Client

from accounts import sessions
from accounts.authentication import authenticate
from accounts.errors import Unauthenticated
from accounts.models import HeldMail, User
from tests.accounts.conftest import Ask
from tests.people import Person

pytestmark = pytest.mark.django_db
PASSWORD, NEW = "seven green pears", "eight blue plums"
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def held_mail(settings: Any) -> Any:
    settings.EMAIL_BACKEND = "accounts.mail.HeldBackend"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # for speed
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def dora(alice: Person) -> Person:
    """Alice, with a password."""
    alice.user.set_password(PASSWORD)
    alice.user.save()
    return alice


def enter(person: Person, password: str = PASSWORD, **how: Any) -> Client:
    client = Client()
    client.post(LOGIN, {"login": person.user.email, "password": password}, **how)
    return client


def is_in(client: Client) -> bool:
    return client.get("/account/profile").status_code == 200


def test_a_new_password_ends_the_other_sessions_and_tokens(dora: Person, ask: Ask) -> None:
    here, there = enter(dora), enter(dora)
    token = ask({"Authorization": f"Bearer {dora.jwt}"})
    authenticate(token)
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert here.post("/accounts/password/change/", form).status_code == 302
    assert (is_in(here), is_in(there)) == (True, False)
    with pytest.raises(Unauthenticated):
        authenticate(token)
    assert is_in(enter(dora, NEW)) and not is_in(enter(dora))


def test_keys_of_programs_survive_it(dora: Person, ask: Ask) -> None:
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    enter(dora).post("/accounts/password/change/", form)
    assert authenticate(ask(dora.headers)).user_id == dora.user.pk


def reset_link(email: str, **how: Any) -> str:
    answer = Client().post("/accounts/password/reset/", {"email": email}, follow=True, **how)
    assert "If there is an account" in answer.content.decode()
    found = HeldMail.objects.first()
    return re.findall(r"https?://\S+", found.body)[0] if found else ""


def test_a_forgotten_password_by_the_operators_hand(dora: Person) -> None:
    there = enter(dora)
    link = reset_link(dora.user.email)
    client = Client()
    page = client.get(link.removeprefix("http://testserver"), follow=True)
    where = page.redirect_chain[-1][0]
    done = client.post(where, {"password1": NEW, "password2": NEW}, follow=True)
    assert "Your password is changed" in done.content.decode()
    assert is_in(enter(dora, NEW)) and not is_in(there)
    again = Client().get(link.removeprefix("http://testserver"), follow=True)
    assert 'name="password1"' not in again.content.decode()


def test_the_link_ignores_a_forged_host(dora: Person, settings: Any) -> None:
    settings.EASEL_BASE_URL = "https://easel.example.com"
    link = reset_link(dora.user.email, headers={"Host": "evil.test"})
    assert link.startswith("https://easel.example.com/accounts/password/reset/key/")


def test_an_unknown_address_is_answered_alike(dora: Person) -> None:
    assert reset_link("nobody@example.com") == ""
    answers = [
        Client().post(LOGIN, {"login": email, "password": "wrong"}).content.decode()
        for email in (dora.user.email, "nobody@example.com")
    ]
    plain = [re.sub(r'value="[^"]*"', "", text) for text in answers]
    assert plain[0] == plain[1]


def test_sign_up_does_not_tell_who_is_known_where_mail_is_sent(dora: Person, settings: Any) -> None:
    settings.EASEL_OPEN_SIGNUP, settings.ACCOUNT_EMAIL_VERIFICATION = True, "mandatory"
    places = []
    for email in (dora.user.email, "new@example.com"):
        form = {"email": email, "password1": NEW, "password2": NEW}
        places.append(Client().post("/accounts/signup/", form)["Location"])
    assert places == ["/accounts/confirm-email/"] * 2
    assert User.objects.filter(email="new@example.com").exists()


def test_whom_the_operator_made_need_not_confirm(dora: Person, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    assert is_in(enter(dora))


def test_an_operator_without_an_organisation_comes_to_the_desk(dora: Person) -> None:
    User.objects.create_superuser("op@example.com", PASSWORD)
    for email, page in (("op@example.com", "/admin/"), (dora.user.email, "/")):
        sent = Client().post(LOGIN, {"login": email, "password": PASSWORD})
        assert (sent.status_code, sent["Location"]) == (302, page)


@pytest.mark.parametrize("where", ["https://evil.test/", "//evil.test", "javascript:alert(1)"])
def test_no_redirect_to_elsewhere(dora: Person, where: str) -> None:
    form = {"login": dora.user.email, "password": PASSWORD, "next": where}
    assert Client().post(LOGIN, form)["Location"] == "/"


def fail(client: Client, person: Person, **how: Any) -> None:
    client.post(LOGIN, {"login": person.user.email, "password": "wrong"}, **how)


def test_guessing_is_stopped_whatever_address_is_claimed(dora: Person, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "3/m/ip"}
    for number in range(3):
        fail(Client(), dora, headers={"X-Forwarded-For": f"203.0.113.{number}"})
    assert not is_in(enter(dora, headers={"X-Forwarded-For": "203.0.113.9"}))


def test_behind_a_proxy_of_ours_each_caller_has_his_own(dora: Person, settings: Any) -> None:
    settings.EASEL_TRUSTED_HOPS = 1
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "3/m/ip"}
    for _ in range(3):
        fail(Client(), dora, headers={"X-Forwarded-For": "203.0.113.1"})
    assert not is_in(enter(dora, headers={"X-Forwarded-For": "203.0.113.1"}))
    assert is_in(enter(dora, headers={"X-Forwarded-For": "203.0.113.2"}))


def test_the_limits_hold_across_processes(dora: Person) -> None:
    """They are counted in the database's table, which all processes share, and which no write
    waits for."""
    assert configured.CACHES["default"]["BACKEND"].endswith("DatabaseCache")
    fail(Client(), dora)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM easel_cache WHERE cache_key LIKE '%login_failed%'")
        assert cursor.fetchone()[0] > 0
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'easel_cache'")
        assert cursor.fetchone()[0] == "u"


def code_of(secret: str, steps: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time() // 30) + steps)))


def with_an_app(person: Person, client: Client) -> tuple[str, list[str]]:
    """(the app's secret, recovery codes)"""
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/", follow=True).content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    secret = re.findall(r'id="totp-secret">([A-Z2-7]+)<', page)[0]
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret, -1)})
    assert answer.status_code == 302
    codes = Authenticator.objects.get(user=person.user, type="recovery_codes").wrap()
    return secret, codes.get_unused_codes()


def test_a_second_factor_is_asked_for(dora: Person) -> None:
    secret, _codes = with_an_app(dora, enter(dora))
    client = enter(dora)
    assert not is_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert not is_in(client)
    code = code_of(secret)
    client.post("/accounts/2fa/authenticate/", {"code": code})
    assert is_in(client)
    other = enter(dora)
    other.post("/accounts/2fa/authenticate/", {"code": code})
    assert not is_in(other), "a code works once"


def test_a_recovery_code_works_once(dora: Person) -> None:
    _secret, codes = with_an_app(dora, enter(dora))
    for expected in (True, False):
        client = enter(dora)
        client.post("/accounts/2fa/authenticate/", {"code": codes[0]})
        assert is_in(client) == expected


def test_the_row_of_a_factor_does_not_hold_its_secret(dora: Person) -> None:
    secret, _codes = with_an_app(dora, enter(dora))
    assert secret not in str(list(Authenticator.objects.values()))


def test_a_second_factor_is_set_up_only_after_the_password(dora: Person) -> None:
    answer = enter(dora).get("/accounts/2fa/totp/activate/")
    assert (answer.status_code, "reauthenticate" in answer["Location"]) == (302, True)


def test_devices_are_ended_one_by_one(dora: Person) -> None:
    agent = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36"
    here, there = enter(dora), enter(dora, headers={"User-Agent": agent})
    assert "Chrome 131 · Windows" in here.get("/accounts/sessions/").content.decode()
    number = UserSession.objects.get(user_agent=agent).pk
    assert here.post(f"/accounts/sessions/{number}/end").status_code == 302
    assert (is_in(here), is_in(there)) == (True, False)


def test_all_others_at_once(dora: Person) -> None:
    here, there = enter(dora), enter(dora)
    here.post("/accounts/sessions/")
    assert (is_in(here), is_in(there)) == (True, False)


def test_somebody_elses_device_is_as_if_it_never_was(dora: Person, bob: Person) -> None:
    enter(dora)
    client = Client()
    client.force_login(bob.user, backend="django.contrib.auth.backends.ModelBackend")
    number = UserSession.objects.get(user=dora.user).pk
    for each in (number, 2**40, 2**70):
        assert client.post(f"/accounts/sessions/{each}/end").status_code == 404
    assert client.get(f"/accounts/sessions/{number}/end").status_code == 405
    assert UserSession.objects.filter(pk=number).exists()


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Firefox/133.0", "Firefox 133 · Linux"),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/605 Version/17.1 Safari/605", "Safari 17 · macOS"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/131.0 Safari/537 Edg/131.0", "Edge 131 · Windows"),
        ("curl/8", "Unknown device"),
        ("", "Unknown device"),
    ],
)  # fmt: skip
def test_devices_in_a_few_words(agent: str, words: str) -> None:
    assert sessions.device(agent) == words


def test_whoever_belongs_nowhere_still_manages_his_password(dora: Person) -> None:
    client = enter(dora)
    dora.user.memberships.all().delete()
    assert client.get("/account/profile").status_code == 403
    assert client.get("/accounts/2fa/").status_code == 200
    assert client.get("/accounts/password/change/").status_code == 200


PAGES = (
    "login/", "signup/", "password/reset/", "password/reset/done/", "confirm-email/", "logout/",
    "password/change/", "email/", "2fa/", "2fa/totp/activate/", "2fa/webauthn/",
    "2fa/webauthn/add/", "sessions/", "3rdparty/", "reauthenticate/", "inactive/",
    "3rdparty/login/cancelled/", "3rdparty/login/error/", "password/reset/key/done/",
)  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_each_page_wears_our_design(dora: Person, page: str) -> None:
    for client in (Client(), enter(dora)):
        answer = client.get(f"/accounts/{page}", follow=True)
        text = answer.content.decode()
        assert answer.status_code == (401 if page == "3rdparty/login/error/" else 200)
        assert "easel/components.css" in text
        assert not re.search(r"<script(?![^>]*(src=|application/json))|\sstyle=|<style", text)
