"""Mails: kept for the operator where there is no server, sent where there is one."""

from __future__ import annotations

import socket
import time
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

from accounts import checks, mail, post
from accounts.models import HeldMail, OutgoingMail, User
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
        self.unknown = ""

    async def handle_RCPT(
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if address == self.unknown:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

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
    settings.EMAIL_BACKEND = "accounts.mail.QueuedBackend"
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


def deliver_all() -> int:
    """As short work does, here and now; how many claims there were."""
    claims = 0
    while (claimed := post.claim_one()) is not None:
        post.send(claimed.mail_id, claimed.lease_token)
        claims += 1
    return claims


def due_now() -> None:
    OutgoingMail.objects.update(due_at=timezone.now())


def test_an_invitation_arrives_by_smtp(server: Mailbox, owner: Client, settings: Any) -> None:
    settings.EASEL_BASE_URL = "https://easel.example.com"
    text = owner.post("/account/invitations", INVITED, follow=True).content.decode()
    assert "the mail is on its way" in text and server.arrived == []
    assert deliver_all() == 1
    [message] = server.arrived
    assert (message["To"], message["From"]) == ("new@example.com", "Easel <easel@localhost>")
    assert message["Subject"] == "Alice invites you to Studio"
    assert "https://easel.example.com/invitations/" in message.get_content()
    assert not OutgoingMail.objects.exists() and not HeldMail.objects.exists()


def test_a_mail_speaks_the_language_of_the_page(server: Mailbox, owner: Client) -> None:
    owner.cookies["django_language"] = "zh-hans"
    owner.post("/account/invitations", INVITED)
    deliver_all()
    assert "邀请" in str(server.arrived[0]["Subject"])


def test_on_its_way_it_is_not_plain_text(server: Mailbox, db: None) -> None:
    send()
    assert LINK not in str(OutgoingMail.objects.values().get())


def test_a_server_that_hangs_delays_no_page(alice: Person, settings: Any) -> None:
    settings.EMAIL_BACKEND = "accounts.mail.QueuedBackend"
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes calls and says nothing
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        began = time.monotonic()
        Client().post("/accounts/password/reset/", {"email": alice.user.email})
        assert time.monotonic() - began < settings.EMAIL_TIMEOUT / 2
        assert OutgoingMail.objects.get().recipients == alice.user.email


def test_it_is_tried_again_later(server: Mailbox, db: None, settings: Any) -> None:
    settings.EMAIL_HOST_PASSWORD = "wrong"
    send()
    assert deliver_all() == 1
    row = OutgoingMail.objects.get()
    assert "535" in row.last_error and row.due_at > timezone.now()
    settings.EMAIL_HOST_PASSWORD = "secret"
    due_now()
    assert deliver_all() == 1 and len(server.arrived) == 1


def test_what_is_never_taken_is_kept_for_the_operator(
    server: Mailbox, db: None, settings: Any, client: Client
) -> None:
    settings.EMAIL_HOST_PASSWORD = "wrong"
    send()
    for _ in range(post.MOST_ATTEMPTS):
        due_now()
        assert deliver_all() == 1
    assert not OutgoingMail.objects.exists()
    held = HeldMail.objects.get()
    assert held.body == LINK and "535" in held.problem
    page = operator(client, is_staff=True, is_superuser=True).get("/admin/accounts/heldmail/")
    assert "535" in page.content.decode()


def test_a_mailbox_that_does_not_exist_is_asked_once(server: Mailbox, db: None) -> None:
    server.unknown = "a@example.com"
    send()
    assert deliver_all() == 1
    assert "no such mailbox" in HeldMail.objects.get().problem


def test_a_mail_of_a_dead_sender_is_sent_by_another_under_the_same_id(
    server: Mailbox, db: None
) -> None:
    send()
    dead = post.claim_one()
    assert dead is not None and post.claim_one() is None
    OutgoingMail.objects.update(lease_until=timezone.now())
    assert deliver_all() == 1
    assert post.send(dead.mail_id, dead.lease_token) is False
    assert len(server.arrived) == 1 and server.arrived[0]["Message-ID"]


def test_a_mail_that_kills_its_senders_ends(server: Mailbox, db: None) -> None:
    send()
    for _ in range(post.MOST_ATTEMPTS):
        assert post.claim_one() is not None
        OutgoingMail.objects.update(lease_until=timezone.now())
    assert deliver_all() == 1
    assert server.arrived == [] and "died" in HeldMail.objects.get().problem


def test_few_are_sent_at_once(server: Mailbox, db: None) -> None:
    for number in range(post.AT_ONCE + 2):
        send(f"{number}@example.com")
    claims = [post.claim_one() for _ in range(post.AT_ONCE + 2)]
    assert [each is not None for each in claims] == [True] * post.AT_ONCE + [False] * 2


def test_too_many_on_their_way(server: Mailbox, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "MOST_OUTGOING", 2)
    for _ in range(3):
        send()
    assert (OutgoingMail.objects.count(), HeldMail.objects.count()) == (2, 1)


def test_a_worker_sends_it(server: Mailbox, transactional_db: None) -> None:
    """The entry point that short work calls, on a thread and a connection of its own."""
    send()
    claimed = post.claim_one()
    assert claimed is not None
    post.run(str(claimed.mail_id), str(claimed.lease_token)).result(30)
    assert len(server.arrived) == 1 and not OutgoingMail.objects.exists()


def test_a_mail_in_html_too_arrives_as_it_was(server: Mailbox, db: None) -> None:
    send_mail("Reset", "plain", None, ["a@example.com"], html_message="<b>rich</b>")
    assert deliver_all() == 1
    assert "rich" in server.arrived[0].get_body(("html",)).get_content()


def test_sealed_under_another_key_it_goes(server: Mailbox, db: None) -> None:
    send()
    OutgoingMail.objects.update(message_sealed="nonsense")
    assert deliver_all() == 1 and not OutgoingMail.objects.exists()


def test_lesser_staff_does_not_see_who_is_written_to(
    server: Mailbox, client: Client, db: None
) -> None:
    send()
    page = "/admin/accounts/outgoingmail/"
    assert operator(client, is_staff=True).get(page).status_code == 403
