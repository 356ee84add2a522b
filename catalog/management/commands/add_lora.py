from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Tenant
from catalog import weights

PIECE = 1024 * 1024


class Command(BaseCommand):
    help = "Keeps a LoRA file in Easel's storage; engines of ours fetch it when a task needs it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="as prompts name it: <lora:NAME:1>")
        parser.add_argument("file", type=Path, help="safetensors")
        parser.add_argument("--tenant", help="slug: private to this tenant; else for everyone")
        parser.add_argument("--base-model", default="", help="SD 1.5, SDXL, …; else what FILE says")
        parser.add_argument("--trigger-words", default="")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open("rb") as file:
                entry = weights.bring_lora(
                    options["name"],
                    iter(lambda: file.read(PIECE), b""),
                    tenant_id=_tenant(options["tenant"]),
                    base_model=options["base_model"],
                    trigger_words=options["trigger_words"],
                )
        except OSError as error:
            raise CommandError(f"cannot read {options['file']}: {error.strerror}") from error
        except weights.BadWeights as error:
            raise CommandError(f"{options['file']}: {error}") from error
        result = {
            "id": entry.pk,
            "name": entry.name,
            "sha256": entry.sha256,
            "base_model": entry.base_model,
            "servable": entry.present,
        }
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
            return
        by = "some server fetches it" if entry.present else "no server fetches files yet"
        self.stdout.write(f"{entry.name}: {entry.base_model or 'family unknown'}; {by}")


def _tenant(slug: str | None) -> int | None:
    if slug is None:
        return None
    found = Tenant.objects.filter(slug=slug).values_list("pk", flat=True).first()
    if found is None:
        raise CommandError(f"--tenant: no tenant {slug!r}")
    return int(found)
