"""Alice owns a tenant, Bob is her team-mate, Charlie a stranger: owner of another tenant.

Each has credit, an access key and a token, and ``headers`` to send with Django's test client:
``client.get(url, headers=alice.headers)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from accounts import keys, ledger, tokens, verified
from accounts.actor import Actor, actor_for
from accounts.models import ApiKey, KeyKind, Membership, Role, Tenant, User

CREDIT = 1_000_000
"""Millicredits that each tenant begins with."""


@dataclass(frozen=True)
class Person:
    user: User
    tenant: Tenant
    role: Role
    key: ApiKey
    secret: str
    api_token: str

    @property
    def headers(self) -> dict[str, str]:
        return {
            "X-Request-req-accessKeyId": self.key.public_id,
            "X-Request-req-accessKeySecret": self.secret,
        }

    @property
    def actor(self) -> Actor:
        """Through the access key, as the verifier would answer."""
        return actor_for(self.tenant, self.user, self.role, "access_key", self.key)

    @property
    def in_person(self) -> Actor:
        """As in the browser."""
        return actor_for(self.tenant, self.user, self.role, "session", None)

    @property
    def jwt(self) -> str:
        return tokens.issue(self.user, self.tenant)


def settle_in(tenant: Tenant, name: str, role: Role) -> Person:
    """A new person in a tenant, with a key of each kind that programs use."""
    user = User.objects.create_user(f"{name}@example.com", name=name.title())
    Membership.objects.create(tenant=tenant, user=user, role=role)
    access_key = keys.make(tenant, user, KeyKind.ACCESS_KEY, f"{name}'s key")
    api_token = keys.make(tenant, user, KeyKind.API_TOKEN, f"{name}'s token")
    return Person(user, tenant, role, access_key.key, access_key.secret, api_token.secret)


def open_tenant(slug: str) -> Tenant:
    tenant = Tenant.objects.create(name=slug.title(), slug=slug)
    ledger.grant(tenant.pk, CREDIT, "to begin with")
    return tenant


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """The verifier's memory would outlive a test's rows."""
    verified.memory.clear()
    yield
    verified.memory.clear()


@pytest.fixture
def alice(db: None) -> Person:
    return settle_in(open_tenant("studio"), "alice", Role.OWNER)


@pytest.fixture
def bob(alice: Person) -> Person:
    return settle_in(alice.tenant, "bob", Role.MEMBER)


@pytest.fixture
def charlie(db: None) -> Person:
    return settle_in(open_tenant("elsewhere"), "charlie", Role.OWNER)
