"""Mails: kept for the operator where there is no server, sent where there is one."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from django.core.mail import send_mail
from django.test import Client
from django.utils import timezone

from accounts import checks, invitations, mail
from accounts.models import HeldMail, Role, User
from tests.people import Person

LINK = "https://easel.example.com/accounts/password/reset/key/1-abc/"


@pytest.fixture
def held(settings: Any, db: None) -> None:
    settings.EMAIL_BACKEND = "accounts.mail.HeldBackend"


def send(to: str = "a@example.com", body: str = LINK) -> None:
    send_mail("Reset", body, None, [to])


def test_a_mail_is_kept_and_not_as_plain_text(held: None) -> None:
    send()
    row = HeldMail.objects.values().get()
    assert (row["recipients"], row["subject"]) == ("a@example.com", "Reset")
    assert "reset" not in row["body_sealed"]
    assert HeldMail.objects.get().body == LINK


def test_it_expires(held: None, settings: Any) -> None:
    settings.EASEL_HELD_MAIL_DAYS = 2
    send()
    assert mail.prune(timezone.now() + timedelta(days=1, hours=23)) == 0
    assert mail.prune(timezone.now() + timedelta(days=2, minutes=1)) == 1


def test_there_are_never_more_than_so_many(held: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "MOST", 3)
    for number in range(5):
        send(f"{number}@example.com")
    kept = HeldMail.objects.values_list("recipients", flat=True)
    assert list(kept) == ["4@example.com", "3@example.com", "2@example.com"]


def operator(client: Client, **rights: bool) -> Client:
    user = User.objects.create_user("op@example.com", "seven green pears", **rights)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_superuser_reads_it(held: None, client: Client) -> None:
    send(body=f"<b>\n{LINK}")
    number = HeldMail.objects.get().pk
    page = operator(client, is_staff=True, is_superuser=True)
    assert "a@example.com" in page.get("/admin/accounts/heldmail/").content.decode()
    text = page.get(f"/admin/accounts/heldmail/{number}/change/").content.decode()
    assert f'href="{LINK}"' in text and "&lt;b&gt;" in text


def test_lesser_staff_does_not_whatever_permission_it_has(held: None, client: Client) -> None:
    from django.contrib.auth.models import Permission

    send()
    page = operator(client, is_staff=True)
    staff = User.objects.get(email="op@example.com")
    staff.user_permissions.set(Permission.objects.filter(content_type__model="heldmail"))
    for path in ("", f"{HeldMail.objects.get().pk}/change/"):
        assert page.get(f"/admin/accounts/heldmail/{path}").status_code == 403


def test_a_link_without_a_base_address_is_warned_about(settings: Any) -> None:
    assert checks.mails(None) == []
    settings.EMAIL_HOST = "mail.example.com"
    assert [each.id for each in checks.mails(None)] == ["accounts.W002"]
    settings.EASEL_BASE_URL = "https://easel.example.com"
    assert checks.mails(None) == []


class Mailbox:
    """A mail server's other half: what arrived, and who may send."""

    def __init__(self) -> None:
        self.arrived: list[Any] = []

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:
        self.arrived.append(message_from_bytes(envelope.content or b"", policy=default))
        return "250 OK"

    def sign_in(self, _server: Any, _session: Any, _envelope: Any, _how: str, given: Any) -> Any:
        ours = isinstance(given, LoginPassword) and given.password == b"secret"
        return AuthResult(success=ours, handled=ours)  # else the server says 535


@pytest.fixture
def server(settings: Any) -> Iterator[Mailbox]:
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = Controller(
        box,
        hostname="127.0.0.1",
        port=port,
        authenticator=box.sign_in,
        auth_require_tls=False,
    )
    running.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "easel", "secret"
    settings.EMAIL_USE_TLS = False
    try:
        yield box
    finally:
        running.stop()


@pytest.fixture
def owner(alice: Person) -> Client:
    client = Client()
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


INVITED = {"email": "new@example.com", "role": "member"}


def test_an_invitation_arrives_by_smtp(server: Mailbox, owner: Client, settings: Any) -> None:
    settings.EASEL_BASE_URL = "https://easel.example.com"
    text = owner.post("/account/invitations", INVITED, follow=True).content.decode()
    assert "the mail is on its way" in text
    [message] = server.arrived
    assert (message["To"], message["From"]) == ("new@example.com", "Easel <easel@localhost>")
    assert message["Subject"] == "Alice invites you to Studio"
    assert "https://easel.example.com/invitations/" in message.get_content()


def test_a_mail_speaks_the_language_of_the_page(server: Mailbox, owner: Client) -> None:
    owner.cookies["django_language"] = "zh-hans"
    owner.post("/account/invitations", INVITED)
    assert "邀请" in str(server.arrived[0]["Subject"])


def test_a_server_that_refuses_costs_no_invitation(
    server: Mailbox, owner: Client, alice: Person, settings: Any
) -> None:
    settings.EMAIL_HOST_PASSWORD = "wrong"
    text = owner.post("/account/invitations", INVITED, follow=True).content.decode()
    assert "could not be sent" in text and server.arrived == []
    assert invitations.visible(alice.in_person).get().role == Role.MEMBER


def test_a_reset_survives_a_server_that_refuses(
    server: Mailbox, alice: Person, settings: Any
) -> None:
    settings.EMAIL_HOST_PASSWORD = "wrong"
    answer = Client().post("/accounts/password/reset/", {"email": alice.user.email}, follow=True)
    assert "If there is an account" in answer.content.decode()
    assert HeldMail.objects.get().recipients == alice.user.email
