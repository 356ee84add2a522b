"""Taking everything along, and leaving."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from accounts import leaving
from accounts.models import ApiKey, DeletionRequest, Membership, Role
from generation import exporting, exports, uploads
from generation.models import DataExport, Output, WebhookEndpoint
from generation.scheduling import exports as leases
from generation.scheduling.broker import CLAIMS, EXECUTORS, QUEUES
from tests.everything import files
from tests.generation.house import House
from tests.generation.painting import encoded
from tests.generation.studio.conftest import FRAGMENT
from tests.people import Person

PASSWORD = "seven green pears"


def write() -> None:
    """As the short-work cluster would."""
    found = leases.claim_one(uuid.uuid4())
    assert found is not None
    exporting.run(str(found.export_id), str(found.lease_token)).result(timeout=30)


def unpacked(client: Client, export: DataExport) -> dict[str, bytes]:
    answer = client.get(f"/account/data/exports/{export.pk}")
    assert answer["Content-Type"] == "application/zip"
    assert "no-store" in answer["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def rows(found: dict[str, bytes], name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in found[name].splitlines()]


def test_everything_of_mine_and_nothing_of_others(
    house: House, alice: Person, bob: Person, sign_in
) -> None:
    house.draw(alice, "alice's own")
    house.draw(bob, "bob's own")
    house.work()
    uploads.keep(bob.actor, encoded())
    WebhookEndpoint.objects.create(
        tenant=bob.tenant, user=bob.user, url="https://b.test", secret_sealed="sealed!"
    )
    client = sign_in(bob)
    assert "every 2s" not in client.get("/account/data").content.decode()
    client.post("/account/data/export", {"whole": "no"})
    waiting = client.get("/account/data").content.decode()
    assert "every 2s" in waiting and "Your export is being written" in waiting
    write()
    assert client.get("/account/data", headers=FRAGMENT).status_code == 286
    found = unpacked(client, DataExport.objects.get())
    everything = b" ".join(found.values())
    (task,) = rows(found, "generation.task.jsonl")
    assert task["request"]["prompt"] == "bob's own"
    assert len([name for name in found if name.startswith("pictures/")]) == 1
    assert len([name for name in found if name.startswith("uploads/")]) == 1
    assert len(rows(found, "accounts.apikey.jsonl")) == 2
    assert {row["kind"] for row in rows(found, "accounts.entry.jsonl")} >= {"reserve", "settle"}
    for secret in (b"alice", b"sealed!", bob.key.secret_hash.encode(), b"password"):
        assert secret not in everything
    assert [message.to for message in mail.outbox] == [["bob@example.com"]]


def test_an_owner_takes_the_whole_organisation(
    house: House, alice: Person, bob: Person, charlie: Person, sign_in
) -> None:
    for person in (alice, bob, charlie):
        house.draw(person, f"{person.user.name}'s own")
    house.work()
    client = sign_in(alice)
    client.post("/account/data/export", {"whole": "yes"})
    write()
    export = DataExport.objects.get()
    found = unpacked(client, export)
    prompts = {row["request"]["prompt"] for row in rows(found, "generation.task.jsonl")}
    assert prompts == {"Alice's own", "Bob's own"}
    assert b"Charlie" not in b" ".join(found.values())
    Membership.objects.filter(user=alice.user).update(role=Role.MEMBER)
    assert client.get(f"/account/data/exports/{export.pk}").status_code == 404


def test_a_picture_that_is_gone_is_counted(house: House, bob: Person) -> None:
    house.draw(bob)
    house.work()
    default_storage.delete(Output.objects.get().file)
    file = io.BytesIO()
    exporting.fill(exports.ask(bob.in_person), file, lambda done: None)
    with zipfile.ZipFile(file) as archive:
        assert b"are missing: 1." in archive.read("README.txt")


def test_its_days_end(house: House, bob: Person, sign_in) -> None:
    export = exports.ask(bob.in_person)
    write()
    assert len(files()) == 1
    DataExport.objects.update(expires_at=timezone.now())
    assert exports.sweep(timezone.now()) == 1
    assert files() == set()
    assert sign_in(bob).get(f"/account/data/exports/{export.pk}").status_code == 404


def test_deleted_while_it_is_written(house: House, bob: Person) -> None:
    exports.ask(bob.in_person)
    found = leases.claim_one(uuid.uuid4())
    assert found is not None
    export = DataExport.objects.get()
    exports.delete(bob.in_person, export.pk)
    exporting.run(str(found.export_id), str(found.lease_token)).result(timeout=30)
    with pytest.raises(exporting.Interrupted):
        exporting._write(export, found.lease_token)
    assert files() == set() and not mail.outbox


@pytest.mark.django_db
def test_a_dead_writer_is_replaced_and_not_for_ever(bob: Person) -> None:
    exports.ask(bob.in_person)
    for strikes in range(1, leases.MOST_STRIKES + 1):
        assert leases.claim_one(uuid.uuid4()) is not None
        DataExport.objects.update(lease_until=timezone.now())
        exports.sweep(timezone.now())
        assert DataExport.objects.get().strikes == strikes
    assert DataExport.objects.get().state == "failed"
    assert leases.claim_one(uuid.uuid4()) is None


@pytest.mark.django_db
def test_one_at_a_time_and_five_a_day(bob: Person, sign_in) -> None:
    client = sign_in(bob)
    client.post("/account/data/export")
    client.post("/account/data/export")
    assert "being written already" in client.get("/account/data").content.decode()
    DataExport.objects.update(state="failed")
    for _number in range(exports.MOST_A_DAY):
        client.post("/account/data/export")
        DataExport.objects.filter(state="waiting").update(state="failed")
    assert DataExport.objects.count() == exports.MOST_A_DAY


@pytest.mark.django_db
def test_refused_exports(alice: Person, bob: Person, charlie: Person, sign_in) -> None:
    assert sign_in(bob).post("/account/data/export", {"whole": "yes"}).status_code == 403
    with pytest.raises(exports.Forbidden):
        exports.ask(bob.actor)
    export = exports.ask(bob.in_person)
    DataExport.objects.update(state="ready", expires_at=timezone.now(), file="exports/x.zip")
    for person in (alice, charlie):
        client = sign_in(person)
        assert client.get(f"/account/data/exports/{export.pk}").status_code == 404
        assert client.post(f"/account/data/exports/{export.pk}/delete").status_code == 404


def test_short_work_claims_exports() -> None:
    assert "export" in QUEUES["delivery"]
    assert CLAIMS["export"] and EXECUTORS["export"] == "generation.exporting.run"


def with_password(person: Person) -> Person:
    person.user.set_password(PASSWORD)
    person.user.save()
    return person


@pytest.mark.django_db
def test_an_account_is_left_and_kept_again(bob: Person, sign_in) -> None:
    client = sign_in(with_password(bob))
    form = {"typed": bob.user.email, "password": PASSWORD}
    answer = client.post("/account/data/delete-account", form)
    assert answer["Location"] == "/accounts/login/"
    assert client.get("/account/data").status_code == 302
    assert not ApiKey.objects.filter(user=bob.user, revoked_at=None).exists()
    again = sign_in(bob)
    assert "Your account will be deleted on" in again.get("/account/data").content.decode()
    again.post("/account/data/keep", {"what": "account"})
    assert not DeletionRequest.objects.exists()


@pytest.mark.django_db
def test_an_organisation_is_left_and_kept_again(alice: Person, sign_in) -> None:
    client = sign_in(with_password(alice))
    form = {"typed": "Studio", "password": PASSWORD}
    assert client.post("/account/data/delete-organisation", form).status_code == 302
    assert DeletionRequest.objects.get().tenant == alice.tenant
    assert "Studio will be deleted on" in client.get("/account/data").content.decode()
    client.post("/account/data/keep", {"what": "organisation"})
    assert not DeletionRequest.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["delete-account", "delete-organisation"])
def test_nothing_goes_without_name_and_password(alice: Person, sign_in, page: str) -> None:
    client = sign_in(with_password(alice))
    name = alice.user.email if page == "delete-account" else "Studio"
    for typed, password in ((name, "wrong"), (name, ""), (name.upper(), PASSWORD), ("", "")):
        form = {"typed": typed, "password": password}
        answer = client.post(f"/account/data/{page}", form)
        assert answer.status_code == 200
        assert PASSWORD not in answer.content.decode()
    assert not DeletionRequest.objects.exists()


@pytest.mark.django_db
def test_without_a_password_a_recent_sign_in_counts(bob: Person, sign_in) -> None:
    bob.user.set_unusable_password()
    bob.user.save()
    client = sign_in(bob)
    type(bob.user).objects.update(last_login=timezone.now() - timedelta(minutes=6))
    page = client.get("/account/data/delete-account").content.decode()
    assert 'name="password"' not in page
    page = client.post("/account/data/delete-account", {"typed": bob.user.email})
    assert "Sign in again" in page.content.decode()
    assert not DeletionRequest.objects.exists()
    sign_in(bob).post("/account/data/delete-account", {"typed": bob.user.email})
    assert DeletionRequest.objects.exists()


@pytest.mark.django_db
def test_a_last_owner_is_told_what_to_do(alice: Person, bob: Person, sign_in) -> None:
    client = sign_in(with_password(alice))
    page = client.get("/account/data/delete-account").content.decode()
    assert "hand them over" in page and 'name="typed"' not in page
    form = {"typed": alice.user.email, "password": PASSWORD}
    page = client.post("/account/data/delete-account", form).content.decode()
    assert not DeletionRequest.objects.exists()


@pytest.mark.django_db
def test_members_delete_no_organisation(alice: Person, bob: Person, sign_in) -> None:
    client = sign_in(with_password(bob))
    form = {"typed": "Studio", "password": PASSWORD}
    assert client.get("/account/data/delete-organisation").status_code == 403
    assert client.post("/account/data/delete-organisation", form).status_code == 403
    assert client.post("/account/data/keep", {"what": "organisation"}).status_code == 403


@pytest.mark.django_db
def test_every_member_is_told_on_every_page(alice: Person, bob: Person, sign_in) -> None:
    told = "will be deleted on"
    page = sign_in(bob)
    assert told not in page.get("/studio/history").content.decode()
    leaving.ask_for_tenant(alice.in_person)
    for path in ("/", "/studio/history", "/account/keys", "/accounts/2fa/"):
        assert told in page.get(path).content.decode(), path
    leaving.keep_tenant(alice.in_person)
    assert told not in page.get("/studio/history").content.decode()


@pytest.mark.django_db
def test_owners_get_a_mail_once(
    alice: Person, bob: Person, mailoutbox: list[mail.EmailMessage]
) -> None:
    alice.user.language = "zh-hans"
    alice.user.save()
    leaving.ask_for_tenant(alice.in_person)
    leaving.ask_for_tenant(alice.in_person)
    [message] = mailoutbox
    assert message.to == [alice.user.email] and "Studio 将于" in message.subject
