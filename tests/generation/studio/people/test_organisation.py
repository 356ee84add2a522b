"""Profile, organisation, organisations: what is saved, by whom, and what is the operator's."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts import tenancy
from accounts.models import Membership, Role, Tenant, User
from tests.generation.house import CHECKPOINT, House
from tests.generation.studio.conftest import SignIn
from tests.people import Person, open_tenant

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Atelier",
    "time_zone": "Europe/Berlin",
    "default_checkpoint": "",
    "preview_policy": "off",
    "visible_mark": "on",
    "strict": "on",
}


def test_an_owner_sets_what_is_his(house: House, alice: Person, sign_in: SignIn) -> None:
    form = FORM | {"default_checkpoint": CHECKPOINT}
    assert sign_in(alice).post("/account/organisation", form).status_code == 302
    kept = Tenant.objects.get(pk=alice.tenant.pk)
    assert (kept.name, kept.time_zone, kept.preview_policy) == ("Atelier", "Europe/Berlin", "off")
    assert (kept.visible_mark, kept.strict, kept.allows_adult) == (True, True, False)
    assert kept.default_checkpoint == CHECKPOINT


def test_the_operators_limits_stay(alice: Person, sign_in: SignIn) -> None:
    before = Tenant.objects.values("weight", "max_queued", "price_percent", "slug", "is_active")
    kept = before.get(pk=alice.tenant.pk)
    mine = {"weight": "99", "max_queued": "9", "price_percent": "0", "slug": "x", "is_active": ""}
    sign_in(alice).post("/account/organisation", FORM | mine)
    assert before.get(pk=alice.tenant.pk) == kept
    assert b"Set by the operator" in sign_in(alice).get("/account/organisation").content


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("time_zone", "Mars/Olympus"),
        ("default_checkpoint", "no such model"),
        ("preview_policy", "loud"),
    ],
)
def test_what_cannot_be_is_named(alice: Person, sign_in: SignIn, field: str, value: str) -> None:
    answer = sign_in(alice).post("/account/organisation", FORM | {field: value})
    text = answer.content.decode()
    assert text.partition(f'id="error-{field}"')[2].partition("</")[0].partition(">")[2].strip()
    assert Tenant.objects.get(pk=alice.tenant.pk).name == "Studio"


def test_members_only_look(bob: Person, sign_in: SignIn) -> None:
    client = sign_in(bob)
    text = client.get("/account/organisation").content.decode()
    assert "Only owners and administrators change these." in text and ">Save<" not in text
    assert client.post("/account/organisation", FORM).status_code == 403


def second_home(person: Person) -> Tenant:
    other = open_tenant("second")
    Membership.objects.create(tenant=other, user=person.user, role=Role.VIEWER)
    return other


def test_switching(alice: Person, sign_in: SignIn) -> None:
    other, client = second_home(alice), sign_in(alice)
    assert b'name="tenant"' in client.get("/").content
    assert client.post("/account/switch", {"tenant": other.pk}).status_code == 302
    assert client.session[tenancy.CHOSEN] == other.pk
    assert client.get("/account/organisation").context["actor"].role == Role.VIEWER


def test_with_one_organisation_the_menu_offers_none(alice: Person, sign_in: SignIn) -> None:
    assert b'name="tenant"' not in sign_in(alice).get("/").content


@pytest.mark.parametrize("wrong", ["", "x", "-1", "9" * 30, "²", "stranger"])
def test_another_organisation_cannot_be_told_from_none(
    alice: Person, charlie: Person, sign_in: SignIn, wrong: str
) -> None:
    client = sign_in(alice)
    tenant = str(charlie.tenant.pk) if wrong == "stranger" else wrong
    assert client.post("/account/switch", {"tenant": tenant}).status_code == 404
    assert tenancy.CHOSEN not in client.session


def test_who_is_removed_where_he_works_comes_back_to_his_own(
    alice: Person, sign_in: SignIn
) -> None:
    other, client = second_home(alice), sign_in(alice)
    client.post("/account/switch", {"tenant": other.pk})
    Membership.objects.filter(tenant=other).delete()
    assert client.get("/account/organisation").context["actor"].tenant_id == alice.tenant.pk


def test_founding_another_one(alice: Person, sign_in: SignIn, settings: Any) -> None:
    settings.EASEL_OPEN_ORGANISATIONS = True
    client = sign_in(alice)
    assert client.post("/account/organisations", {"name": "Second"}).status_code == 302
    made = Membership.objects.exclude(tenant=alice.tenant).get(user=alice.user)
    assert (made.tenant.name, made.role) == ("Second", Role.OWNER)
    assert client.session[tenancy.CHOSEN] == made.tenant_id


def test_where_the_operator_does_not_allow_it(alice: Person, sign_in: SignIn) -> None:
    client = sign_in(alice)
    assert b"Create another" not in client.get("/account/organisations").content
    answer = client.post("/account/organisations", {"name": "Second"})
    assert Tenant.objects.filter(name="Second").count() == 0
    assert answer.status_code == 200


def test_not_without_end(
    alice: Person, sign_in: SignIn, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EASEL_OPEN_ORGANISATIONS = True
    monkeypatch.setattr(tenancy, "MOST_FOUNDED", 1)
    sign_in(alice).post("/account/organisations", {"name": "Second"})
    assert not Tenant.objects.filter(name="Second").exists()


def test_the_profile_is_saved_and_the_page_speaks_the_language(
    alice: Person, sign_in: SignIn
) -> None:
    client = sign_in(alice)
    client.post("/account/profile", {"name": "Alicia", "language": "zh-hans"})
    user = User.objects.get(pk=alice.user.pk)
    assert (user.name, user.language) == ("Alicia", "zh-hans")
    assert 'lang="zh-Hans"' in client.get("/account/profile").content.decode()


def test_a_language_that_nobody_speaks(alice: Person, sign_in: SignIn) -> None:
    sign_in(alice).post("/account/profile", {"name": "Alicia", "language": "tlh"})
    assert User.objects.get(pk=alice.user.pk).name == "Alice"


def test_no_right_can_be_posted_to_the_profile(alice: Person, sign_in: SignIn) -> None:
    mine = {"name": "A", "language": "", "is_superuser": "on", "email": "x@example.com"}
    sign_in(alice).post("/account/profile", mine)
    user = User.objects.get(pk=alice.user.pk)
    assert (user.is_superuser, user.email) == (False, "alice@example.com")


@pytest.mark.parametrize("page", ["profile", "members", "organisation", "organisations"])
def test_whoever_is_not_signed_in(db: None, page: str) -> None:
    assert Client().get(f"/account/{page}").status_code == 302
