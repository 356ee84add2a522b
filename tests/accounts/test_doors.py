from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import keys
from accounts.authentication import authenticate
from accounts.errors import Unauthenticated
from accounts.models import ApiKey, KeyKind
from tests.accounts.conftest import Ask
from tests.people import Person

DOOR = KeyKind.OPEN_SDWEBUI
INSIDE, OUTSIDE = "198.51.100.7", "203.0.113.9"


def open_door(person: Person, *ranges: str, kind: KeyKind = DOOR, **policy: object) -> ApiKey:
    networks = list(ranges) or ["198.51.100.0/24"]
    return keys.make(person.tenant, person.user, kind, ip_ranges=networks, **policy).key


def test_it_acts_as_its_tenant_with_its_limits(alice: Person, ask: Ask) -> None:
    door = open_door(alice, max_side=512)
    actor = authenticate(ask(ip=INSIDE), DOOR)
    assert (actor.key_id, actor.scheme, actor.limits.max_side) == (door.pk, "open_door", 512)


def test_the_narrowest_door_counts(alice: Person, charlie: Person, ask: Ask) -> None:
    open_door(alice)
    narrow = open_door(charlie, f"{INSIDE}/32")
    assert authenticate(ask(ip=INSIDE), DOOR).key_id == narrow.pk


def test_a_credential_is_judged_door_or_no_door(alice: Person, charlie: Person, ask: Ask) -> None:
    open_door(alice)
    assert authenticate(ask(charlie.headers, ip=INSIDE), DOOR).tenant_id == charlie.tenant.pk
    with pytest.raises(Unauthenticated):
        authenticate(ask({"Authorization": "Bearer wrong"}, ip=INSIDE), DOOR)


def test_no_door_is_open_by_default(alice: Person, ask: Ask) -> None:
    with pytest.raises(Unauthenticated):
        authenticate(ask(ip=INSIDE), DOOR)


def test_closed_to_other_addresses(alice: Person, ask: Ask) -> None:
    open_door(alice)
    with pytest.raises(Unauthenticated):
        authenticate(ask(ip=OUTSIDE), DOOR)


def test_closed_to_other_dialects(alice: Person, ask: Ask) -> None:
    open_door(alice)
    for other in (KeyKind.OPEN_SDTEST, None):
        with pytest.raises(Unauthenticated):
            authenticate(ask(ip=INSIDE), other)


def test_revoked_or_expired(alice: Person, ask: Ask) -> None:
    door = open_door(alice)
    authenticate(ask(ip=INSIDE), DOOR)
    keys.revoke(door)
    open_door(alice, expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Unauthenticated):
        authenticate(ask(ip=INSIDE), DOOR)


def test_without_addresses_there_is_no_door(alice: Person) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        keys.make(alice.tenant, alice.user, DOOR)


def test_its_name_is_no_credential(alice: Person, ask: Ask) -> None:
    door = open_door(alice)
    for header in (f"Bearer {door.public_id}", f"Token easel_{door.public_id[5:]}_x"):
        with pytest.raises(Unauthenticated):
            authenticate(ask({"Authorization": header}, ip=INSIDE), DOOR)
