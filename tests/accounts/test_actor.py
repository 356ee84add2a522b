from __future__ import annotations

from typing import Any

import pytest

from accounts.actor import actor_for, limits_of
from accounts.models import ApiKey, Role, Tenant
from tests.people import Person


@pytest.mark.parametrize(
    ("tenant", "key", "narrower"),
    [(None, None, None), (1024, None, 1024), (None, 512, 512), (1024, 512, 512), (512, 1024, 512)],
)
def test_the_narrower_limit_holds(
    tenant: int | None, key: int | None, narrower: int | None
) -> None:
    assert limits_of(Tenant(max_side=tenant), ApiKey(max_side=key)).max_side == narrower


def test_no_limit_is_written_as_nought() -> None:
    tenant = Tenant(max_concurrent=0)
    assert limits_of(tenant, None).max_concurrent == 0
    assert limits_of(tenant, ApiKey(max_concurrent=3)).max_concurrent == 3


def test_the_installations_number_of_images_is_never_passed(settings: Any) -> None:
    settings.EASEL_MAX_IMAGES = 16
    assert limits_of(Tenant(max_images=99), None).max_images == 16


def test_roles_rank(alice: Person, bob: Person) -> None:
    assert alice.actor.can("admin")
    assert bob.actor.can("member")
    assert not bob.actor.can("admin")


def test_a_viewer_may_only_look(alice: Person) -> None:
    viewer = actor_for(alice.tenant, alice.user, Role.VIEWER, "session", None)
    assert viewer.can("viewer")
    assert not viewer.can("member")


def test_an_actor_cannot_be_changed(alice: Person) -> None:
    with pytest.raises(AttributeError):
        alice.actor.tenant_id = 2  # type: ignore[misc]
