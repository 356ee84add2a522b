"""One caller of this dialect: a key (with those that it replaced), its settings, its own tasks.

WebUI has one of each for everybody; here those of one key never touch another's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from accounts.actor import Actor
from catalog import access as catalog
from catalog.models import Entry
from generation import watch
from generation.dialects.sdwebui import settings
from generation.dialects.sdwebui.settings import Chosen
from generation.errors import Forbidden, NotFound, UnknownModel
from generation.models import CallerOptions, Task
from generation.snapshot import TaskSnapshot
from generation.states import TaskState

DIALECT = "sdwebui"
EVER = datetime(2000, 1, 1, tzinfo=UTC)


def chosen(actor: Actor) -> Chosen:
    """What the caller set, else WebUI's defaults."""
    return Chosen.model_validate(CallerOptions.objects.of(actor.tenant_id, actor.lineage))


def title(entry: Entry) -> str:
    """As WebUI writes a checkpoint: its file name, and the first ten digits of its hash."""
    return f"{entry.name} [{entry.sha256[:10]}]" if entry.sha256 else entry.name


def options(actor: Actor) -> dict[str, Any]:
    """The flat dictionary of GET options."""
    values = chosen(actor)
    found = catalog.resolve_checkpoint(actor.tenant_id, values.sd_model_checkpoint, DIALECT)
    entry = found.entry if found else None
    return settings.SHOWN | {
        "sd_model_checkpoint": title(entry) if entry else values.sd_model_checkpoint,
        "sd_checkpoint_hash": entry.sha256 if entry else "",
        "sd_vae": values.sd_vae or "Automatic",
        "CLIP_stop_at_last_layers": values.CLIP_stop_at_last_layers,
        "samples_format": values.samples_format,
    }


def set_options(actor: Actor, given: Mapping[str, Any]) -> list[str]:
    """Keeps those of ``given`` that act; what there is to say about it. UnknownModel for a name
    that the catalog does not know: then nothing is kept."""
    changes, warnings = settings.judged(given), settings.unchangeable(given)
    if "sd_model_checkpoint" in changes:
        changes["sd_model_checkpoint"] = _checkpoint(
            actor, changes["sd_model_checkpoint"], warnings
        )
    if changes.get("sd_vae"):
        vae = catalog.resolve_vae(actor.tenant_id, changes["sd_vae"], DIALECT)
        if vae is None:
            raise UnknownModel(f"unknown: “{changes['sd_vae']}”", field="vae")
        warnings += [vae.warning] if vae.warning else []
    if changes:
        kept = CallerOptions.objects.of(actor.tenant_id, actor.lineage)
        CallerOptions.objects.update_or_create(
            tenant_id=actor.tenant_id, lineage=actor.lineage, defaults={"values": kept | changes}
        )
    return warnings


def _checkpoint(actor: Actor, name: str, warnings: list[str]) -> str:
    """The name to keep. An echo of the default stays the default, whatever that will be."""
    if not name:
        return ""
    found = catalog.resolve_checkpoint(actor.tenant_id, name, DIALECT)
    if found is None:
        raise UnknownModel(f"unknown: “{name}”", field="checkpoint")
    allowed = actor.limits.checkpoints
    if allowed and found.name not in allowed:
        raise Forbidden(f"this key may not use {found.name}", field="checkpoint")
    if found.warning:
        warnings.append(found.warning)
    default = catalog.default_checkpoint(actor.tenant_id)
    return "" if default is not None and default.name == found.name else found.name


def task(actor: Actor, task_id: str, *, preview: bool) -> TaskSnapshot | None:
    """The caller's task under his own id; without one his newest running, else his newest
    waiting one. None: there is no such task, or it is another's."""
    if not task_id:
        task_id = _newest(actor, TaskState.RUNNING) or _newest(actor)
    if not task_id or "\x00" in task_id:
        return None
    try:
        found = watch.by_client_id(actor, task_id, since=EVER, preview=preview)
        # Its place in the queue costs a query more, and only a waiting task has one.
        return watch.task(actor, found.id) if found.state == TaskState.QUEUED else found
    except NotFound:
        return None


def waiting(actor: Actor) -> list[str]:
    """The ids of the caller's tasks that have not begun, oldest first."""
    mine = _own(actor).exclude(state=TaskState.RUNNING)
    return list(mine.order_by("created_at").values_list("client_id", flat=True))


def _newest(actor: Actor, state: TaskState | None = None) -> str:
    mine = _own(actor).filter(state=state) if state else _own(actor)
    return mine.order_by("-created_at").values_list("client_id", flat=True).first() or ""


def _own(actor: Actor) -> Any:
    """The caller's unfinished tasks; served by the index that keeps their ids unique."""
    tasks = Task.objects.for_tenant(actor.tenant_id).for_lineage(actor.lineage).unfinished()
    return tasks.filter(dialect=DIALECT).exclude(client_id="")
