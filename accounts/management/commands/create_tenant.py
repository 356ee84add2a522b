"""``manage.py create_tenant NAME --email E [--credits N] [--json]``"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from accounts.tenancy import CreatedTenant, DuplicateTenant, create_tenant

MOST_CREDITS = 10**12
"""In millicredits still far from the end of a bigint."""


class Command(BaseCommand):
    help = "Makes a tenant with its owner and one credential of each kind; they are shown once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--email", required=True, help="the owner; may be a user already")
        parser.add_argument("--credits", type=int, default=0, help="to begin with")
        parser.add_argument("--json", action="store_true", help="one JSON object on one line")

    def handle(self, *args: Any, **options: Any) -> None:
        name, email, credits = options["name"].strip(), options["email"], options["credits"]
        if not 0 < len(name) <= 100:
            raise CommandError("NAME: between 1 and 100 characters")
        if not 0 <= credits <= MOST_CREDITS:
            raise CommandError(f"--credits: between 0 and {MOST_CREDITS}")
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"--email: {email} is not an e-mail address") from error
        try:
            shown = _shown(create_tenant(name, email, credits=credits))
        except DuplicateTenant as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            json.dumps(shown, ensure_ascii=False) if options["json"] else _text(shown)
        )


def _shown(created: CreatedTenant) -> dict[str, str | int | None]:
    return {
        "tenant": created.tenant.name,
        "user_id": created.user.pk,
        "email": created.user.email,
        "password": created.password,
        "access_key_id": created.access_key.key.public_id,
        "access_key_secret": created.access_key.secret,
        "appcode": created.appcode.secret,
        "api_token": created.api_token.secret,
        "jwt": created.jwt,
    }


def _text(shown: dict[str, str | int | None]) -> str:
    lines = [
        f"{name.replace('_', ' '):18}{'(the one that this user has)' if value is None else value}"
        for name, value in shown.items()
    ]
    return "\n".join([*lines, "", "The secrets are not kept: note them now."])
