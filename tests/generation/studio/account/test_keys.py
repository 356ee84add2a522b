"""Keys in the browser: made, shown once, rotated, revoked, and by whom."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import key_management
from accounts import keys as credentials
from accounts.models import ApiKey, KeyKind, Membership, Role
from accounts.sealing import unseal
from generation.studio.account import key_rows
from tests.generation.studio.conftest import FRAGMENT
from tests.people import Person

pytestmark = pytest.mark.django_db


def create(client: Client, **fields: object) -> str:
    form = {"name": "robot", "kind": "api_token"} | fields
    return client.post("/account/keys", form, headers=FRAGMENT).content.decode()


def secret_of(page: str) -> str:
    return page.partition("data-secret>")[2].partition("<")[0]


@pytest.mark.parametrize("kind", key_management.KINDS)
def test_a_key_is_made_and_its_secret_shown_once(alice: Person, sign_in, kind: KeyKind) -> None:
    client = sign_in(alice)
    page = create(client, kind=kind.value)
    key = ApiKey.objects.latest("id")
    secret = secret_of(page)
    assert (key.name, key.kind, key.user) == ("robot", kind, alice.user)
    if kind == KeyKind.APP_KEY:
        assert unseal(key.secret_sealed) == secret
    else:
        assert credentials.digest(secret) == key.secret_hash
    assert ("made-id" in page) == (kind in (KeyKind.ACCESS_KEY, KeyKind.APP_KEY))
    assert secret not in client.get("/account/keys").content.decode()


def test_an_answer_with_a_secret_is_kept_nowhere(alice: Person, sign_in) -> None:
    answer = sign_in(alice).post("/account/keys", {"name": "robot", "kind": "api_token"})
    assert "data-secret" in answer.content.decode()
    assert "<html" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_the_token_works(alice: Person, sign_in, client: Client) -> None:
    token = secret_of(create(sign_in(alice)))
    answer = client.get("/api/v1/balance", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


def test_its_policy_is_what_was_typed(alice: Person, sign_in, settings) -> None:
    alice.tenant.time_zone = "Asia/Shanghai"
    alice.tenant.save()
    create(
        sign_in(alice),
        budget="2.5",
        max_side="1024",
        max_images="4",
        rate_per_minute="60",
        max_concurrent="2",
        ip_ranges="10.0.0.0/8\n\n 192.168.1.1 ",
        callback_hosts="Hooks.example.com",
        read_only="on",
        strict="on",
        act_as_member="on",
        expires_at="2190-01-02T03:04",
    )
    key = ApiKey.objects.latest("id")
    assert (key.budget, key.max_side, key.max_images) == (2500, 1024, 4)
    assert (key.rate_per_minute, key.max_concurrent) == (60, 2)
    assert (key.ip_ranges, key.callback_hosts) == (
        ["10.0.0.0/8", "192.168.1.1"],
        ["hooks.example.com"],
    )
    assert (key.read_only, key.strict, key.act_as_member) == (True, True, True)
    assert key.expires_at is not None
    assert key.expires_at.isoformat() == "2190-01-01T19:04:00+00:00"


def test_a_budget_of_nothing_is_a_budget(alice: Person, sign_in) -> None:
    create(sign_in(alice), budget="0")
    assert ApiKey.objects.latest("id").budget == 0


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("kind", "open_sdwebui"),
        ("name", "x" * 101),
        ("budget", "-1"),
        ("budget", "nan"),
        ("max_side", "8"),
        ("max_images", "0"),
        ("rate_per_minute", "many"),
        ("ip_ranges", "10.0.0.0/99"),
        ("callback_hosts", "https://example.com/"),
        ("checkpoints", "no-such-model"),
        ("expires_at", "2020-01-01T00:00"),
        ("expires_at", "9999-01-01T00:00"),
    ],
)
def test_an_error_is_at_its_field_and_nothing_is_lost(
    alice: Person, sign_in, field: str, typed: str
) -> None:
    before = ApiKey.objects.count()
    page = create(sign_in(alice), **{"name": "robot", "max_concurrent": "3", field: typed})
    assert re.search(rf'id="error-{field}" >[^<]+</p>', page)
    assert 'name="max_concurrent" value="3"' in page
    assert ApiKey.objects.count() == before


def test_too_many_keys_are_said_in_the_form(alice: Person, sign_in, monkeypatch) -> None:
    monkeypatch.setattr(key_management, "MOST", 1)
    page = create(sign_in(alice))
    assert "There are 1 keys already: revoke some" in page
    assert 'value="robot"' in page


def test_rotating_ends_the_old_secret(alice: Person, sign_in) -> None:
    client = sign_in(alice)
    old = secret_of(create(client))
    key = ApiKey.objects.latest("id")
    assert "Rotate robot?" in client.get(f"/account/keys/{key.pk}/rotate").content.decode()
    page = client.post(f"/account/keys/{key.pk}/rotate", headers=FRAGMENT).content.decode()
    new = ApiKey.objects.latest("id")
    assert new.lineage == key.lineage
    assert secret_of(page) not in ("", old)
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_revoking_asks_first(alice: Person, sign_in) -> None:
    client, path = sign_in(alice), f"/account/keys/{alice.key.pk}/revoke"
    asked = client.get(path, headers=FRAGMENT).content.decode()
    assert "Revoke alice&#x27;s key?" in asked and "<html" not in asked
    alice.key.refresh_from_db()
    assert alice.key.revoked_at is None
    page = client.post(path, headers=FRAGMENT).content.decode()
    assert "is revoked." in page and f'id="key-{alice.key.pk}"' not in page
    alice.key.refresh_from_db()
    assert alice.key.revoked_at is not None


def test_without_scripts_revoking_leads_back(alice: Person, sign_in) -> None:
    answer = sign_in(alice).post(f"/account/keys/{alice.key.pk}/revoke")
    assert (answer.status_code, answer["Location"]) == (302, "/account/keys")


def test_what_limits_a_key_is_said_in_words(alice: Person) -> None:
    assert list(key_rows.limits(alice.key)) == []
    key = ApiKey(budget=2000, spent=500, max_side=512, max_images=1, read_only=True)
    words = ["read only", "0.5 of 2 credits spent", "up to 512 pixels", "up to 1 picture a task"]
    assert list(key_rows.limits(key)) == words


def test_an_expired_key_is_marked(alice: Person, sign_in) -> None:
    ApiKey.objects.filter(pk=alice.key.pk).update(expires_at=timezone.now() - timedelta(days=1))
    assert sign_in(alice).get("/account/keys").content.decode().count("Expired") == 1


def test_an_owner_sees_all_and_a_member_his_own(alice: Person, bob: Person, sign_in) -> None:
    theirs = sign_in(alice).get("/account/keys").content.decode()
    his = sign_in(bob).get("/account/keys").content.decode()
    assert alice.key.public_id in theirs and bob.key.public_id in theirs
    assert bob.key.public_id in his and alice.key.public_id not in his


def test_nobody_has_a_key_yet(alice: Person, sign_in) -> None:
    ApiKey.objects.all().delete()
    page = sign_in(alice).get("/account/keys").content.decode()
    assert "No key yet." in page
    assert '<details class="card newkey" open>' in page


def test_no_script_and_no_style_in_the_page(alice: Person, sign_in) -> None:
    page = sign_in(alice).get("/account/keys").content.decode()
    assert "<style" not in page and " style=" not in page and " onclick=" not in page


def test_a_member_cannot_act_for_others(bob: Person, sign_in) -> None:
    client = sign_in(bob)
    assert 'name="act_as_member"' not in client.get("/account/keys").content.decode()
    create(client, act_as_member="on")
    assert not ApiKey.objects.latest("id").act_as_member


def test_limits_are_changed_and_taken_away(alice: Person, sign_in) -> None:
    client = sign_in(alice)
    create(client, budget="2.5", max_side="1024", ip_ranges="10.0.0.0/8", read_only="on")
    key = ApiKey.objects.latest("id")
    secret, path = key.secret_hash, f"/account/keys/{key.pk}"
    shown = client.get(path).content.decode()
    assert 'value="2.5"' in shown and "10.0.0.0/8</textarea>" in shown
    form = {"name": "till", "max_images": "2", "callback_hosts": "a.example.com"}
    assert client.post(path, form)["Location"] == "/account/keys"
    key.refresh_from_db()
    assert (key.name, key.max_images, key.callback_hosts) == ("till", 2, ["a.example.com"])
    assert (key.budget, key.max_side, key.ip_ranges, key.read_only) == (None, None, [], False)
    assert (key.secret_hash, key.kind) == (secret, "api_token")


def test_a_wrong_limit_changes_nothing(alice: Person, sign_in) -> None:
    shown = sign_in(alice).post(f"/account/keys/{alice.key.pk}", {"name": "x", "max_side": "1"})
    assert re.search(r'id="error-max_side" >[^<]+</p>', shown.content.decode())
    alice.key.refresh_from_db()
    assert alice.key.name == "alice's key"


def test_a_revoked_key_is_changed_no_more(alice: Person, sign_in) -> None:
    key_management.revoke(alice.in_person, alice.key.pk)
    assert sign_in(alice).get(f"/account/keys/{alice.key.pk}").status_code == 404


@pytest.mark.parametrize("deed", ["", "/rotate", "/revoke"])
def test_anothers_key_is_not_found(alice, bob, charlie, sign_in, deed: str) -> None:
    for stranger in (bob, charlie):
        client, path = sign_in(stranger), f"/account/keys/{alice.key.pk}{deed}"
        assert [client.get(path).status_code, client.post(path).status_code] == [404, 404]
    assert sign_in(alice).post(f"/account/keys/{2**70}{deed}").status_code == 404
    alice.key.refresh_from_db()
    assert alice.key.revoked_at is None


def test_a_viewer_may_only_look(alice: Person, sign_in) -> None:
    Membership.objects.update(role=Role.VIEWER)
    client, before = sign_in(alice), ApiKey.objects.count()
    page = client.get("/account/keys").content.decode()
    assert "Your role may look, not create." in page and "<textarea" not in page
    refused = [
        client.post("/account/keys", {"name": "robot", "kind": "api_token"}),
        client.post(f"/account/keys/{alice.key.pk}", {"name": "mine"}),
        client.post(f"/account/keys/{alice.key.pk}/rotate"),
        client.post(f"/account/keys/{alice.key.pk}/revoke"),
    ]
    assert [answer.status_code for answer in refused] == [403, 403, 403, 403]
    assert ApiKey.objects.filter(revoked_at=None).count() == before


@pytest.mark.parametrize("page", ["", "keys", "usage", "ledger", "ledger.csv"])
def test_whoever_did_not_sign_in_is_sent_to(db: None, client: Client, page: str) -> None:
    answer = client.get(f"/account/{page}")
    assert answer["Location"] == f"/accounts/login/?next=/account/{page}"


def test_the_root_leads_to_the_keys(alice: Person, sign_in) -> None:
    assert sign_in(alice).get("/account/")["Location"] == "/account/keys"
