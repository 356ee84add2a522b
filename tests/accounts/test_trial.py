from __future__ import annotations

import time
from typing import Any

import jwt as pyjwt
import pytest

from accounts import keys, trial
from accounts.authentication import authenticate
from accounts.errors import NotConfigured, Unauthenticated
from accounts.models import Tenant
from tests.accounts.conftest import TEST_KEY, Ask


def test_the_claims_are_exactly_these_four(test_token: str) -> None:
    claims = pyjwt.decode(test_token, options={"verify_signature": False})
    assert set(claims) == {"id", "user_name", "exp", "iss"}
    assert (claims["id"], claims["user_name"]) == ("test", "测试账号")
    assert pyjwt.get_unverified_header(test_token) == {"alg": "HS256", "typ": "JWT"}


def test_it_lives_a_day(test_token: str) -> None:
    claims = pyjwt.decode(test_token, options={"verify_signature": False})
    assert 86_390 < claims["exp"] - time.time() <= 86_400


@pytest.mark.parametrize("form", ["{}", "tk {}", "Bearer {}"])
def test_it_acts_as_the_test_user_with_small_limits(
    demo: Tenant, test_token: str, ask: Ask, form: str
) -> None:
    actor = authenticate(ask({"Authorization": form.format(test_token)}))
    assert (actor.tenant_id, actor.scheme, actor.role) == (demo.pk, "test_token", "member")
    assert (actor.limits.max_images, actor.limits.max_concurrent) == (4, 2)


def test_a_wrong_key(demo: Tenant) -> None:
    for wrong in ("", "x", TEST_KEY + "x", "测试"):
        with pytest.raises(Unauthenticated):
            trial.issue_test_token(wrong)


def test_no_test_key_closes_the_door(test_token: str, settings: Any, ask: Ask) -> None:
    settings.EASEL_TEST_KEY = ""
    with pytest.raises(NotConfigured):
        trial.issue_test_token("")
    with pytest.raises(Unauthenticated):
        authenticate(ask({"Authorization": test_token}))


def test_another_test_key_revokes_all_tokens(test_token: str, settings: Any, ask: Ask) -> None:
    settings.EASEL_TEST_KEY = "another"
    with pytest.raises(Unauthenticated):
        authenticate(ask({"Authorization": test_token}))


def test_the_row_can_be_revoked(test_token: str, ask: Ask) -> None:
    keys.revoke(trial.access())
    with pytest.raises(Unauthenticated):
        authenticate(ask({"Authorization": test_token}))
    with pytest.raises(NotConfigured):
        trial.issue_test_token(TEST_KEY)


def test_without_a_demo_tenant(db: None, settings: Any) -> None:
    settings.EASEL_TEST_KEY = TEST_KEY
    with pytest.raises(NotConfigured):
        trial.issue_test_token(TEST_KEY)


@pytest.mark.parametrize(
    "changed", [{"id": "admin"}, {"iss": "elsewhere"}, {"exp": 1}, {"exp": "x"}, {"exp": None}]
)
def test_other_claims_are_refused(test_token: str, ask: Ask, changed: dict[str, Any]) -> None:
    claims = pyjwt.decode(test_token, options={"verify_signature": False}) | changed
    forged = pyjwt.encode(claims, trial._signing_key(), "HS256")
    with pytest.raises(Unauthenticated):
        authenticate(ask({"Authorization": forged}))
