from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Tenant
from accounts.sealing import seal
from generation import probes
from generation.backends.registry import KINDS
from generation.errors import EaselError
from generation.models import Backend


class Command(BaseCommand):
    help = "Registers a GPU server, asks it what it has, and prints the result."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--kind", required=True, choices=sorted(KINDS))
        parser.add_argument("--url", required=True)
        parser.add_argument("--slots", type=int, default=1, help="generations at once")
        parser.add_argument("--username", default="")
        parser.add_argument("--password-file", type=Path)
        parser.add_argument("--token-file", type=Path)
        parser.add_argument("--tenant", help="slug: the server works for this tenant alone")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["slots"] < 1:
            raise CommandError("--slots: at least 1")
        if not options["url"].startswith(("http://", "https://")):
            raise CommandError("--url: must begin with http:// or https://")
        backend, _ = Backend.objects.update_or_create(
            name=options["name"],
            defaults={
                "kind": options["kind"],
                "url": options["url"].rstrip("/"),
                "slots": options["slots"],
                "username": options["username"],
                "password_sealed": seal(_read(options["password_file"])),
                "token_sealed": seal(_read(options["token_file"])),
                "tenant": _tenant(options["tenant"]),
            },
        )
        problem = ""
        try:
            probes.probe(backend)
        except EaselError as error:
            problem = error.message
        backend.refresh_from_db()
        self._print(backend, problem, as_json=options["json"])

    def _print(self, backend: Backend, problem: str, *, as_json: bool) -> None:
        able = backend.capabilities
        result = {
            "id": backend.pk,
            "name": backend.name,
            "kind": backend.kind,
            "url": backend.url,
            "slots": backend.slots,
            "up": backend.is_up,
            "problem": problem,
            "software": able.get("software", ""),
            "features": able.get("features", []),
            "checkpoints": [model["name"] for model in able.get("checkpoints", [])],
        }
        if as_json:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
            return
        state = "up" if backend.is_up else f"down: {problem}"
        self.stdout.write(f"{backend.name}: {state}; {len(result['checkpoints'])} checkpoints")


def _read(path: Path | None) -> str:
    try:
        return path.read_text(encoding="utf-8").strip() if path else ""
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error


def _tenant(slug: str | None) -> Tenant | None:
    if slug is None:
        return None
    try:
        return Tenant.objects.get(slug=slug)
    except Tenant.DoesNotExist as error:
        raise CommandError(f"--tenant: no tenant {slug!r}") from error
