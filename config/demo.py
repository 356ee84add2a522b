"""What a fresh EASEL_HOME begins with: a demo tenant, an operator, a test key, random passwords.

An installation that was given a database of its own (DATABASE_URL) gets none of it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from accounts.models import User
from accounts.tenancy import DuplicateTenant, create_tenant
from config import home

DEMO_EMAIL = "demo@easel.example"
DEMO_TENANT = "Demo"
OPERATOR_EMAIL = "operator@easel.example"
CREDITS = 10_000


@dataclass(frozen=True)
class SignIn:
    email: str
    password: str


def announce(easel_home: Path) -> None:
    """Before the first start, so that every process reads the same test key."""
    for name in ("demo_password", "operator_password", "test_key"):
        home.write_secret(easel_home, name, secrets.token_urlsafe(12))


def make(easel_home: Path) -> None:
    """The demo's rows, unless they are there. Nothing where no demo was announced."""
    demo, operator = sign_ins(easel_home)
    if demo is None or operator is None:
        return
    try:
        create_tenant(DEMO_TENANT, demo.email, password=demo.password, credits=CREDITS)
    except DuplicateTenant:
        return
    User.objects.create_superuser(operator.email, operator.password)


def sign_ins(easel_home: Path) -> tuple[SignIn | None, SignIn | None]:
    """(the demo's, the operator's), None where this installation has no demo."""
    demo = home.optional_secret(easel_home, "demo_password")
    operator = home.optional_secret(easel_home, "operator_password")
    return (
        SignIn(DEMO_EMAIL, demo) if demo else None,
        SignIn(OPERATOR_EMAIL, operator) if operator else None,
    )
