"""/api/v1/keys: made, listed, changed, rotated, revoked; and what a narrowed key may not."""

from __future__ import annotations

from typing import Any

import pytest

from accounts import key_management
from accounts.models import ApiKey, Membership, Role
from tests.generation.dialects.native.client import Api
from tests.generation.house import CHECKPOINT, House
from tests.people import Person

POLICY = {
    "checkpoints": [CHECKPOINT],
    "max_side": 1024,
    "max_images": 2,
    "budget": 12.5,
    "rate_per_minute": 60,
    "max_concurrent": 2,
    "ip_ranges": ["127.0.0.0/8", "::1"],
    "callback_hosts": ["hooks.example.com"],
    "strict": True,
    "read_only": False,
    "act_as_member": False,
    "expires_at": "2100-01-01T00:00:00Z",
}


def test_a_key_is_shown_once_and_opens_the_door(house: House, api: Api) -> None:
    made = api.post("keys", {"name": "shop", "kind": "api_token"})
    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    by_key = Api.by_token(api.who, made.json()["secret"])
    assert by_key.get("balance").status_code == 200
    shown = by_key.get(f"keys/{made.json()['key']['id']}").json()
    assert (shown["name"], shown["last_used_at"] is not None) == ("shop", True)
    assert made.json()["secret"] not in str(shown)


def test_every_part_of_the_policy_is_kept(house: House, api: Api) -> None:
    made = api.post("keys", POLICY).json()["key"]
    assert made["policy"] == POLICY
    again = Api.in_person(api.who)
    changed = again.patch(f"keys/{made['id']}", {"max_side": None, "name": "b"}).json()
    assert changed["policy"] == POLICY | {"max_side": None}
    assert changed["name"] == "b"


def test_the_budget_of_a_key_is_told(house: House, api: Api) -> None:
    token = api.post("keys", {"budget": 5}).json()["secret"]
    by_key = Api.by_token(api.who, token)
    spent = by_key.create().json()["price"]
    assert by_key.get("balance").json()["budget_left"] == pytest.approx(5 - spent)


def test_a_key_that_is_rotated_keeps_its_lineage(house: House, api: Api) -> None:
    old = api.post("keys", {"name": "a", "kind": "access_key", "max_side": 640}).json()
    new = api.post(f"keys/{old['key']['id']}/rotate")
    assert new.status_code == 201
    shown = new.json()["key"]
    assert (shown["lineage"], shown["policy"]) == (old["key"]["lineage"], old["key"]["policy"])
    assert shown["public_id"] != old["key"]["public_id"]
    assert api.post(f"keys/{old['key']['id']}/rotate").status_code == 404


def test_a_revoked_key_is_dead_at_once(house: House, api: Api) -> None:
    made = api.post("keys", {}).json()
    by_key = Api.by_token(api.who, made["secret"])
    assert by_key.get("balance").status_code == 200
    assert api.delete(f"keys/{made['key']['id']}").status_code == 204
    assert by_key.get("balance").status_code == 401
    listed = [key["id"] for key in api.get("keys").json()["items"]]
    assert made["key"]["id"] not in listed
    listed = [key["id"] for key in api.get("keys?revoked=true").json()["items"]]
    assert made["key"]["id"] in listed


def test_keys_are_paged(house: House, api: Api) -> None:
    first = api.get("keys?limit=1").json()
    rest = api.get(f"keys?limit=1&cursor={first['next_cursor']}").json()
    assert first["items"][0]["id"] > rest["items"][0]["id"]


@pytest.mark.parametrize("narrow", [{"read_only": True}, {"budget": 1}, {"max_side": 512}])
def test_a_narrowed_key_makes_no_wider_one(house: House, api: Api, narrow: Any) -> None:
    made = api.post("keys", narrow).json()
    by_key = Api.by_token(api.who, made["secret"])
    mine = f"keys/{made['key']['id']}"
    for refused in (by_key.post("keys", {}), by_key.patch(mine, {"budget": None}),
                    by_key.post(f"{mine}/rotate"), by_key.delete(mine)):  # fmt: skip
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


def test_a_member_has_his_own_keys(house: House, api: Api, bob: Person) -> None:
    his = Api(bob).post("keys", {"name": "bob's"}).json()["key"]["id"]
    names = {key["name"] for key in Api(bob).get("keys").json()["items"]}
    assert "alice's key" not in names
    assert api.get(f"keys/{his}").status_code == 200
    alices = ApiKey.objects.get(name="alice's key")
    assert Api(bob).get(f"keys/{alices.pk}").status_code == 404
    refused = Api(bob).post("keys", {"act_as_member": True})
    assert (refused.status_code, refused.json()["field"]) == (403, "act_as_member")


def test_a_viewer_makes_no_key(house: House, api: Api) -> None:
    Membership.objects.update(role=Role.VIEWER)
    assert api.post("keys", {}).status_code == 403


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"kind": "open_sdtest"}, "kind"),
        ({"kind": "test_token"}, "kind"),
        ({"ip_ranges": ["1.2.3"]}, "ip_ranges.0"),
        ({"callback_hosts": ["https://a.b"]}, "callback_hosts.0"),
        ({"budget": -1}, "budget"),
        ({"max_images": 0}, "max_images"),
        ({"expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2100-01-01T00:00:00"}, "expires_at"),
        ({"name": "x" * 101}, "name"),
        ({"name": "\u0000"}, "name"),
        ({"spent": 0}, "spent"),
        ({"strict": "yes"}, "strict"),
    ],
)
def test_a_wrong_field_is_named(house: House, api: Api, sent: Any, field: str) -> None:
    answer = api.post("keys", sent)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_too_many_keys(house: House, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_management, "MOST", 2)
    assert api.post("keys", {}).json()["code"] == "too_many"


def test_a_key_that_never_was(house: House, api: Api) -> None:
    for number in (0, 2**63, 10**30):
        assert api.get(f"keys/{number}").status_code == 404
