from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import keys
from accounts.models import ApiKey, KeyKind, Membership, Role, Tenant, User
from tests.people import Person


def test_an_address_is_one_address_in_any_case(db: None) -> None:
    User.objects.create_user("Mixed@Example.COM")
    assert User.objects.get(email="MIXED@example.com").email == "mixed@example.com"


def test_a_superuser_may_open_the_admin(db: None) -> None:
    assert User.objects.create_superuser("root@example.com", "x").is_staff


def test_live_keys_are_neither_revoked_nor_expired(alice: Person) -> None:
    now = timezone.now()
    keys.make(alice.tenant, alice.user, KeyKind.API_TOKEN, expires_at=now)
    keys.revoke(keys.make(alice.tenant, alice.user, KeyKind.API_TOKEN).key)
    live = ApiKey.objects.for_tenant(alice.tenant).live(now)
    assert set(live.values_list("name", flat=True)) == {"alice's key", "alice's token"}


def test_the_secret_is_not_in_the_row(alice: Person) -> None:
    row = ApiKey.objects.filter(pk=alice.key.pk).values().get()
    assert alice.secret not in str(row)


def test_migrations_are_up_to_date(db: None) -> None:
    call_command("makemigrations", "accounts", check=True, dry_run=True, verbosity=0)


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────


def test_a_user_needs_an_address(db: None) -> None:
    with pytest.raises(ValueError, match="e-mail"):
        User.objects.create_user("")


def test_the_same_address_in_another_case(alice: Person) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("ALICE@example.com")


def test_a_second_membership(alice: Person) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(tenant=alice.tenant, user=alice.user, role=Role.VIEWER)


def test_an_invented_role(alice: Person) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.update(role="king")


def test_a_key_without_a_hashed_secret(alice: Person) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.filter(pk=alice.key.pk).update(secret_hash=alice.secret)


def test_two_live_keys_of_one_lineage(alice: Person) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        keys.make(alice.tenant, alice.user, KeyKind.API_TOKEN, lineage=alice.key.lineage)


def test_a_weight_of_nought(alice: Person) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Tenant.objects.update(weight=0)


@pytest.mark.parametrize(
    ("field", "value"), [("ip_ranges", ["10.0.0.0/40"]), ("ip_ranges", ["example.com"])]
)
def test_what_is_no_network(alice: Person, field: str, value: list[str]) -> None:
    setattr(alice.key, field, value)
    with pytest.raises(ValidationError, match="not an IP address"):
        alice.key.full_clean()


def test_what_is_no_time_zone(alice: Person) -> None:
    alice.tenant.time_zone = "Moon/Base"
    with pytest.raises(ValidationError, match="not a time zone"):
        alice.tenant.full_clean()
