"""What staff may do who are no superusers: three groups that an installation begins with. An
operator may change them; ``install`` adds what is missing and takes nothing away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_LOOK = {
    "generation": (
        "task", "attempt", "output", "delivery", "backend", "clusterbeat", "webhookendpoint",
        "upload", "report", "appeal",
    ),
    "accounts": ("tenant", "user", "membership", "apikey"),
    "catalog": (
        "checkpoint", "lora", "vae", "embedding", "controlnet", "upscaler", "style", "alias",
        "price", "presence",
    ),
}  # fmt: skip
_KEPT = ("checkpoint", "lora", "vae", "embedding", "controlnet", "upscaler", "style", "alias")


def _looks(*apps: str) -> list[str]:
    return [f"{app}.view_{model}" for app in apps for model in _LOOK[app]]


GROUPS: dict[str, list[str]] = {
    # Runs it: servers, tasks, deliveries, tenants, keys, the catalog; no money, no pictures.
    "Operator": [
        *_looks("generation", "accounts", "catalog"),
        "accounts.view_trailentry",
        *(f"generation.{verb}_backend" for verb in ("add", "change", "delete")),
        "generation.change_task",
        "generation.change_delivery",
        "generation.change_webhookendpoint",
        "generation.change_maintenance",
        *(f"accounts.{verb}_tenant" for verb in ("add", "change")),
        "accounts.view_plan",
        *(f"accounts.{verb}_membership" for verb in ("add", "change", "delete")),
        *(f"accounts.{verb}_apikey" for verb in ("add", "change")),
        *(f"catalog.{verb}_{model}" for verb in ("add", "change", "delete") for model in _KEPT),
    ],
    # Decides about pictures and prompts.
    "Reviewer": [
        "generation.review_output",
        *(f"generation.view_{model}" for model in ("report", "appeal", "output")),
        *(f"generation.{verb}_promptrule" for verb in ("view", "add", "change", "delete")),
        *(f"generation.{verb}_auditthresholds" for verb in ("view", "add", "change", "delete")),
    ],
    # Keeps the books and the prices.
    "Accountant": [
        *(
            f"accounts.view_{model}"
            for model in ("tenant", "plan", "balance", "entry", "trailentry")
        ),
        "accounts.add_entry",
        *(f"accounts.{verb}_plan" for verb in ("add", "change")),
        *(f"catalog.{verb}_price" for verb in ("view", "add", "change")),
    ],
}


def install(apps: Any) -> None:
    """``apps``: the registry, or that of a migration. A permission that is not there yet is left
    out: the migration that brings it installs again."""
    group, permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for name, wanted in GROUPS.items():
        row, _made = group.objects.get_or_create(name=name)
        row.permissions.add(*_found(permission, wanted))


def _found(permission: Any, wanted: Iterable[str]) -> list[Any]:
    rows: list[Any] = []
    for name in wanted:
        app, _dot, codename = name.partition(".")
        rows += permission.objects.filter(content_type__app_label=app, codename=codename)
    return rows
