"""After an erasure nothing is left: every column of every table and every file is looked at."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts import leaving, ledger, members
from accounts.actor import person_lineage
from accounts.models import (
    ApiKey,
    DeletionRequest,
    Entry,
    Membership,
    RedemptionCode,
    Role,
    Tenant,
    TrailEntry,
    User,
)
from generation import erasure, storage, uploads
from generation.errors import StorageFailed
from generation.models import (
    Attempt,
    Backend,
    CallerOptions,
    DataExport,
    Delivery,
    Output,
    Progress,
    Task,
    WebhookEndpoint,
)
from tests.everything import Filler, files, keyed, told
from tests.generation.house import House
from tests.generation.painting import encoded
from tests.people import Person

PROMPT = "xylophone-of-secrets"
EMAIL = "mallory@example.com"
# Tables that never tell of a person or an organisation. A new model that does not either is named
# here, with its reason; one that does needs no word: it is filled and searched.
NOBODYS = {
    "accounts.Plan": "the operator's: what many tenants are put on",
    "accounts.RevokedToken": "a random number",
    "accounts.RateWindow": "filled by hand below",
    "accounts.UsedNonce": "a random number below a key",
    "accounts.Balance": "filled by the ledger",
    "accounts.Entry": "filled by the ledger",
    "accounts.DeletionRequest": "made by asking",
    "generation.FairShare": "made by the claim",
    "generation.Progress": "filled by hand below",
    "generation.ClusterBeat": "a process",
    "generation.PromptRule": "an operator's",
    "generation.Maintenance": "an operator's",
    "generation.UsageMark": "a moment",
    "sessions.Session": "filled by signing in",
    "socialaccount.SocialApp": "an operator's",
    "admin.LogEntry": "filled by hand below",
}
KEPT_OF_TENANT = {"accounts_tenant", "accounts_entry", "accounts_balance", "accounts_trailentry"}


@pytest.fixture
def mallory(house: House, settings: LazySettings) -> Person:
    """An owner, with everything that anybody can have."""
    from tests.people import open_tenant, settle_in

    settings.EASEL_DELETION_DAYS = 0
    person = settle_in(open_tenant("mallorys"), "mallory", Role.OWNER)
    Tenant.objects.filter(pk=person.tenant.pk).update(name=f"House of {EMAIL}")
    house.draw(person, PROMPT)
    house.work()
    person.tenant.refresh_from_db()
    possess(house, person)
    return person


def possess(house: House, person: Person) -> None:
    ledger.adjust(person.tenant.pk, -1, f"for {EMAIL}")
    task = Task.objects.get(user=person.user)
    stored = storage.store_input(encoded(), field="init")
    task.request["inputs"] = {"init": {"stored": stored}}
    task.save()
    uploads.keep(person.actor, encoded())
    Progress.objects.create(task_id=task.pk, preview=PROMPT.encode())
    left = f"outputs/{person.tenant.pk}/2026-01-01/left.png"
    default_storage.save(left, ContentFile(b"half a picture"))
    Attempt.objects.filter(task=task).update(files=[left])
    client = Client()
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    hook = WebhookEndpoint.objects.create(
        tenant=person.tenant, user=person.user, url=f"https://{PROMPT}.example.com"
    )
    Delivery.objects.create(
        tenant=person.tenant, task=task, endpoint=hook, dialect="native", body={"prompt": PROMPT}
    )
    lineage = person_lineage(person.tenant.pk, person.user.pk)
    CallerOptions.objects.create(tenant=person.tenant, lineage=lineage, values={"x": PROMPT})
    file = f"exports/{person.tenant.pk}/all.zip"
    default_storage.save(file, ContentFile(b"zip"))
    DataExport.objects.create(
        tenant=person.tenant, user=person.user, file=file, state="ready",
        expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    kinds = ContentType.objects.get_for_model(ApiKey)
    LogEntry.objects.create(
        user=person.user, content_type=kinds, object_id=str(person.key.pk), action_flag=2,
        object_repr=f"key of {EMAIL}",
    )  # fmt: skip
    about = {User: person.user, Tenant: person.tenant, Task: task, ApiKey: person.key,
             Output: task.outputs.get(), WebhookEndpoint: hook}  # fmt: skip
    trail = TrailEntry.objects.create(
        operator_id=person.user.pk, operator=EMAIL, deed="switched", kind="accounts.user",
        object_id=str(person.user.pk), label=EMAIL, reason=f"for {EMAIL}", before={"who": EMAIL},
        tenant_id=person.tenant.pk,
    )  # fmt: skip
    code = RedemptionCode.objects.create(code_hash="0" * 64, amount=1)
    about |= {ContentType: kinds, Group: Group.objects.create(name="readers"),
              Permission: Permission.objects.first(), RedemptionCode: code,
              TrailEntry: trail, Entry: Entry.objects.for_tenant(person.tenant).first(),
              Membership: Membership.objects.get(user=person.user)}  # fmt: skip
    filler = Filler(about, EMAIL)
    filler.fill(NOBODYS)
    assert not filler.failed, f"make a row by hand, or say why it is nobody's: {filler.failed}"


WORDS = (EMAIL, PROMPT)


def test_a_tenant_and_its_only_member_leave_nothing(house: House, mallory: Person) -> None:
    before, foreign = told(WORDS), told(["charlie@example.com"])
    assert {"generation_task", "accounts_user", "generation_delivery", "accounts_heldmail",
            "accounts_trailentry", "accounts_invitation", "django_admin_log",
            "generation_progress", "accounts_entry"} <= set(before)  # fmt: skip
    assert len(keyed(User, mallory.user.pk)) > 20 and len(keyed(Tenant, mallory.tenant.pk)) > 20
    assert len(files()) >= 5
    signed_in = f'"_auth_user_id":"{mallory.user.pk}"'
    assert "django_session" in told([signed_in])
    sum_before = ledger.balance(mallory.tenant.pk)

    leaving.ask_for_account(mallory.user)
    assert erasure.sweep(timezone.now()) == 1

    assert told([*WORDS, signed_in]) == {}
    assert keyed(User, mallory.user.pk) == {}
    left = {name.partition(".")[0] for name in keyed(Tenant, mallory.tenant.pk)}
    assert left <= KEPT_OF_TENANT
    assert files() == set()
    assert foreign == {}
    tenant = Tenant.objects.get(pk=mallory.tenant.pk)
    assert (tenant.name, tenant.is_active) == ("", False) and tenant.closed_at is not None
    assert ledger.balance(tenant.pk) == sum_before and ledger.differences() == []
    assert not DeletionRequest.objects.exists()


def test_an_organisation_goes_and_its_people_stay(
    house: House, mallory: Person, charlie: Person
) -> None:
    Membership.objects.create(tenant=mallory.tenant, user=charlie.user, role=Role.MEMBER)
    house.draw(charlie, "charlie's own")
    house.work()
    leaving.ask_for_tenant(mallory.in_person)
    erasure.sweep(timezone.now())
    assert PROMPT not in str(told([PROMPT]))
    assert User.objects.filter(pk=mallory.user.pk).exists()
    left = {name.partition(".")[0] for name in keyed(Tenant, mallory.tenant.pk)}
    assert left <= KEPT_OF_TENANT
    assert Task.objects.get().tenant == charlie.tenant
    assert Output.objects.get().file in files()


def test_a_member_goes_and_the_organisation_keeps_its_books(
    house: House, alice: Person, bob: Person
) -> None:
    mine, his = house.draw(alice, "alice's own").task_id, house.draw(bob, PROMPT).task_id
    house.work()
    entries = Entry.objects.for_tenant(alice.tenant).count()
    assert told([PROMPT]) and told(["bob@example.com"])
    assert erasure.erase_user(bob.user)
    assert told([PROMPT, "bob@example.com"]) == {}
    assert keyed(User, bob.user.pk) == {}
    assert list(Task.objects.values_list("pk", flat=True)) == [mine] != [his]
    assert Entry.objects.for_tenant(alice.tenant).count() == entries
    assert ledger.differences() == []


def test_what_runs_is_cancelled_and_the_next_pass_goes_on(
    house: House, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "SLICE", 1)
    Backend.objects.update(slots=2)
    house.draw(bob), house.draw(bob)
    claimed = [house.claim(), house.claim()]
    assert not erasure.erase_user(bob.user)  # both run
    for each in claimed:
        assert each is not None
        house.run(each)
    assert not erasure.erase_user(bob.user, end=0.0)  # one slice of two
    assert Task.objects.filter(user=bob.user.pk).count() == 1
    assert erasure.erase_user(bob.user)
    assert not Task.objects.filter(user=bob.user.pk).exists()


@pytest.mark.django_db
def test_one_that_fails_holds_up_no_other(
    alice: Person, bob: Person, charlie: Person, settings: LazySettings, monkeypatch
) -> None:
    settings.EASEL_DELETION_DAYS = 0
    erase = erasure.erase_user

    def erase_or_fail(user: User, end: float | None = None) -> bool:
        if user == bob.user:
            raise StorageFailed("the storage is away")
        return erase(user, end)

    monkeypatch.setattr(erasure, "erase_user", erase_or_fail)
    for person in (bob, charlie):
        leaving.ask_for_account(person.user)
    assert erasure.sweep(timezone.now()) == 1
    assert list(DeletionRequest.objects.values_list("user", flat=True)) == [bob.user.pk]


@pytest.mark.django_db
def test_everything_is_dead_at_once(alice: Person, bob: Person, client: Client) -> None:
    jwt, key = {"Authorization": f"Bearer {bob.jwt}"}, bob.headers
    for headers in (jwt, key):
        assert client.get("/api/v1/balance", headers=headers).status_code == 200
    leaving.ask_for_account(bob.user)
    for headers in (jwt, key):
        assert client.get("/api/v1/balance", headers=headers).status_code == 401


@pytest.mark.django_db
def test_a_last_owner_hands_over_first(alice: Person, bob: Person) -> None:
    with pytest.raises(members.LastOwner, match="Studio"):
        leaving.ask_for_account(alice.user)
    assert not DeletionRequest.objects.exists()
    Membership.objects.filter(user=bob.user).update(role=Role.OWNER)
    leaving.ask_for_account(alice.user)
    Membership.objects.filter(user=bob.user).update(role=Role.MEMBER)
    DeletionRequest.objects.update(due_at=timezone.now())
    assert erasure.sweep(timezone.now()) == 0
    assert User.objects.filter(pk=alice.user.pk).exists()


@pytest.mark.django_db
def test_only_owners_in_person_delete_an_organisation(alice: Person, bob: Person) -> None:
    for actor in (bob.in_person, alice.actor):
        with pytest.raises(leaving.Forbidden):
            leaving.ask_for_tenant(actor)


@pytest.mark.django_db
def test_a_change_of_mind(alice: Person, settings: LazySettings) -> None:
    settings.EASEL_DELETION_DAYS = 7
    leaving.ask_for_tenant(alice.in_person)
    assert erasure.sweep(timezone.now()) == 0
    assert leaving.keep_tenant(alice.in_person)
    assert erasure.sweep(timezone.now() + timedelta(days=8)) == 0
    assert Tenant.objects.get(pk=alice.tenant.pk).name == "Studio"


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["amount = 7", "note = 'other'", "kind = 'adjust'"])
def test_the_books_yield_to_nothing_else(alice: Person, change: str) -> None:
    with connection.cursor() as cursor:
        tenant = str(alice.tenant.pk)
        cursor.execute("SELECT set_config('easel.closing_tenant', %s, true)", [tenant])
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute(f"UPDATE accounts_entry SET {change}")


@pytest.mark.django_db
def test_the_operators_log_yields_to_nothing_else(alice: Person) -> None:
    TrailEntry.objects.create(operator="root@example.com", deed="looked")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('easel.erasing', 'yes', true)")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute("UPDATE accounts_trailentry SET deed = 'allowed'")
