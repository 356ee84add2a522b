from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts import ledger
from accounts.models import Tenant
from tests.people import Person


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_tenant", *arguments, stdout=out)
    return out.getvalue()


def made(*arguments: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(run(*arguments, "--json"))
    return result


def test_it_prints_exactly_these_fields(db: None) -> None:
    assert list(made("Acme", "--email", "a@example.com")) == [
        "tenant",
        "user_id",
        "email",
        "password",
        "access_key_id",
        "access_key_secret",
        "appcode",
        "api_token",
        "jwt",
    ]


def test_credits_are_whole_credits(db: None) -> None:
    made("Acme", "--email", "a@example.com", "--credits", "7")
    assert ledger.balance(Tenant.objects.get(slug="acme").pk) == 7000


def test_json_is_one_line(db: None) -> None:
    assert run("画架", "--email", "a@example.com", "--json").count("\n") == 1


def test_a_known_owner_has_no_new_password(alice: Person) -> None:
    shown = made("Acme", "--email", alice.user.email)
    assert (shown["user_id"], shown["password"]) == (alice.user.pk, None)


def test_for_people_it_prints_text(db: None) -> None:
    assert "access key secret" in run("Acme", "--email", "a@example.com")


def test_a_duplicate_is_named(alice: Person) -> None:
    with pytest.raises(CommandError, match="Studio"):
        run("Studio", "--email", "a@example.com")


@pytest.mark.parametrize(
    "arguments",
    [
        ("Acme",),
        ("", "--email", "a@example.com"),
        ("x" * 101, "--email", "a@example.com"),
        ("Acme", "--email", "nobody"),
        ("Acme", "--email", "a@example.com", "--credits", "-1"),
        ("Acme", "--email", "a@example.com", "--credits", "1" + "0" * 20),
        ("Acme", "--email", "a@example.com", "--credits", "many"),
    ],
)
def test_bad_arguments(db: None, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)
    assert not Tenant.objects.exists()
