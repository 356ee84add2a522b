"""Every curl of the documents is carried out, in the order of its page."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from catalog import access as catalog
from catalog.models import Alias
from tests.generation.house import CHECKPOINT, House
from tests.people import Person

ROOT = Path(settings.BASE_DIR)
BLOCK = re.compile(r"```bash\n(curl .*?)```", re.DOTALL)
PAGES = ["README.md", "docs/api/saas.md", "docs/api/native.md"]
PAGES += ["README.zh-CN.md"]
HOST = "http://localhost:8000"


class Shell:
    """What a reader has: three secrets in the environment, and the ids of what he made."""

    def __init__(self, person: Person) -> None:
        self.client = Client()
        self.variables = {
            "KEY_ID": person.key.public_id,
            "KEY_SECRET": person.secret,
            "TOKEN": person.api_token,
        }

    def run(self, command: str) -> Any:
        joined = self._filled(command).replace("\\\n", " ")
        words = iter(shlex.split(joined)[1:])
        method, url, headers, body = "", "", {}, ""
        for word in words:
            match word:
                case "-s" | "-sN":
                    continue
                case "-o":
                    next(words)
                case "-X":
                    method = next(words)
                case "-H":
                    name, _, value = next(words).partition(": ")
                    headers[name] = value
                case "-d":
                    body = next(words)
                case _:
                    assert word.startswith(HOST), f"{word}: this test does not know what it does"
                    url = word.removeprefix(HOST)
        kind = headers.pop("Content-Type", "application/x-www-form-urlencoded")
        return self.client.generic(
            method or ("POST" if body else "GET"), url, body, kind, headers=headers
        )

    def _filled(self, command: str) -> str:
        for name, value in self.variables.items():
            command = re.sub(rf"\${name}\b", value, command)
        return command

    def note(self, answer: dict[str, Any]) -> None:
        for name in ("key", "webhook"):
            if isinstance(answer.get(name), dict):
                self.variables[name.upper()] = str(answer[name]["id"])
        items = answer.get("items")
        if items and "thumbnail_url" in items[0]:
            self.variables["IMAGE"] = items[0]["id"]
        if "cells" in answer and "id" in answer:
            self.variables["GRID"] = answer["id"]
        elif answer.get("state") and "id" in answer:
            self.variables["TASK"] = answer["id"]
        elif "sha256" in answer and "id" in answer:
            self.variables["UPLOAD"] = answer["id"]
        elif isinstance(answer.get("data"), dict) and "id" in answer["data"]:
            self.variables["ID"] = answer["data"]["id"]


@pytest.mark.parametrize("page", PAGES)
def test_every_example_of_a_page_works(page: str, house: House, alice: Person) -> None:
    Alias.objects.get_or_create(kind="checkpoint", name="sketch", target=CHECKPOINT)
    catalog.invalidate()
    commands = BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
    assert len(commands) >= 2
    shell = Shell(alice)
    for command in commands:
        answer = shell.run(command)
        assert 200 <= answer.status_code < 300, (command, answer.content)
        if "/content" in command:
            assert len(answer.getvalue()) > 1000
            continue
        if answer.streaming or "/events" in command or answer.status_code == 204:
            continue
        body = json.loads(answer.content)
        assert body.get("code") in (None, 200, "200"), (command, body)
        shell.note(body)
        house.work()
